#include "endpoint.h"

#include "hart.h"
#include "memory.h"
#include "notification.h"
#include "panic.h"
#include "reply.h"
#include "sched.h"
#include "string.h"
#include "syscall.h"
#include "thread.h"

#define INFO_SENT (INFO_LENGTH_MASK | INFO_CAPS_MASK | INFO_LABEL_MASK)

static word_t info_length(word_t info)
{
    return (info & INFO_LENGTH_MASK) >> INFO_LENGTH_SHIFT;
}

static word_t info_caps(word_t info)
{
    return (info & INFO_CAPS_MASK) >> INFO_CAPS_SHIFT;
}

bool endpoint_info_valid(word_t info)
{
    return info_length(info) <= MESSAGE_WORDS && info_caps(info) <= 1 && info_caps(info) <= info_length(info);
}

/* ---- messages */

/* Hand over the capability that the message names, if both sides allow it. Returns the slot it came into, or 0. */
static word_t transfer_cap(struct thread *from, struct thread *to, word_t receive_slot)
{
    word_t index = from->registers.message[info_length(from->registers.info) - 1];
    struct slot *source;
    struct slot *slot;
    struct slot *table;

    if (receive_slot == 0 || cap_any(from, index, &source) != STATUS_OK || cap_copyable(source) != STATUS_OK)
        return 0;
    if (cap_place_empty(to, 0, receive_slot, &slot, &table) != STATUS_OK)
        return 0;
    cap_duplicate(source, slot, source->rights);
    return receive_slot;
}

static void transfer_fault(const struct fault *fault, struct registers *to)
{
    memset(to->message, 0, sizeof(to->message));
    memcpy(to->message, fault->words, sizeof(fault->words));
    to->info = (word_t)FAULT_WORDS << INFO_LENGTH_SHIFT | (word_t)(FAULT_BASE + fault->kind) << INFO_LABEL_SHIFT;
}

/* Copy what `from` sends into the registers of `to`, which is told that its operation is done. */
static void transfer(struct thread *from, struct thread *to, word_t badge)
{
    word_t receive_slot = (to->registers.info & INFO_RECEIVE_MASK) >> INFO_RECEIVE_SHIFT;

    if (from->fault.pending) {
        transfer_fault(&from->fault, &to->registers);
    } else {
        word_t info = from->registers.info & INFO_SENT;
        memcpy(to->registers.message, from->registers.message, sizeof(to->registers.message));
        if (info_caps(info) != 0) {
            word_t arrived = transfer_cap(from, to, receive_slot);
            to->registers.message[info_length(info) - 1] = arrived;
            if (arrived == 0)
                info &= ~INFO_CAPS_MASK;
        }
        to->registers.info = info;
    }
    to->registers.cap = badge;
    to->registers.number = STATUS_OK;
}

/* ---- the two sides */

static void block(struct thread *thread, enum thread_state state)
{
    thread->state = state;
    if (thread->time != NULL)
        sched_unready(thread->time);
}

/* The receiver takes a call: from now on it works on the caller's time. Neither is in a queue. */
static void accept_call(struct thread *receiver, struct thread *caller)
{
    caller->state = THREAD_AWAITING;
    caller->callee = receiver;
    receiver->caller = caller;
    if (caller->time != NULL) {
        sched_drop(receiver);
        sched_lend(caller, receiver);
    }
}

void endpoint_send(struct endpoint *endpoint, struct thread *sender, word_t badge, bool call)
{
    struct thread *receiver = endpoint->queue;

    sender->badge = badge;
    if (receiver == NULL || receiver->state != THREAD_RECEIVING) {
        sender->endpoint = endpoint;
        queue_append(&endpoint->queue, sender);
        block(sender, call ? THREAD_CALLING : THREAD_SENDING);
        return;
    }
    queue_remove(&endpoint->queue, receiver);
    receiver->endpoint = NULL;
    transfer(sender, receiver, badge);
    if (call) {
        accept_call(receiver, sender);
    } else {
        sender->registers.number = STATUS_OK;
    }
    thread_wake(receiver);
}

/* Time that was lent goes back when the server waits for the next: it is not the server's to keep. */
static void give_back_time(struct thread *receiver)
{
    if (receiver->time != NULL && receiver->time != thread_own_time(receiver))
        sched_drop(receiver);
}

