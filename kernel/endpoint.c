#include "endpoint.h"

#include "cap_lookup.h"
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

/* The word that names the capability that is sent: the last one in a register. */
static word_t info_cap_word(word_t info)
{
    return (info_length(info) < MESSAGE_WORDS ? info_length(info) : MESSAGE_WORDS) - 1;
}

bool endpoint_info_valid(word_t info)
{
    return info_length(info) <= MESSAGE_MAX && info_caps(info) <= 1 && info_length(info) >= info_caps(info);
}

#define TIMEOUT_MANTISSA_BITS 10
#define TIMEOUT_LONGEST (~0UL >> 1)

static word_t timeout_field(word_t info)
{
    return (info & INFO_TIMEOUT_MASK) >> INFO_TIMEOUT_SHIFT;
}

/* Nanoseconds; 0: none, or polling. */
static uint64_t info_timeout(word_t info)
{
    word_t mantissa = timeout_field(info) & (bit(TIMEOUT_MANTISSA_BITS) - 1);
    word_t exponent = timeout_field(info) >> TIMEOUT_MANTISSA_BITS;

    return mantissa > TIMEOUT_LONGEST >> exponent ? TIMEOUT_LONGEST : mantissa << exponent;
}

static bool info_polls(word_t info)
{
    return timeout_field(info) != 0 && info_timeout(info) == 0;
}

/* ---- messages */

/* Where the words of long messages lie, or NULL. */
static word_t *buffer(const struct thread *thread)
{
    const struct slot *held = &thread->slots[THREAD_BUFFER];

    return held->type == OBJECT_FRAME ? direct(held->object) : NULL;
}

/* Words that lie beyond the message registers: copied from buffer to buffer. Returns how many words the receiver has then. */
static word_t transfer_long(const struct thread *from, const struct thread *to, word_t length)
{
    const word_t *source = buffer(from);
    word_t *target = buffer(to);

    if (source == NULL || target == NULL)
        return MESSAGE_WORDS;
    memcpy(target + MESSAGE_WORDS, source + MESSAGE_WORDS, (length - MESSAGE_WORDS) * sizeof(word_t));
    return length;
}

