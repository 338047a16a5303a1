#include "thread.h"

#include "cap_lookup.h"
#include "endpoint.h"
#include "fpu.h"
#include "hart.h"
#include "memory.h"
#include "notification.h"
#include "panic.h"
#include "registers.h"
#include "reply.h"
#include "sched.h"
#include "space.h"
#include "syscall.h"

/* ---- queues */

void queue_append(struct thread **queue, struct thread *thread)
{
    struct thread *head = *queue;

    if (head == NULL) {
        thread->next = thread->prev = thread;
        *queue = thread;
        return;
    }
    thread->next = head;
    thread->prev = head->prev;
    head->prev->next = thread;
    head->prev = thread;
}

void queue_remove(struct thread **queue, struct thread *thread)
{
    if (thread->next == thread) {
        *queue = NULL;
    } else {
        thread->next->prev = thread->prev;
        thread->prev->next = thread->next;
        if (*queue == thread)
            *queue = thread->next;
    }
    thread->next = thread->prev = NULL;
}

/* ---- states */

void thread_wake(struct thread *thread)
{
    struct sched_context *time = sched_time_of(thread);

    thread->state = THREAD_READY;
    timer_remove(&hart_self()->timers, &thread->timer);
    if (time != NULL)
        sched_ready(time);
    sched_unpark(thread);
}

/* It waits for an answer no longer: who works for it works on, on other time. */
static void forsake_callee(struct thread *thread)
{
    struct thread *callee = thread->callee;

    thread->callee = NULL;
    if (callee == NULL)
        return;
    endpoint_uncall(callee);
    sched_follow(callee);
}

void thread_cancel(struct thread *thread, status_t status)
{
    switch (thread->state) {
    case THREAD_SENDING:
    case THREAD_CALLING:
    case THREAD_RECEIVING:
        endpoint_leave(thread);
        break;
    case THREAD_WAITING:
        notification_leave(thread);
        break;
    case THREAD_AWAITING:
        if (thread->saved != NULL)
            thread->saved->caller = NULL;
        thread->saved = NULL;
        forsake_callee(thread);
        break;
    case THREAD_READY:
    case THREAD_STOPPED:
        return;
    }
    if (!thread->fault.pending)
        thread->registers.number = status;
    thread->fault.pending = false;
}

/* It runs no more; whose call it took still waits. */
static void still(struct thread *thread)
{
    thread_cancel(thread, STATUS_PEER_GONE);
    thread->state = THREAD_STOPPED;
    thread->fault.pending = false;
    timer_remove(&hart_self()->timers, &thread->timer);
    if (thread->time != NULL)
        sched_unready(thread->time);
}

static void stop(struct thread *thread)
{
    endpoint_abandon(thread);
    still(thread);
}

void thread_halt(struct thread *thread)
{
    const struct slot *supervisor = &thread->slots[THREAD_SUPERVISOR];

    still(thread);
    if (supervisor->type == OBJECT_NOTIFICATION)
        notification_signal((struct notification *)supervisor->object, supervisor->value);
}

void thread_give_up(struct thread *thread)
{
    endpoint_abandon(thread);
    thread_halt(thread);
}

void thread_forsake(struct thread *thread)
{
    if (thread->fault.pending) {
        thread_give_up(thread);
        return;
    }
    thread_cancel(thread, STATUS_PEER_GONE);
    thread_wake(thread);
}

void thread_timed_out(struct thread *thread)
{
    thread_cancel(thread, STATUS_TIMED_OUT);
    thread_wake(thread);
}

status_t thread_destroy(struct thread *thread)
{
    bool itself = hart_self()->thread == thread; /* it has to make the next step too */

    if (thread->state != THREAD_STOPPED && !itself) { /* nobody is left who could start it again before the next step */
        still(thread);
        return STATUS_AGAIN;
    }
    if (thread->caller != NULL) {
        endpoint_abandon(thread);
        if (itself)
            thread_wake(thread); /* it worked on the caller's time and goes on, on its own */
        return STATUS_AGAIN;
    }
    still(thread);
    fpu_forget(thread);
    endpoint_forget_server(thread);
    sched_unpark(thread);
    for (unsigned i = 0; i < THREAD_SLOTS; i++)
        cap_release(&thread->slots[i]);
    if (itself)
        hart_self()->thread = NULL;
    return STATUS_OK;
}

