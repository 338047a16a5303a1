/* Facts about threads, and about what they wait for and meet at. */
#include "endpoint.h"
#include "hart.h"
#include "invariants.h"
#include "notification.h"
#include "panic.h"
#include "reply.h"
#include "sched.h"
#include "space.h"
#include "thread.h"

/* ---- threads */

/* A scheduling context's home is the thread whose own it is. */
static void home_is_mutual(const struct thread *thread)
{
    const struct slot *held = &thread->slots[THREAD_TIME];
    const struct sched_context *own = thread->time;

    assert(own == (held->type == OBJECT_NULL ? NULL : (const struct sched_context *)held->object), (word_t)thread, (word_t)own);
    assert(own == NULL || own->home == thread, (word_t)thread, (word_t)own);
}

static bool is_listed(const struct sched_context *time)
{
    return time->queued || hart_self()->running == time || time->timer.armed;
}

/* A ready thread that has time will run. */
static void ready_is_listed(const struct thread *thread)
{
    const struct sched_context *time = sched_time_of(thread);

    assert(thread->state != THREAD_READY || time == NULL || is_listed(time), (word_t)thread, (word_t)time);
}

/* The time of a thread that is not ready, and whom nobody works for, is not used; nor is it while the thread works on its caller's. */
static void idle_time_is_not_listed(const struct thread *thread)
{
    const struct sched_context *own = thread->time;
    bool used = sched_time_of(thread) == own
                && (thread->state == THREAD_READY || thread->state == THREAD_CALLING || thread->callee != NULL);

    assert(own == NULL || used || !is_listed(own), (word_t)thread, thread->state, (word_t)own);
}

/* A thread has a timer only while it waits. */
static void timer_is_for_waiting(const struct thread *thread)
{
    assert(!thread->timer.armed || (thread->state != THREAD_READY && thread->state != THREAD_STOPPED), (word_t)thread, thread->state);
}

/* Time that waits to help, and whom it waits for, know each other; the server that helpers find knows its endpoint. */
static void helping_is_mutual(const struct thread *thread)
{
    assert(thread->helper == NULL || thread->helper->parked_on == thread, (word_t)thread, (word_t)thread->helper);
    assert(thread->serves == NULL || thread->serves->server == thread, (word_t)thread, (word_t)thread->serves);
}

/* A caller and who took its call know each other. */
static void call_is_mutual(const struct thread *thread)
{
    assert(thread->caller == NULL || thread->caller->callee == thread, (word_t)thread, (word_t)thread->caller);
    assert(thread->callee == NULL || thread->callee->caller == thread, (word_t)thread, (word_t)thread->callee);
    assert(thread->saved == NULL || thread->saved->caller == thread, (word_t)thread, (word_t)thread->saved);
}

/* Who awaits an answer has exactly one that owes it; nobody else has any. */
static void awaiting_is_owed(const struct thread *thread)
{
    unsigned owed = (thread->callee != NULL) + (thread->saved != NULL);

    assert(owed == (thread->state == THREAD_AWAITING), (word_t)thread, thread->state, owed);
}

/* A thread is in the queue that its state names, and in no other. */
static void queue_agrees_with_state(const struct thread *thread)
{
    bool on_endpoint = thread->state == THREAD_SENDING || thread->state == THREAD_CALLING || thread->state == THREAD_RECEIVING;

    bool idle = thread->state == THREAD_RECEIVING && thread->endpoint->idle == thread;

    assert((thread->sent_by != NULL) == (thread->state == THREAD_SENDING || thread->state == THREAD_CALLING), (word_t)thread, thread->state);
    assert(thread->sent_by == NULL || (thread->sent_by->space > 0 && thread->sent_by->object == (word_t)thread->endpoint), (word_t)thread);
    assert((thread->state == THREAD_WAITING) == (thread->notification != NULL), (word_t)thread, thread->state);
    assert((thread->next != NULL) == ((on_endpoint && !idle) || thread->state == THREAD_WAITING), (word_t)thread, thread->state);
    if (thread->next != NULL)
        assert(thread->next->prev == thread && thread->prev->next == thread, (word_t)thread, (word_t)thread->next);
}

/* What the fast path takes for granted of a server's caller. */
static void standing_is_true(const struct thread *thread)
{
    const struct thread *caller = thread->caller;
    const struct slot *bound = &thread->slots[THREAD_NOTIFICATION];

    assert(caller == NULL ? thread->nesting == 0 : thread->nesting > caller->nesting, (word_t)thread, thread->nesting);
    if (thread->standing & THREAD_PLAIN)
        assert(caller != NULL && !caller->fault.pending && !caller->timer.armed && sched_time_of(caller) != NULL, (word_t)thread,
               (word_t)caller);
    if (bound->type == OBJECT_NOTIFICATION && ((const struct notification *)bound->object)->bits != 0)
        assert(thread->standing & THREAD_SIGNALLED, (word_t)thread, thread->standing);
}