void endpoint_receive(struct endpoint *endpoint, struct thread *receiver)
{
    struct thread *sender = endpoint->queue;

    assert(receiver->caller == NULL, (word_t)receiver, (word_t)receiver->caller);
    give_back_time(receiver);
    if (sender == NULL || sender->state == THREAD_RECEIVING) {
        receiver->endpoint = endpoint;
        queue_append(&endpoint->queue, receiver);
        block(receiver, THREAD_RECEIVING);
        return;
    }
    queue_remove(&endpoint->queue, sender);
    sender->endpoint = NULL;
    transfer(sender, receiver, sender->badge);
    if (sender->state == THREAD_CALLING) {
        accept_call(receiver, sender);
    } else {
        sender->registers.number = STATUS_OK;
        thread_wake(sender);
    }
    thread_wake(receiver);
}

void endpoint_answer(struct thread *answerer, struct thread *caller)
{
    assert(caller->state == THREAD_AWAITING, (word_t)caller, caller->state);
    if (caller->fault.pending)
        caller->fault.pending = false; /* it goes on where it was */
    else
        transfer(answerer, caller, 0);
    if (caller->callee == answerer) {
        answerer->caller = NULL;
        if (answerer->time != NULL && answerer->time != thread_own_time(answerer) && caller->time == NULL)
            sched_lend(answerer, caller);
    }
    if (caller->saved != NULL)
        caller->saved->caller = NULL;
    caller->callee = NULL;
    caller->saved = NULL;
    thread_wake(caller);
}

void endpoint_abandon(struct thread *server)
{
    struct thread *caller = server->caller;

    if (caller == NULL)
        return;
    server->caller = NULL;
    if (server->time != NULL && server->time != thread_own_time(server) && caller->time == NULL)
        sched_lend(server, caller);
    caller->callee = NULL;
    if (caller->fault.pending) { /* nobody will mend it */
        caller->fault.pending = false;
        caller->state = THREAD_STOPPED;
        sched_drop(caller);
        return;
    }
    caller->registers.number = STATUS_PEER_GONE;
    thread_wake(caller);
}

void endpoint_leave(struct thread *thread)
{
    queue_remove(&thread->endpoint->queue, thread);
    thread->endpoint = NULL;
}

status_t endpoint_destroy(struct endpoint *endpoint)
{
    for (unsigned count = 0; count < ENDPOINT_STEP; count++) {
        struct thread *waiter = endpoint->queue;
        if (waiter == NULL)
            return STATUS_OK;
        thread_forsake(waiter);
    }
    return endpoint->queue == NULL ? STATUS_OK : STATUS_AGAIN;
}

/* ---- system calls */

/* The endpoint of a sending call, its message checked. */
static status_t sending(struct thread *thread, struct slot **slot)
{
    word_t info = thread->registers.info;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_ENDPOINT, RIGHT_WRITE, slot);

    if (status != STATUS_OK)
        return status;
    if (!endpoint_info_valid(info))
        return STATUS_BAD_ARGUMENT;
    if (info_caps(info) != 0 && !((*slot)->rights & RIGHT_GRANT))
        return STATUS_NO_RIGHT;
    return STATUS_OK;
}

status_t syscall_call(struct thread *thread)
{
    struct slot *slot;
    status_t status = sending(thread, &slot);

    if (status != STATUS_OK)
        return status;

    endpoint_send((struct endpoint *)slot->object, thread, slot->value, true);
    return STATUS_SET;
}

status_t syscall_send(struct thread *thread)
{
    struct slot *slot;
    status_t status = sending(thread, &slot);

    if (status != STATUS_OK)
        return status;

    endpoint_send((struct endpoint *)slot->object, thread, slot->value, false);
    return STATUS_SET;
}

/* Take a pending signal instead of a message, or wait for either. */
static status_t receive(struct thread *thread, struct endpoint *endpoint)
{
    struct slot *held = &thread->slots[THREAD_NOTIFICATION];

    if (held->type == OBJECT_NOTIFICATION && ((struct notification *)held->object)->bits != 0) {
        give_back_time(thread);
        notification_deliver((struct notification *)held->object, thread);
        thread_wake(thread);
    } else {
        endpoint_receive(endpoint, thread);
    }
    return STATUS_SET;
}

status_t syscall_recv(struct thread *thread)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_ENDPOINT, RIGHT_READ, &slot);

    if (status != STATUS_OK)
        return status;

    endpoint_abandon(thread);
    return receive(thread, (struct endpoint *)slot->object);
}

status_t syscall_reply_recv(struct thread *thread)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_ENDPOINT, RIGHT_READ, &slot);

    if (status == STATUS_OK && thread->caller != NULL && !endpoint_info_valid(thread->registers.info))
        status = STATUS_BAD_ARGUMENT;
    if (status != STATUS_OK)
        return status;

    if (thread->caller != NULL)
        endpoint_answer(thread, thread->caller);
    return receive(thread, (struct endpoint *)slot->object);
}