void thread_slot_released(struct slot *slot)
{
    struct thread *thread = (struct thread *)align_down((vaddr_t)slot, 1UL << OBJECT_THREAD_BITS);

    switch (slot - thread->slots) {
    case THREAD_TIME:
        sched_revoke((struct sched_context *)slot->object);
        break;
    case THREAD_VSPACE:
        thread->root = space_root(NULL);
        break;
    case THREAD_NOTIFICATION:
        ((struct notification *)slot->object)->bound = NULL;
        break;
    default:
        break; /* without a table it can do nothing, without an address space it faults, without a fault endpoint it stops there */
    }
}

/* ---- system calls */

/* The thread that a capability is to, which must be stopped. */
static status_t stopped_thread(struct thread *caller, unsigned rights, struct thread **target)
{
    struct slot *slot;
    status_t status = cap_lookup(caller, caller->registers.cap, OBJECT_THREAD, rights, &slot);

    *target = NULL;
    if (status != STATUS_OK)
        return status;
    *target = (struct thread *)slot->object;
    return (*target)->state == THREAD_STOPPED ? STATUS_OK : STATUS_ALREADY;
}

/* One of the capabilities of thread_configure: 0 leaves what is there. */
static status_t configure_check(struct thread *caller, word_t index, unsigned type, struct slot **source)
{
    *source = NULL;
    if (index == 0)
        return STATUS_OK;
    status_t status = cap_lookup(caller, index, type, RIGHT_WRITE, source);
    return status == STATUS_OK ? cap_derivable(*source) : status;
}

status_t syscall_thread_configure(struct thread *thread)
{
    static const uint8_t types[THREAD_CONFIGURED] = {OBJECT_CTABLE, OBJECT_VSPACE, OBJECT_SCHED_CONTEXT, OBJECT_ENDPOINT,
                                                     OBJECT_NOTIFICATION};
    const struct registers *registers = &thread->registers;
    const word_t index[THREAD_CONFIGURED] = {registers->info, registers->message[0], registers->message[1], registers->message[2],
                                             registers->message[3]};
    struct slot *source[array_count(types)];
    struct thread *target;
    status_t status = stopped_thread(thread, RIGHT_WRITE, &target);

    for (unsigned i = 0; i < array_count(types) && status == STATUS_OK; i++)
        status = configure_check(thread, index[i], types[i], &source[i]);
    if (status != STATUS_OK)
        return status;
    if (source[THREAD_TIME] != NULL && ((struct sched_context *)source[THREAD_TIME]->object)->home != NULL)
        return STATUS_ALREADY;

    for (unsigned i = 0; i < array_count(types); i++) {
        if (source[i] == NULL)
            continue;
        cap_release(&target->slots[i]);
        cap_hold(source[i], &target->slots[i], SLOT_IN_THREAD);
    }
    if (source[THREAD_TIME] != NULL)
        sched_give((struct sched_context *)source[THREAD_TIME]->object, target);
    if (source[THREAD_VSPACE] != NULL)
        target->root = space_root(source[THREAD_VSPACE]);
    return STATUS_OK;
}

status_t syscall_thread_bind(struct thread *thread)
{
    word_t index = thread->registers.info;
    struct slot *slot;
    struct slot *source;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_THREAD, RIGHT_WRITE, &slot);

    if (status != STATUS_OK)
        return status;
    struct thread *target = (struct thread *)slot->object;
    struct slot *held = &target->slots[THREAD_NOTIFICATION];
    if (index == 0) {
        cap_release(held);
        return STATUS_OK;
    }
    status = cap_lookup(thread, index, OBJECT_NOTIFICATION, RIGHT_READ, &source);
    if (status != STATUS_OK)
        return status;
    struct notification *notification = (struct notification *)source->object;
    if (held->type != OBJECT_NULL || notification->bound != NULL)
        return STATUS_ALREADY;
    status = cap_derivable(source);
    if (status != STATUS_OK)
        return status;

    cap_hold(source, held, SLOT_IN_THREAD);
    notification->bound = target;
    if (notification->bits != 0) /* what was signalled before ends a receive that is under way */
        notification_signal(notification, 0);
    return STATUS_OK;
}

