/* What holds between system calls of threads, their time and what they wait for: looked up anew from the capabilities that are left. */
#include "arch/host.h"
#include "cast.h"
#include "check.h"
#include "invariants.h"

#define OBJECTS_MAX 64

/* The objects of a type whose first capability is in the root table. */
struct living {
    void *object[OBJECTS_MAX];
    unsigned count;
};

static struct living threads, times, endpoints, notifications, replies;

static void collect(struct living *living, unsigned type)
{
    living->count = 0;
    for (unsigned i = 0; i < WORLD_SLOTS; i++) {
        const struct slot *slot = &world.table[i];
        if (slot->type != type || !(slot->flags & SLOT_FIRST))
            continue;
        CHECK(living->count < OBJECTS_MAX);
        living->object[living->count++] = (void *)slot->object;
    }
}

static bool lives(const struct living *living, const void *object)
{
    for (unsigned i = 0; i < living->count; i++)
        if (living->object[i] == object)
            return true;
    return false;
}

/* Nothing, or something that is there. */
static bool sound(const struct living *living, const void *object)
{
    return object == NULL || lives(living, object);
}

static bool in_queue(const struct thread *head, const struct thread *thread)
{
    unsigned length = 0;

    for (const struct thread *at = head; at != NULL; at = at->next == head ? NULL : at->next) {
        CHECK(lives(&threads, at), "a queue holds a thread that is gone");
        CHECK(at->next->prev == at && at->prev->next == at);
        CHECK(++length <= OBJECTS_MAX, "a queue does not end");
        if (at == thread)
            return true;
    }
    return false;
}

static void check_pointers(const struct thread *thread)
{
    CHECK(sound(&threads, thread->caller));
    CHECK(sound(&threads, thread->callee));
    CHECK(sound(&replies, thread->saved));
    CHECK(sound(&notifications, thread->notification));
    CHECK(sound(&times, thread->time));
}

static void check_waiting(const struct thread *thread)
{
    enum thread_state state = thread->state;
    bool on_endpoint = state == THREAD_SENDING || state == THREAD_CALLING || state == THREAD_RECEIVING;

    bool idle = state == THREAD_RECEIVING && thread->endpoint->idle == thread;

    CHECK(!on_endpoint || lives(&endpoints, thread->endpoint));
    CHECK_EQUAL(thread->notification != NULL, state == THREAD_WAITING);
    CHECK_EQUAL((thread->callee != NULL) + (thread->saved != NULL), state == THREAD_AWAITING);
    CHECK(!on_endpoint || idle || in_queue(thread->endpoint->queue, thread));
    CHECK(state != THREAD_WAITING || in_queue(thread->notification->queue, thread));
    CHECK_EQUAL(thread->next != NULL, (on_endpoint && !idle) || state == THREAD_WAITING);
    CHECK(thread->callee == NULL || thread->callee->caller == thread);
    CHECK(thread->saved == NULL || thread->saved->caller == thread);
    CHECK(thread->caller == NULL || (thread->caller->state == THREAD_AWAITING && thread->caller->callee == thread));
    CHECK(state != THREAD_RECEIVING || thread->caller == NULL, "it waits for the next, and the last got no answer");
    CHECK(state != THREAD_STOPPED || thread->caller == NULL, "it is stopped, and its caller does not know");
    CHECK(!thread->fault.pending || state == THREAD_CALLING || state == THREAD_AWAITING);
}

static bool is_listed(const struct sched_context *time)
{
    return time->queued || hart_self()->running == time || time->timer.armed;
}

static void check_time_of(const struct thread *thread)
{
    const struct sched_context *time = sched_time_of(thread);
    const struct sched_context *own = thread->time;
    bool works = thread->state == THREAD_READY || thread->state == THREAD_CALLING || thread->callee != NULL;

    CHECK(own == NULL || own->home == thread);
    if (own != NULL)
        CHECK(own->queued + (hart_self()->running == own) + own->timer.armed <= 1);
    if (time != NULL)
        CHECK(thread->state != THREAD_READY || is_listed(time), "it is ready, and its time is nowhere");
    if (own != NULL && is_listed(own))
        CHECK(works && time == own, "it rests, or works for another, and its time does not rest");
}

/* Those who help and are helped know each other; a thread has a timer only while it waits. */
static void check_helping(const struct thread *thread)
{
    CHECK(sound(&times, thread->helper));
    CHECK(sound(&endpoints, thread->serves));
    CHECK(thread->helper == NULL || thread->helper->parked_on == thread);
    CHECK(thread->helper == NULL || thread->state != THREAD_READY, "it is ready, and who would help it waits");
    CHECK(thread->serves == NULL || thread->serves->server == thread);
    CHECK_EQUAL(thread->sent_by != NULL, thread->state == THREAD_SENDING || thread->state == THREAD_CALLING);
    CHECK(thread->sent_by == NULL || thread->sent_by->object == (word_t)thread->endpoint);
    CHECK(!thread->timer.armed || (thread->state != THREAD_READY && thread->state != THREAD_STOPPED));
}