/* Where a thread runs is the space that it holds. */
static void root_is_its_spaces(const struct thread *thread)
{
    const struct slot *held = &thread->slots[THREAD_VSPACE];

    assert(held->type == OBJECT_VSPACE ? thread->root == space_root(held) : thread->root == 0 || thread->root == space_root(NULL),
           (word_t)thread, thread->root);
}

/* Only a thread whose message is under way has a fault pending. */
static void fault_is_under_way(const struct thread *thread)
{
    assert(!thread->fault.pending || thread->state == THREAD_CALLING || thread->state == THREAD_AWAITING, (word_t)thread, thread->state);
}

/* When a capability that a thread holds goes, the thread is told. */
static void held_is_told(const struct slot *held)
{
    if (held->type != OBJECT_NULL)
        assert(held->flags & SLOT_IN_THREAD, (word_t)held, held->type, held->flags);
}

/* ---- endpoints, notifications, reply objects */

/* An endpoint's queue holds senders or receivers, never both. */
static void endpoint_queue_is_of_one_kind(const struct endpoint *endpoint)
{
    const struct thread *head = endpoint->queue;

    for (const struct thread *thread = head; thread != NULL; thread = thread->next == head ? NULL : thread->next)
        assert(thread->endpoint == endpoint && (thread->state == THREAD_RECEIVING) == (head->state == THREAD_RECEIVING),
               (word_t)endpoint, (word_t)thread, thread->state);
}

/* An idle receiver waits alone, for no time, and was the last to receive. */
static void idle_receiver_is_alone(const struct endpoint *endpoint)
{
    const struct thread *idle = endpoint->idle;

    if (idle == NULL)
        return;
    assert(endpoint->queue == NULL && endpoint->server == idle, (word_t)endpoint, (word_t)idle, (word_t)endpoint->queue);
    assert(idle->state == THREAD_RECEIVING && idle->endpoint == endpoint, (word_t)endpoint, (word_t)idle, idle->state);
    assert(!idle->timer.armed && idle->helper == NULL && idle->standing == 0, (word_t)endpoint, (word_t)idle, idle->standing);
}

/* Who is to be helped while it is busy knows for which endpoint. */
static void server_is_mutual(const struct endpoint *endpoint)
{
    assert(endpoint->server == NULL || endpoint->server->serves == endpoint, (word_t)endpoint, (word_t)endpoint->server);
}

/* A notification's queue holds who waits for it. */
static void notification_queue_is_its_own(const struct notification *notification)
{
    const struct thread *head = notification->queue;

    for (const struct thread *thread = head; thread != NULL; thread = thread->next == head ? NULL : thread->next)
        assert(thread->notification == notification, (word_t)notification, (word_t)thread, (word_t)thread->notification);
}

/* Nobody waits for bits that are there, and the bound thread knows. */
static void notification_is_consistent(const struct notification *notification)
{
    assert(notification->bits == 0 || notification->queue == NULL, (word_t)notification, notification->bits);
    if (notification->bound != NULL) {
        const struct slot *held = &notification->bound->slots[THREAD_NOTIFICATION];
        assert(held->type == OBJECT_NOTIFICATION && held->object == (word_t)notification, (word_t)notification,
               (word_t)notification->bound);
    }
}

/* A reply object and the caller in it know each other. */
static void reply_is_mutual(const struct reply *reply)
{
    assert(reply->caller == NULL || reply->caller->saved == reply, (word_t)reply, (word_t)reply->caller);
}

/* ---- the parts of the walk */

void invariants_of_thread(const struct thread *thread)
{
    home_is_mutual(thread);
    ready_is_listed(thread);
    timer_is_for_waiting(thread);
    helping_is_mutual(thread);
    call_is_mutual(thread);
    awaiting_is_owed(thread);
    idle_time_is_not_listed(thread);
    queue_agrees_with_state(thread);
    standing_is_true(thread);
    root_is_its_spaces(thread);
    fault_is_under_way(thread);
    for (unsigned i = 0; i < THREAD_SLOTS; i++) {
        held_is_told(&thread->slots[i]);
        invariants_of_capability(&thread->slots[i]);
    }
}

void invariants_of_endpoint(const struct endpoint *endpoint)
{
    endpoint_queue_is_of_one_kind(endpoint);
    idle_receiver_is_alone(endpoint);
    server_is_mutual(endpoint);
}

void invariants_of_notification(const struct notification *notification)
{
    notification_queue_is_its_own(notification);
    notification_is_consistent(notification);
}

void invariants_of_reply(const struct reply *reply)
{
    reply_is_mutual(reply);
}
