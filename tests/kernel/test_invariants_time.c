/* invariants_time.c: each fact about scheduling contexts and the hart's queues is broken, and is the one that is told. */
#include "broken.h"
#include "check.h"
#include "pair.h"

enum { SPARE = 60 };

/* The pair, and time that nobody has, whose home is nobody. */
static struct sched_context *spare_time(void)
{
    pair_begin(true);
    struct sched_context *time = (struct sched_context *)world_make(SPARE, OBJECT_SCHED_CONTEXT, 0)->object;
    healthy();
    return time;
}

/* ---- scheduling contexts */

CASE(refills_are_no_more_than_a_turn)
{
    struct sched_context *time = spare_time();

    time->refill[time->head].amount++;
    BREAKS(refills_add_up, time->count > 0 && (time->budget == time->period ? sum <= time->budget : sum == time->budget));
}

CASE(refills_add_up_to_the_budget)
{
    struct sched_context *time = spare_time();

    budget_set(time, BUDGET_MIN, 2 * BUDGET_MIN, 0);
    healthy();
    time->refill[time->head].amount--;
    BREAKS(refills_add_up, time->count > 0 && (time->budget == time->period ? sum <= time->budget : sum == time->budget));
}

CASE(home_holds_it)
{
    struct sched_context *time = spare_time();

    time->home = client;
    BREAKS(home_holds_it, time->home == NULL || time->home->time == time);
}

CASE(parked_time_is_known)
{
    struct sched_context *time = spare_time();

    time->parked_on = server;
    BREAKS(parked_time_rests, time->parked_on == NULL || time->parked_on->helper == time);
}

CASE(parked_time_rests)
{
    pair_begin(true);
    healthy();
    CHECK(client->time->queued);
    client->time->parked_on = other;
    other->helper = client->time;
    BREAKS(parked_time_rests, time->parked_on == NULL || (!time->queued && !time->timer.armed));
}

CASE(nobodys_time_rests)
{
    sched_enqueue(spare_time());
    BREAKS(nobodys_time_rests, time->home != NULL || (!time->queued && !time->timer.armed));
}

CASE(nobodys_time_has_no_timer)
{
    timer_insert(&hart_self()->timers, &spare_time()->timer, 1000000);
    BREAKS(nobodys_time_rests, time->home != NULL || (!time->queued && !time->timer.armed));
}

CASE(refill_is_awaited_outside)
{
    pair_begin(true);
    healthy();
    CHECK(server->time->queued);
    timer_insert(&hart_self()->timers, &server->time->timer, 1000000);
    BREAKS(refill_is_awaited_outside, !time->timer.armed || !time->queued);
}

CASE(what_time_tells_is_looked_at)
{
    pair_begin(true);
    CHECK_EQUAL(INVOKE(SYS_SCHED_BIND, SLOT(CLIENT) + 1, CAST_BADGED_NOTIFICATION, 0), STATUS_OK);
    healthy();
    client->time->notification.value++;
    BREAKS(badge_is_kept, parent->value == 0 || parent->value == slot->value);
}

/* ---- the hart */

CASE(ready_queue_that_is_marked_is_not_empty)
{
    pair_begin(true);
    healthy();
    hart_self()->ready_groups |= 1;
    hart_self()->ready[0] |= 1;
    BREAKS(ready_queues_are_consistent, (head != NULL) == sched_is_marked(hart, priority));
}

CASE(ready_queue_that_is_not_empty_is_marked)
{
    pair_begin(true);
    healthy();
    hart_self()->ready_groups = 0;
    BREAKS(ready_queues_are_consistent, (head != NULL) == sched_is_marked(hart, priority));
}

CASE(ready_queue_is_of_its_priority)
{
    pair_begin(true);
    healthy();
    server->time->priority++;
    BREAKS(ready_queues_are_consistent, time->queued && time->priority == priority && time->next->prev == time);
}

CASE(ready_queue_is_linked_both_ways)
{
    pair_begin(true);
    healthy();
    CHECK(server->time->next == client->time && client->time->next == server->time);
    server->time->prev = server->time;
    BREAKS(ready_queues_are_consistent, time->queued && time->priority == priority && time->next->prev == time);
}

CASE(running_is_not_queued)
{
    pair_begin(true);
    healthy();
    CHECK(hart_self()->running == NULL);
    hart_self()->running = server->time;
    BREAKS(running_is_not_queued, !running->queued && !running->timer.armed && running->home != NULL);
}

CASE(running_time_is_somebodys)
{
    struct sched_context *time = spare_time();

    hart_self()->running = time;
    BREAKS(running_is_not_queued, !running->queued && !running->timer.armed && running->home != NULL);
}

/* Two threads that wait, the client until sooner. */
static void two_timers(void)
{
    pair_begin(true);
    ACT(client, SYS_WAIT, CAST_NOTIFICATION, 1000000);
    ACT(server, SYS_WAIT, CAST_NOTIFICATION, 2000000);
    CHECK(client->timer.armed && server->timer.armed && client->timer.place != server->timer.place);
    healthy();
}

CASE(timers_are_armed)
{
    two_timers();
    server->timer.armed = false;
    BREAKS(timers_stand_in_their_places, timer->armed && timer->place == place && timer->next->prev == timer);
}

CASE(timers_stand_in_their_places)
{
    two_timers();
    server->timer.deadline *= 100;
    BREAKS(timers_stand_in_their_places, spreading || timer_place(queue, timer->deadline) == place);
}

CASE(timers_know_their_place)
{
    two_timers();
    server->timer.place = client->timer.place;
    BREAKS(timers_stand_in_their_places, timer->armed && timer->place == place && timer->next->prev == timer);
}

CASE(places_are_marked)
{
    two_timers();
    hart_self()->timers.used[client->timer.place / WHEEL_SLOTS] ^= bit(client->timer.place % WHEEL_SLOTS);
    BREAKS(timers_stand_in_their_places, (first != NULL) == (marked != 0 || spreading));
}
