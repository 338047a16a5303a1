#include "notification.h"

#include "cap_lookup.h"
#include "endpoint.h"
#include "sched.h"
#include "syscall.h"
#include "thread.h"

void notification_deliver(struct notification *notification, struct thread *receiver)
{
    struct registers *registers = &receiver->registers;

    registers->number = STATUS_OK;
    registers->cap = notification->bits;
    registers->info = 0;
    registers->message[0] = notification->bits;
    notification->bits = 0;
}

void notification_signal(struct notification *notification, word_t bits)
{
    struct thread *waiter = notification->queue;
    struct thread *bound = notification->bound;

    notification->bits |= bits;
    if (waiter != NULL) {
        notification_leave(waiter);
        waiter->registers.number = STATUS_OK;
        waiter->registers.message[0] = notification->bits;
        notification->bits = 0;
        thread_wake(waiter);
    } else if (bound != NULL && bound->state == THREAD_RECEIVING) {
        endpoint_leave(bound);
        notification_deliver(notification, bound);
        thread_wake(bound);
    } else if (bound != NULL) {
        bound->standing |= THREAD_SIGNALLED;
    }
}

void notification_leave(struct thread *thread)
{
    queue_remove(&thread->notification->queue, thread);
    thread->notification = NULL;
}

status_t notification_destroy(struct notification *notification)
{
    for (unsigned count = 0; count < NOTIFICATION_STEP; count++) {
        struct thread *waiter = notification->queue;
        if (waiter == NULL)
            return STATUS_OK;
        thread_cancel(waiter, STATUS_PEER_GONE);
        thread_wake(waiter);
    }
    return notification->queue == NULL ? STATUS_OK : STATUS_AGAIN;
}

/* ---- system calls */

status_t syscall_signal(struct thread *thread)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_NOTIFICATION, RIGHT_WRITE, &slot);

    if (status != STATUS_OK)
        return status;

    notification_signal((struct notification *)slot->object, slot->value);
    return STATUS_OK;
}

static status_t waiting(struct thread *thread, struct notification **notification)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_NOTIFICATION, RIGHT_READ, &slot);

    *notification = status == STATUS_OK ? (struct notification *)slot->object : NULL;
    return status;
}

static void take(struct thread *thread, struct notification *notification)
{
    thread->registers.message[0] = notification->bits;
    notification->bits = 0;
}

status_t syscall_poll(struct thread *thread)
{
    struct notification *notification;
    status_t status = waiting(thread, &notification);

    if (status != STATUS_OK)
        return status;
    if (notification->bits == 0)
        return STATUS_WOULD_BLOCK;

    take(thread, notification);
    return STATUS_OK;
}

status_t syscall_wait(struct thread *thread)
{
    uint64_t timeout = thread->registers.info;
    struct notification *notification;
    status_t status = waiting(thread, &notification);

    if (status != STATUS_OK)
        return status;

    if (notification->bits != 0) {
        take(thread, notification);
        return STATUS_OK;
    }
    thread->notification = notification;
    queue_append(&notification->queue, thread);
    thread->state = THREAD_WAITING;
    if (timeout != 0)
        sched_timeout(thread, timeout);
    sched_blocked(thread); /* last: its time may signal what it waits for */
    return STATUS_SET;
}
