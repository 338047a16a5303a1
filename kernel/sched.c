#include "sched.h"

#include "hart.h"
#include "panic.h"
#include "space.h"
#include "syscall.h"
#include "thread.h"

_Static_assert(offsetof(struct hart, thread) == HART_THREAD, "trap.S reads it");
_Static_assert(offsetof(struct hart, stack_top) == HART_STACK, "trap.S reads it");
_Static_assert(offsetof(struct hart, scratch) == HART_SCRATCH, "trap.S reads it");
_Static_assert(offsetof(struct hart, cpu) == HART_CPU, "trap.S reads it");

void sched_init(struct hart *hart, char *stack_top)
{
    hart->stack_top = stack_top;
}

void sched_object_init(struct sched_context *time)
{
    time->slice = SLICE_DEFAULT;
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

void sched_ready(struct sched_context *time)
{
    struct hart *hart = hart_self();

    assert(time->thread != NULL && time->thread->state == THREAD_READY, (word_t)time, (word_t)time->thread);
    if (time->queued || hart->running == time)
        return;
    enqueue(hart, time, false);
    if (hart->running == NULL || time->priority > hart->running->priority)
        hart->reschedule = true;
}

void sched_unready(struct sched_context *time)
{
    struct hart *hart = hart_self();

    time->left = 0; /* it will come back to the end of its queue */
    if (time->queued)
        dequeue(hart, time);
    else if (hart->running == time)
        hart->running = NULL;
}

/* ---- whose time */

void sched_lend(struct thread *from, struct thread *to)
{
    struct sched_context *time = from->time;

    assert(to->time == NULL, (word_t)to, (word_t)to->time);
    from->time = NULL;
    to->time = time;
    if (time != NULL)
        time->thread = to;
}

void sched_drop(struct thread *thread)
{
    struct sched_context *time = thread->time;

    if (time == NULL)
        return;
    sched_unready(time);
    thread->time = NULL;
    time->thread = NULL;
    if (time->home != NULL && time->home != thread && time->home->state == THREAD_READY && time->home->time == NULL)
        thread_wake(time->home);
}

void sched_revoke(struct sched_context *time)
{
    struct thread *user = time->thread;

    if (user != NULL) {
        sched_drop(user);
        if (user->state == THREAD_READY)
            thread_wake(user);
    }
}

void sched_destroy(struct sched_context *time)
{
    assert(time->home == NULL, (word_t)time, (word_t)time->home);
    sched_revoke(time);
}

/* ---- picking */

void sched_tick(void)
{
    hart_self()->reschedule = true;
}

static void run(struct hart *hart, struct sched_context *time)
{
    uint64_t nanoseconds = time->left != 0 ? time->left : time->slice;

    hart->running = time;
    hart->slice_end = timer_now() + nanoseconds;
    time->left = 0;
    timer_set(nanoseconds);
}

/* Preempted by a higher priority, time keeps its turn for what is left of its slice: a whole one each time would starve its equals. */
static void preempt(struct hart *hart, struct sched_context *running)
{
    uint64_t now = timer_now();

    running->left = hart->slice_end > now ? hart->slice_end - now : 0;
    enqueue(hart, running, running->left != 0);
}

static void pick(struct hart *hart)
{
    struct sched_context *running = hart->running;

    hart->reschedule = false;
    if (running != NULL) {
        struct sched_context *best = highest(hart);
        if (best == NULL || best->priority < running->priority) {
            run(hart, running);
            return;
        }
        if (best->priority > running->priority)
            preempt(hart, running);
        else
            enqueue(hart, running, false);
    }
    for (;;) {
        struct sched_context *best = highest(hart);
        if (best != NULL) {
            dequeue(hart, best);
            run(hart, best);
            return;
        }
        hart->running = NULL;
        timer_stop();
        hart->idle = true;
        cpu_wait();
        hart->idle = false;
    }
}

struct registers *sched_next(void)
{
    struct hart *hart = hart_self();

    if (hart->running == NULL || hart->reschedule)
        pick(hart);
    struct thread *thread = hart->running->thread;
    assert(thread != NULL && thread->state == THREAD_READY, (word_t)thread);
    hart->thread = thread;
    space_enter(hart, thread);
    return &thread->registers;
}

/* ---- system calls */

status_t syscall_yield(struct thread *thread)
{
    (void)thread;
    hart_self()->reschedule = true;
    return STATUS_OK;
}

status_t syscall_sched_configure(struct thread *thread)
{
    word_t priority = thread->registers.info;
    word_t slice = thread->registers.message[0];
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_SCHED_CONTEXT, RIGHT_WRITE, &slot);

    if (status != STATUS_OK)
        return status;
    if (priority >= PRIORITIES || slice < SLICE_MIN || slice > SLICE_MAX)
        return STATUS_BAD_ARGUMENT;

    struct sched_context *time = (struct sched_context *)slot->object;
    struct hart *hart = hart_self();
    bool queued = time->queued;
    if (queued)
        dequeue(hart, time);
    time->priority = (unsigned)priority;
    time->slice = slice;
    time->left = 0;
    if (queued)
        enqueue(hart, time, false);
    hart->reschedule = true;
    return STATUS_OK;
}