/* Hand over the capability that the message names, if both sides allow it. Returns the slot it came into, or 0. */
static word_t transfer_cap(struct thread *from, struct thread *to, word_t receive_slot)
{
    word_t index = from->registers.message[info_cap_word(from->registers.info)];
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
        if (info_length(info) > MESSAGE_WORDS)
            info = (info & ~INFO_LENGTH_MASK) | transfer_long(from, to, info_length(info)) << INFO_LENGTH_SHIFT;
        if (info_caps(info) != 0) {
            word_t arrived = transfer_cap(from, to, receive_slot);
            to->registers.message[info_cap_word(info)] = arrived;
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
    uint64_t timeout = info_timeout(thread->registers.info);

    thread->state = state;
    if (timeout != 0 && !thread->fault.pending)
        sched_timeout(thread, timeout);
    sched_blocked(thread); /* last: its time may tell it something, and it is ready again */
}

/* The receiver takes a call: from now on it works on the caller's time, and its own rests. Neither is in a queue. */
static void accept_call(struct thread *receiver, struct thread *caller)
{
    caller->state = THREAD_AWAITING;
    caller->callee = receiver;
    receiver->caller = caller;
    receiver->nesting = caller->nesting + 1;
    if (!caller->fault.pending && info_timeout(caller->registers.info) == 0 && sched_time_of(caller) != NULL)
        receiver->standing |= THREAD_PLAIN;
    if (receiver->time != NULL && sched_time_of(receiver) != receiver->time)
        sched_unready(receiver->time);
}

/* Who takes the next message, or NULL. */
static struct thread *receiver_of(const struct endpoint *endpoint)
{
    struct thread *head = endpoint->queue;

    if (endpoint->idle != NULL)
        return endpoint->idle;
    return head != NULL && head->state == THREAD_RECEIVING ? head : NULL;
}

static bool has_sender(const struct endpoint *endpoint)
{
    return endpoint->queue != NULL && endpoint->queue->state != THREAD_RECEIVING;
}

void endpoint_queue_up(struct endpoint *endpoint)
{
    struct thread *idle = endpoint->idle;

    endpoint->idle = NULL;
    if (idle != NULL)
        queue_append(&endpoint->queue, idle);
}

void endpoint_send(struct slot *slot, struct thread *sender, bool call)
{
    struct endpoint *endpoint = (struct endpoint *)slot->object;
    struct thread *receiver = receiver_of(endpoint);

    if (receiver == NULL) {
        sender->endpoint = endpoint;
        sender->badge = slot->value;
        sender->sent_by = slot;
        slot->space++;
        queue_append(&endpoint->queue, sender);
        block(sender, call ? THREAD_CALLING : THREAD_SENDING);
        return;
    }
    endpoint_leave(receiver);
    transfer(sender, receiver, slot->value);
    if (call) {
        accept_call(receiver, sender);
        if (info_timeout(sender->registers.info) != 0 && !sender->fault.pending)
            sched_timeout(sender, info_timeout(sender->registers.info));
    } else {
        sender->registers.number = STATUS_OK;
    }
    thread_wake(receiver);
}

void endpoint_receive(struct endpoint *endpoint, struct thread *receiver)
{
    struct thread *sender = endpoint->queue;

    if (endpoint->server != receiver) {
        endpoint_forget_server(receiver);
        if (endpoint->server != NULL)
            endpoint->server->serves = NULL;
        endpoint->server = receiver;
        receiver->serves = endpoint;
    }
    assert(receiver->caller == NULL, (word_t)receiver, (word_t)receiver->caller);
    if (!has_sender(endpoint)) {
        receiver->endpoint = endpoint;
        if (endpoint->queue == NULL && endpoint->idle == NULL && info_timeout(receiver->registers.info) == 0) {
            endpoint->idle = receiver;
        } else {
            endpoint_queue_up(endpoint);
            queue_append(&endpoint->queue, receiver);
        }
        block(receiver, THREAD_RECEIVING);
        return;
    }
    bool call = sender->state == THREAD_CALLING;
    endpoint_leave(sender);
    transfer(sender, receiver, sender->badge);
    if (call) {
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
    if (caller->callee == answerer)
        endpoint_uncall(answerer);
    if (caller->saved != NULL)
        caller->saved->caller = NULL;
    caller->callee = NULL;
    caller->saved = NULL;
    thread_wake(caller);
}

/* The thread's caller, which it no longer owes an answer. */
static struct thread *release_caller(struct thread *server)
{
    struct thread *caller = server->caller;

    endpoint_uncall(server);
    caller->callee = NULL;
    return caller;
}

void endpoint_abandon(struct thread *server)
{
    while (server->caller != NULL) {
        struct thread *caller = release_caller(server);
        if (!caller->fault.pending) {
            caller->registers.number = STATUS_PEER_GONE;
            thread_wake(caller);
            return;
        }
        thread_halt(caller); /* nobody will mend its fault, so who waits for it is next; faults nest at most FAULTS_MAX deep */
        server = caller;
    }
}

void endpoint_forget_server(struct thread *thread)
{
    if (thread->serves != NULL)
        thread->serves->server = NULL;
    thread->serves = NULL;
}

void endpoint_uncall(struct thread *server)
{
    server->caller = NULL;
    server->nesting = 0;
    server->standing &= ~(unsigned)THREAD_PLAIN;
}

void endpoint_leave(struct thread *thread)
{
    if (thread->endpoint->idle == thread)
        thread->endpoint->idle = NULL;
    else
        queue_remove(&thread->endpoint->queue, thread);
    if (thread->sent_by != NULL)
        thread->sent_by->space--;
    thread->sent_by = NULL;
}

status_t endpoint_cancel_by(struct slot *slot)
{
    struct endpoint *endpoint = (struct endpoint *)slot->object;

    for (unsigned count = 0; slot->space > 0 && count < ENDPOINT_STEP; count++) {
        struct thread *waiter = endpoint->queue;
        if (waiter->sent_by == slot)
            thread_forsake(waiter);
        else
            endpoint->queue = waiter->next; /* the queue is a circle: the next step goes on behind this one */
    }
    return slot->space == 0 ? STATUS_OK : STATUS_AGAIN;
}

status_t endpoint_destroy(struct endpoint *endpoint)
{
    for (unsigned count = 0; count < ENDPOINT_STEP; count++) {
        struct thread *waiter = endpoint->idle != NULL ? endpoint->idle : endpoint->queue;
        if (waiter == NULL)
            break;
        thread_forsake(waiter);
    }
    if (endpoint->queue != NULL)
        return STATUS_AGAIN;
    if (endpoint->server != NULL)
        endpoint_forget_server(endpoint->server);
    return STATUS_OK;
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
    if (info_polls(info) && receiver_of((struct endpoint *)(*slot)->object) == NULL)
        return STATUS_WOULD_BLOCK;
    return STATUS_OK;
}

status_t syscall_call(struct thread *thread)
{
    struct slot *slot;
    status_t status = sending(thread, &slot);

    if (status == STATUS_OK && thread->nesting >= CALLS_MAX)
        status = STATUS_TOO_DEEP;
    if (status != STATUS_OK)
        return status;

    endpoint_send(slot, thread, true);
    return STATUS_SET;
}

status_t syscall_send(struct thread *thread)
{
    struct slot *slot;
    status_t status = sending(thread, &slot);

    if (status != STATUS_OK)
        return status;

    endpoint_send(slot, thread, false);
    return STATUS_SET;
}

/* Take a pending signal instead of a message, or wait for either. */
static status_t receive(struct thread *thread, struct endpoint *endpoint)
{
    struct slot *held = &thread->slots[THREAD_NOTIFICATION];

    thread->standing &= ~(unsigned)THREAD_SIGNALLED; /* seen here */
    if (held->type == OBJECT_NOTIFICATION && ((struct notification *)held->object)->bits != 0) {
        notification_deliver((struct notification *)held->object, thread);
        thread_wake(thread);
    } else if (info_polls(thread->registers.info) && !has_sender(endpoint)) {
        thread_wake(thread);
        return STATUS_WOULD_BLOCK;
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
