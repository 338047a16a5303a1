/* Facts about time: scheduling contexts, and what the hart picks from and waits for. */
#include "hart.h"
#include "invariants.h"
#include "panic.h"
#include "sched.h"
#include "thread.h"

/* ---- scheduling contexts */

/* A budget's refills add up to it; in a turn without limit, to no more. */
static void refills_add_up(const struct sched_context *time)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < time->count; i++)
        sum += time->refill[(time->head + i) % REFILLS].amount;
    assert(time->count > 0 && (time->budget == time->period ? sum <= time->budget : sum == time->budget), (word_t)time, sum, time->budget);
}

/* Whose own time it is holds it. */
static void home_holds_it(const struct sched_context *time)
{
    assert(time->home == NULL || time->home->time == time, (word_t)time, (word_t)time->home);
}

/* Time that waits to help does nothing else, and whom it waits for knows. */
static void parked_time_rests(const struct sched_context *time)
{
    assert(time->parked_on == NULL || time->parked_on->helper == time, (word_t)time, (word_t)time->parked_on);
    assert(time->parked_on == NULL || (!time->queued && !time->timer.armed), (word_t)time, time->queued);
}

/* Time that is nobody's rests. */
static void nobodys_time_rests(const struct sched_context *time)
{
    assert(time->home != NULL || (!time->queued && !time->timer.armed), (word_t)time, time->queued);
}

/* Time that waits for a refill is in no queue. */
static void refill_is_awaited_outside(const struct sched_context *time)
{
    assert(!time->timer.armed || !time->queued, (word_t)time);
}

/* ---- the hart */

/* The bits say which queues hold something, and every queue holds what belongs there. */
static void ready_queues_are_consistent(const struct hart *hart)
{
    for (unsigned priority = 0; priority < PRIORITIES; priority++) {
        const struct sched_context *head = hart->queue[priority];
        assert((head != NULL) == sched_is_marked(hart, priority), priority, (word_t)head);
        const struct sched_context *time = head;
        while (time != NULL) {
            assert(time->queued && time->priority == priority && time->next->prev == time, (word_t)time, priority, time->priority);
            time = time->next == head ? NULL : time->next;
        }
    }
}

/* Every timer stands where its deadline says, or waits to be spread; and the bits say which places hold something. */
static void timers_stand_in_their_places(const struct timer_queue *queue)
{
    for (unsigned place = 0; place < TIMER_PLACES; place++) {
        bool spreading = place != 0 && place == queue->spreading;
        const struct timer *first = queue->list[place];
        word_t marked = queue->used[place / WHEEL_SLOTS] >> place % WHEEL_SLOTS & queue->wheels >> place / WHEEL_SLOTS & 1;
        assert((first != NULL) == (marked != 0 || spreading), place, (word_t)first, marked);
        const struct timer *timer = first;
        while (timer != NULL) {
            assert(timer->armed && timer->place == place && timer->next->prev == timer, (word_t)timer, place);
            assert(spreading || timer_place(queue, timer->deadline) == place, (word_t)timer, place, timer->deadline);
            timer = timer->next == first ? NULL : timer->next;
        }
    }
}

/* What runs is in no queue and has somebody to run. */
static void running_is_not_queued(const struct hart *hart)
{
    const struct sched_context *running = hart->running;

    if (running != NULL)
        assert(!running->queued && !running->timer.armed && running->home != NULL, (word_t)running, (word_t)running->home);
}

/* ---- the parts of the walk */

void invariants_of_time(const struct sched_context *time)
{
    refills_add_up(time);
    home_holds_it(time);
    parked_time_rests(time);
    nobodys_time_rests(time);
    refill_is_awaited_outside(time);
    invariants_of_capability(&time->notification);
}

void invariants_of_hart(const struct hart *hart)
{
    ready_queues_are_consistent(hart);
    running_is_not_queued(hart);
    timers_stand_in_their_places(&hart->timers);
}