status_t syscall_thread_start(struct thread *thread)
{
    const struct registers *registers = &thread->registers;
    struct thread *target;
    status_t status = stopped_thread(thread, RIGHT_WRITE, &target);

    if (status != STATUS_OK)
        return status;
    if (registers->info >= USER_TOP || registers->message[0] > USER_TOP)
        return STATUS_BAD_ARGUMENT;

    registers_start(&target->registers, registers->info, registers->message[0], registers->message[1]);
    fpu_forget(target);
    thread_wake(target);
    return STATUS_OK;
}

status_t syscall_thread_suspend(struct thread *thread)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_THREAD, RIGHT_WRITE, &slot);

    if (status != STATUS_OK)
        return status;
    struct thread *target = (struct thread *)slot->object;
    if (target->state == THREAD_STOPPED)
        return STATUS_ALREADY;

    stop(target);
    return STATUS_OK;
}

status_t syscall_thread_resume(struct thread *thread)
{
    struct thread *target;
    status_t status = stopped_thread(thread, RIGHT_WRITE, &target);

    if (status != STATUS_OK)
        return status;

    thread_wake(target);
    return STATUS_OK;
}

/* Registers can be looked at and changed while the thread is stopped, or its fault is being handled. */
static status_t still_thread(struct thread *caller, unsigned rights, struct thread **target)
{
    status_t status = stopped_thread(caller, rights, target);

    return status == STATUS_ALREADY && (*target)->fault.pending ? STATUS_OK : status;
}

status_t syscall_thread_read(struct thread *thread)
{
    word_t index = thread->registers.info;
    struct thread *target;
    status_t status = still_thread(thread, RIGHT_READ, &target);

    if (status != STATUS_OK)
        return status;
    if (index >= REGISTER_COUNT)
        return STATUS_BAD_ARGUMENT;

    thread->registers.message[0] = ((const word_t *)&target->registers)[index];
    return STATUS_OK;
}

status_t syscall_thread_write(struct thread *thread)
{
    word_t index = thread->registers.info;
    struct thread *target;
    status_t status = still_thread(thread, RIGHT_WRITE, &target);

    if (status != STATUS_OK)
        return status;
    if (index >= REGISTER_COUNT || !registers_write(&target->registers, (unsigned)index, thread->registers.message[0]))
        return STATUS_BAD_ARGUMENT;
    return STATUS_OK;
}

status_t syscall_thread_buffer(struct thread *thread)
{
    word_t index = thread->registers.info;
    struct slot *slot;
    struct slot *source;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_THREAD, RIGHT_WRITE, &slot);

    if (status != STATUS_OK)
        return status;
    struct slot *held = &((struct thread *)slot->object)->slots[THREAD_BUFFER];
    if (index == 0) {
        cap_release(held);
        return STATUS_OK;
    }
    status = cap_lookup(thread, index, OBJECT_FRAME, RIGHT_READ | RIGHT_WRITE, &source);
    if (status == STATUS_OK && (source->size_bits != PAGE_BITS || source->flags & SLOT_DEVICE))
        status = STATUS_BAD_ARGUMENT;
    if (status == STATUS_OK && held->type != OBJECT_NULL)
        status = STATUS_ALREADY;
    if (status == STATUS_OK)
        status = cap_derivable(source);
    if (status != STATUS_OK)
        return status;

    cap_hold(source, held, SLOT_IN_THREAD);
    return STATUS_OK;
}

status_t syscall_thread_affinity(struct thread *thread)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_THREAD, RIGHT_WRITE, &slot);

    if (status != STATUS_OK)
        return status;
    if (thread->registers.info >= HARTS)
        return STATUS_BAD_ARGUMENT;

    ((struct thread *)slot->object)->affinity = (unsigned)thread->registers.info;
    return STATUS_OK;
}
