#include "sched.h"

#include "clock.h"
#include "endpoint.h"
#include "hart.h"
#include "panic.h"
#include "space.h"
#include "syscall.h"
#include "thread.h"

#define STEP_TIMERS 2  /* timers that one entry into the kernel serves */
#define CHAIN_MAX (3 * CALLS_MAX) /* steps from whose time it is to who runs on it */
#define SOON 1000UL    /* ns: at once, as a timer can */
#define LATEST 1000000000UL /* ns: as far ahead as timer_set() is asked */

_Static_assert(offsetof(struct hart, thread) == HART_THREAD, "trap.S reads it");
_Static_assert(offsetof(struct hart, stack_top) == HART_STACK, "trap.S reads it");
_Static_assert(offsetof(struct hart, scratch) == HART_SCRATCH, "trap.S reads it");
_Static_assert(offsetof(struct hart, root) == HART_ROOT, "trap.S reads it");
_Static_assert(offsetof(struct hart, attention) == HART_ATTENTION, "trap.S reads it");
_Static_assert(offsetof(struct hart, cpu) == HART_CPU, "trap.S reads it");

void sched_init(struct hart *hart, char *stack_top)
{
    hart->stack_top = stack_top;
}

void sched_object_init(struct sched_context *time)
{
    time->timer.kind = TIMER_SCHED;
    budget_set(time, BUDGET_DEFAULT, BUDGET_DEFAULT, 0);
}

/* ---- the queues */

/* Bits count from the highest priority down, so that the lowest bit that is set is the one to pick. */
static unsigned rank(unsigned priority)
{
    return PRIORITIES - 1 - priority;
}

static void mark(struct hart *hart, unsigned priority)
{
    hart->ready[rank(priority) / 64] |= bit(rank(priority) % 64);
    hart->ready_groups |= bit(rank(priority) / 64);
}

static void unmark(struct hart *hart, unsigned priority)
{
    unsigned group = rank(priority) / 64;

    hart->ready[group] &= ~bit(rank(priority) % 64);
    if (hart->ready[group] == 0)
        hart->ready_groups &= ~bit(group);
}

bool sched_is_marked(const struct hart *hart, unsigned priority)
{
    unsigned group = rank(priority) / 64;

    return hart->ready[group] & bit(rank(priority) % 64) && hart->ready_groups & bit(group);
}

static void enqueue(struct hart *hart, struct sched_context *time, bool in_front)
{
    unsigned priority = time->priority;
    struct sched_context **queue = &hart->queue[priority];

    assert(!time->queued, (word_t)time);
    if (*queue == NULL) {
        time->next = time->prev = time;
        *queue = time;
        mark(hart, priority);
    } else {
        struct sched_context *head = *queue;
        time->next = head;
        time->prev = head->prev;
        head->prev->next = time;
        head->prev = time;
        if (in_front)
            *queue = time;
    }
    time->queued = true;
}

static void dequeue(struct hart *hart, struct sched_context *time)
{
    unsigned priority = time->priority;

    assert(time->queued, (word_t)time);
    if (time->next == time) {
        hart->queue[priority] = NULL;
        unmark(hart, priority);
    } else {
        time->next->prev = time->prev;
        time->prev->next = time->next;
        if (hart->queue[priority] == time)
            hart->queue[priority] = time->next;
    }
    time->queued = false;
}

static struct sched_context *highest(const struct hart *hart)
{
    if (hart->ready_groups == 0)
        return NULL;
    unsigned group = lowest_bit(hart->ready_groups);
    return hart->queue[rank(group * 64 + lowest_bit(hart->ready[group]))];
}

/* ---- ready or not */

/* Only what can run now is queued, so that picking never has to look twice. */
void sched_enqueue(struct sched_context *time)
{
    struct hart *hart = hart_self();

    if (!budget_available(time, timer_now())) {
        timer_insert(&hart->timers, &time->timer, time->refill[time->head].time);
        hart->reschedule = true; /* the timer may have to come earlier */
        return;
    }
    enqueue(hart, time, false);
    if (hart->running == NULL || time->priority > hart->running->priority)
        hart->reschedule = true;
}