static void check_context(const struct sched_context *time)
{
    CHECK(sound(&threads, time->home));
    CHECK(time->home == NULL || time->home->time == time);
    CHECK(sound(&threads, time->parked_on));
    CHECK(time->parked_on == NULL || (time->parked_on->helper == time && !time->queued && !time->timer.armed));
    if (time->home == NULL)
        CHECK(!time->queued && hart_self()->running != time && !time->timer.armed, "time that nobody has, runs");
}

/* The timers that the processor waits for are of threads and times that are there. */
static unsigned count_timers(const struct timer_queue *queue)
{
    unsigned count = 0;

    for (unsigned place = 0; place < TIMER_PLACES; place++) {
        const struct timer *first = queue->list[place];
        for (const struct timer *timer = first; timer != NULL; timer = timer->next == first ? NULL : timer->next) {
            CHECK(timer->kind == TIMER_SCHED ? lives(&times, container_of(timer, struct sched_context, timer))
                                             : lives(&threads, container_of(timer, struct thread, timer)));
            CHECK(++count <= times.count + threads.count, "the timers do not end");
        }
    }
    return count;
}

static void check_hart(void)
{
    const struct hart *hart = hart_self();
    unsigned queued = 0;

    CHECK(sound(&threads, hart->thread));
    CHECK(sound(&times, hart->running));
    CHECK(hart->running == NULL || (!hart->running->queued && hart->running->home != NULL));
    for (unsigned priority = 0; priority < PRIORITIES; priority++) {
        const struct sched_context *head = hart->queue[priority];
        for (const struct sched_context *time = head; time != NULL; time = time->next == head ? NULL : time->next) {
            CHECK(lives(&times, time), "the processor's queue holds time that is gone");
            CHECK(time->queued && time->priority == priority && time->next->prev == time);
            CHECK(++queued <= times.count, "the processor's queues do not end");
        }
    }
    unsigned armed = count_timers(&hart->timers);
    for (unsigned i = 0; i < times.count; i++) {
        queued -= ((const struct sched_context *)times.object[i])->queued;
        armed -= ((const struct sched_context *)times.object[i])->timer.armed;
    }
    for (unsigned i = 0; i < threads.count; i++)
        armed -= ((const struct thread *)threads.object[i])->timer.armed;
    CHECK_EQUAL(queued, 0);
    CHECK_EQUAL(armed, 0);
}

static void check_endpoint(const struct endpoint *endpoint)
{
    const struct thread *head = endpoint->queue;

    CHECK(sound(&threads, endpoint->server));
    CHECK(endpoint->server == NULL || endpoint->server->serves == endpoint);
    in_queue(head, NULL);
    for (const struct thread *at = head; at != NULL; at = at->next == head ? NULL : at->next) {
        CHECK(at->endpoint == endpoint);
        CHECK_EQUAL(at->state == THREAD_RECEIVING, head->state == THREAD_RECEIVING);
    }
}

static void check_notification(const struct notification *notification)
{
    const struct thread *bound = notification->bound;

    in_queue(notification->queue, NULL);
    CHECK(notification->queue == NULL || notification->bits == 0, "bits are there, and somebody waits for them");
    CHECK(sound(&threads, bound));
    CHECK(bound == NULL || bound->slots[THREAD_NOTIFICATION].object == (word_t)notification);
    CHECK(bound == NULL || bound->state != THREAD_RECEIVING || notification->bits == 0, "bits are there, and the bound thread waits");
}

void cast_check(void)
{
    collect(&threads, OBJECT_THREAD);
    collect(&times, OBJECT_SCHED_CONTEXT);
    collect(&endpoints, OBJECT_ENDPOINT);
    collect(&notifications, OBJECT_NOTIFICATION);
    collect(&replies, OBJECT_REPLY);
    for (unsigned i = 0; i < threads.count; i++) {
        check_pointers(threads.object[i]);
        check_waiting(threads.object[i]);
        check_time_of(threads.object[i]);
        check_helping(threads.object[i]);
    }
    for (unsigned i = 0; i < times.count; i++)
        check_context(times.object[i]);
    for (unsigned i = 0; i < endpoints.count; i++)
        check_endpoint(endpoints.object[i]);
    for (unsigned i = 0; i < notifications.count; i++)
        check_notification(notifications.object[i]);
    for (unsigned i = 0; i < replies.count; i++) {
        const struct reply *reply = replies.object[i];
        CHECK(sound(&threads, reply->caller));
        CHECK(reply->caller == NULL || reply->caller->saved == reply);
    }
    check_hart();
    check_invariants();
}
