#include "reply.h"

#include "cap_lookup.h"
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
    if (caller == NULL)
        return STATUS_PEER_GONE;
    if (reply->caller != NULL)
        return STATUS_ALREADY;
    if (thread->time == NULL)
        return STATUS_BAD_ARGUMENT;

    struct sched_context *lent = sched_time_of(thread);
    endpoint_uncall(thread);
    caller->callee = NULL;
    caller->saved = reply;
    reply->caller = caller;
    if (lent != thread->time)
        sched_unready(lent); /* nobody works on it until the answer */
    thread_wake(thread);
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
    if (caller == thread->caller && thread->time == NULL) /* it could not go on: reply_recv is for it */
        return STATUS_BAD_ARGUMENT;

    endpoint_answer(thread, caller);
    thread_wake(thread); /* if it worked on the caller's time it goes on, on its own */
    return STATUS_OK;
}
