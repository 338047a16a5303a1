#include "reply.h"

#include "endpoint.h"
#include "sched.h"
#include "syscall.h"
#include "thread.h"

void reply_destroy(struct reply *reply)
{
    if (reply->caller != NULL)
        thread_forsake(reply->caller);
}

/* ---- system calls */

status_t syscall_save_reply(struct thread *thread)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_REPLY, RIGHT_WRITE, &slot);

    if (status != STATUS_OK)
        return status;
    struct reply *reply = (struct reply *)slot->object;
    struct thread *caller = thread->caller;
    struct sched_context *own = thread_own_time(thread);
    if (caller == NULL)
        return STATUS_PEER_GONE;
    if (reply->caller != NULL)
        return STATUS_ALREADY;
    if (own == NULL)
        return STATUS_BAD_ARGUMENT;

    thread->caller = NULL;
    caller->callee = NULL;
    caller->saved = reply;
    reply->caller = caller;
    if (thread->time != own && caller->time == NULL && thread->time != NULL) {
        struct sched_context *lent = thread->time;
        sched_unready(lent);
        sched_lend(thread, caller);
        thread_wake(thread);
    }
    return STATUS_OK;
}

status_t syscall_reply(struct thread *thread)
{
    struct thread *caller = thread->caller;

    if (thread->registers.cap != 0) {
        struct slot *slot;
        status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_REPLY, RIGHT_WRITE, &slot);
        if (status != STATUS_OK)
            return status;
        caller = ((struct reply *)slot->object)->caller;
    }
    if (!endpoint_info_valid(thread->registers.info))
        return STATUS_BAD_ARGUMENT;
    if (caller == NULL)
        return STATUS_PEER_GONE;
    if (caller == thread->caller && thread_own_time(thread) == NULL) /* it could not go on: reply_recv is for it */
        return STATUS_BAD_ARGUMENT;

    endpoint_answer(thread, caller);
    if (thread->time == NULL) /* it worked on the caller's time and goes on, on its own */
        thread_wake(thread);
    return STATUS_OK;
}