static void unpark(struct sched_context *time)
{
    if (time->parked_on != NULL)
        time->parked_on->helper = NULL;
    time->parked_on = NULL;
}

void sched_ready(struct sched_context *time)
{
    assert(time->home != NULL, (word_t)time);
    unpark(time);
    if (time->queued || hart_self()->running == time || time->timer.armed)
        return;
    if (time->budget != time->period)
        budget_begin(time, timer_now());
    sched_enqueue(time);
}

void sched_unready(struct sched_context *time)
{
    struct hart *hart = hart_self();

    unpark(time);
    timer_remove(&hart->timers, &time->timer);
    if (time->queued) {
        dequeue(hart, time);
    } else if (hart->running == time) {
        uint64_t now = timer_now();
        hart->running = NULL; /* first: charging may signal the very thread that blocks, which is then ready again */
        budget_charge(time, now - hart->started, now);
        hart->started = now;
    }
    if (time->due != 0 && !time->queued && !time->timer.armed)
        budget_end(time, timer_now());
}

/* ---- helping */

/* Who runs when this time is picked: its owner, or who works for it at the end of the chain of calls. NULL: nobody, and `blocker` is who
 * must wake first, if that is known. */
static struct thread *beneficiary(const struct sched_context *time, struct thread **blocker)
{
    struct thread *thread = time->home;

    *blocker = NULL;
    for (unsigned i = 0; thread != NULL && i < CHAIN_MAX; i++) {
        if (thread->state == THREAD_READY)
            return thread;
        if (thread->state == THREAD_CALLING) {
            thread = thread->endpoint->server;
        } else if (thread->state == THREAD_AWAITING) {
            thread = thread->callee;
        } else {
            *blocker = thread;
            return NULL;
        }
    }
    return NULL;
}

/* Time that nobody can use now waits for the one who must wake first. Of several only the most urgent is kept: the others are in the
 * queues of the endpoints that they call, and get their turn there. */
static void park(struct sched_context *time, struct thread *blocker)
{
    sched_unready(time);
    if (blocker != NULL && blocker->state == THREAD_READY) { /* what the time told when it was charged has woken it */
        sched_ready(time);
        return;
    }
    if (blocker == NULL || (blocker->helper != NULL && blocker->helper->priority >= time->priority))
        return;
    if (blocker->state == THREAD_RECEIVING)
        endpoint_queue_up(blocker->endpoint);
    if (blocker->helper != NULL)
        blocker->helper->parked_on = NULL;
    blocker->helper = time;
    time->parked_on = blocker;
}

void sched_unpark(struct thread *thread)
{
    struct sched_context *time = thread->helper;

    if (time == NULL)
        return;
    unpark(time);
    if (thread->state == THREAD_READY)
        sched_ready(time);
}

void sched_blocked(struct thread *thread)
{
    struct sched_context *time = sched_time_of(thread);
    struct thread *blocker;

    if (time == NULL)
        return;
    if (thread->state != THREAD_CALLING)
        sched_unready(time);
    else if (beneficiary(time, &blocker) == NULL)
        park(time, blocker);
}

/* ---- whose time */

struct sched_context *sched_time_of(const struct thread *thread)
{
    struct sched_context *time = NULL;

    for (; thread != NULL; thread = thread->caller) {
        if (thread->time != NULL)
            time = thread->time;
    }
    return time;
}

void sched_follow(struct thread *thread)
{
    struct sched_context *time = sched_time_of(thread);

    while (thread->state == THREAD_AWAITING && thread->callee != NULL) {
        if (time == NULL)
            thread->callee->standing &= ~(unsigned)THREAD_PLAIN; /* an answer leaves the caller without time */
        thread = thread->callee;
        time = time == NULL ? thread->time : time;
    }
    if (thread->state == THREAD_READY)
        thread_wake(thread);
}

void sched_give(struct sched_context *time, struct thread *thread)
{
    assert(time->home == NULL && thread->time == NULL, (word_t)time, (word_t)thread);
    time->home = thread;
    thread->time = time;
}

void sched_revoke(struct sched_context *time)
{
    struct thread *home = time->home;

    sched_unready(time);
    time->home = NULL;
    home->time = NULL;
    sched_follow(home);
}

void sched_destroy(struct sched_context *time)
{
    assert(time->home == NULL && !time->queued && !time->timer.armed, (word_t)time, (word_t)time->home);
    cap_release(&time->notification);
}

/* ---- the clock */

void sched_timeout(struct thread *thread, uint64_t nanoseconds)
{
    struct hart *hart = hart_self();
    uint64_t now = timer_now();

    timer_insert(&hart->timers, &thread->timer, now + nanoseconds < now ? ~0UL : now + nanoseconds);
    hart->reschedule = true; /* the timer may have to come earlier */
}

static void serve_timer(struct timer *timer)
{
    if (timer->kind == TIMER_SCHED) {
        struct sched_context *time = container_of(timer, struct sched_context, timer);
        if (time->home != NULL)
            sched_enqueue(time);
    } else {
        thread_timed_out(container_of(timer, struct thread, timer));
    }
}

void sched_tick(void)
{
    struct hart *hart = hart_self();
    uint64_t now = timer_now();

    for (unsigned i = 0; i < STEP_TIMERS; i++) {
        struct timer *timer = timer_step(&hart->timers, now);
        if (timer != NULL)
            serve_timer(timer);
    }
    hart->reschedule = true;
}

/* The next moment at which the kernel wants to look again. */
static void arm(struct hart *hart, uint64_t now)
{
    uint64_t next = hart->running == NULL ? ~0UL : now + budget_left(hart->running);
    uint64_t timer = timer_queue_next(&hart->timers);

    if (timer < next)
        next = timer;
    if (next == ~0UL)
        timer_stop();
    else
        timer_set(next <= now + SOON ? SOON : next - now < LATEST ? next - now : LATEST);
}

/* ---- picking */

/* Account for what ran, and let it go on only if nothing better is there. */
static void settle(struct hart *hart, uint64_t now)
{
    struct sched_context *running = hart->running;

    if (running == NULL)
        return;
    bool turn_over = budget_charge(running, now - hart->started, now) || hart->yielding;
    struct sched_context *best = highest(hart);
    if (!turn_over && (best == NULL || best->priority <= running->priority))
        return;
    hart->running = NULL;
    if (budget_available(running, now))
        enqueue(hart, running, !turn_over); /* preempted: it keeps its turn */
    else
        sched_enqueue(running);
}

static void idle(struct hart *hart)
{
    hart->idle = true;
    cpu_wait();
    hart->idle = false;
}

/* Not inline: most entries need not pick, and would save registers for it. */
__attribute__((noinline)) static void pick(struct hart *hart)
{
    uint64_t now = timer_now();

    settle(hart, now);
    for (;;) {
        hart->reschedule = false;
        hart->yielding = false;
        hart->started = now;
        if (hart->running == NULL && (hart->running = highest(hart)) != NULL)
            dequeue(hart, hart->running);
        arm(hart, now);
        if (hart->running != NULL)
            return;
        idle(hart);
        now = timer_now();
    }
}

struct registers *sched_next(void)
{
    struct hart *hart = hart_self();
    struct thread *thread = NULL;
    struct thread *blocker;

    for (bool late = false; thread == NULL; late = !late) {
        if (hart->running == NULL || hart->reschedule)
            pick(hart);
        thread = beneficiary(hart->running, &blocker);
        if (thread != NULL)
            break;
        if (late) {
            park(hart->running, blocker);
        } else { /* time without use: the entry has done enough, let interrupts in between */
            timer_set(SOON);
            idle(hart);
        }
    }
    hart->thread = thread;
    if (thread == hart->running->home || sched_time_of(thread) == hart->running)
        hart->attention &= ~(unsigned)ATTENTION_HELPING;
    else
        hart->attention |= ATTENTION_HELPING;
    space_enter(hart, thread);
    return &thread->registers;
}

/* ---- system calls */

status_t syscall_yield(struct thread *thread)
{
    struct hart *hart = hart_self();

    (void)thread;
    if (hart->running != NULL && hart->running->due != 0) { /* the work of this period is done */
        uint64_t now = timer_now();
        budget_end(hart->running, now);
        budget_begin(hart->running, now);
    }
    hart->yielding = true;
    hart->reschedule = true;
    return STATUS_OK;
}
