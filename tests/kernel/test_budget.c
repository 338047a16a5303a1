/* budget.c: in any window of a period no more is run than the budget, and no less than it where there is work; accounts and events. */
#include "arch/host.h"
#include "cast.h"
#include "check.h"

#define MS 1000000UL
#define RUNS 4000
#define LIMITED 0
#define FILLER 1

/* ---- the promise to others: what is run in any window of a period */

static struct {
    uint64_t start, end;
} runs[RUNS];

/* How much was run in [from, to). */
static uint64_t run_between(unsigned count, uint64_t from, uint64_t to)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < count; i++) {
        uint64_t start = runs[i].start > from ? runs[i].start : from;
        uint64_t end = runs[i].end < to ? runs[i].end : to;
        sum += start < end ? end - start : 0;
    }
    return sum;
}

/* A thread of limited budget that sleeps now and then, before one that always runs. Interrupts come exactly when they were asked for, or sooner. */
static void budget_holds(uint64_t budget, uint64_t period, uint64_t seed, bool sleeps)
{
    struct notification *notification = (struct notification *)world.table[CAST_NOTIFICATION].object;
    struct thread *limited = (struct thread *)world.table[CAST_THREADS].object;
    unsigned count = 0;

    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS + 1, 200, budget, period), STATUS_OK);
    uint64_t begin = host.now;
    while (count < RUNS / 2 && host.now < begin + 40 * period) {
        bool running = sched_next() == &limited->registers;
        uint64_t until = host.timer_set_at + host.timer - host.now;
        uint64_t span = until;
        if (sleeps && check_below(&seed, 3) == 0)
            span = span * check_below(&seed, 1000) / 1000;
        if (running)
            runs[count++] = (typeof(runs[0])){host.now, host.now + span};
        host.now += span;
        if (span == until)
            sched_tick();
        else if (running && check_below(&seed, 2) == 0)
            world_invoke(limited, SYS_WAIT, CAST_NOTIFICATION, 0, (const word_t[5]){0});
        else if (limited->state == THREAD_WAITING)
            notification_signal(notification, 1);
        cast_check();
    }
    for (unsigned i = 0; i < count; i++) /* a window that starts with a run has most of them */
        CHECK(run_between(count, runs[i].start, runs[i].start + period) <= budget + 2 * BUDGET_GRAIN, "run %u; budget %lu, period %lu", i,
              (unsigned long)budget, (unsigned long)period);
    if (!sleeps)
        CHECK(run_between(count, begin, begin + 40 * period) >= 39 * budget, "it gets what it was promised");
    sched_tick();
    if (limited->state == THREAD_WAITING)
        notification_signal(notification, 1);
    host.now += period; /* the next starts with nothing owed */
}

CASE(no_window_has_more_than_the_budget)
{
    cast_begin();
    cast_thread(LIMITED, 200, true);
    cast_thread(FILLER, 1, true);
    for (uint64_t seed = 1; seed < 40; seed++) {
        uint64_t random = seed;
        uint64_t period = MS * (1 + check_below(&random, 50));
        uint64_t budget = BUDGET_MIN + check_random(&random) % (period - BUDGET_MIN);
        budget_holds(budget, period, seed, seed % 3 != 0);
    }
}

/* ---- accounts and events */

static struct sched_context *limited_begin(uint64_t budget, uint64_t period)
{
    cast_begin();
    cast_thread(LIMITED, 20, true);
    cast_thread(FILLER, 10, true);
    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS + 1, 20, budget, period), STATUS_OK);
    return (struct sched_context *)world.table[CAST_THREADS + 1].object;
}

static struct thread *running(void)
{
    sched_next();
    return hart_self()->thread;
}

/* Run the two for so long, each tick so late, and return how long the limited one ran; no window of its period has more than `most` of it. */
static uint64_t run_for(uint64_t span, uint64_t late, uint64_t most)
{
    const struct thread *limited = (struct thread *)world.table[CAST_THREADS].object;
    const struct sched_context *time = (struct sched_context *)world.table[CAST_THREADS + 1].object;
    uint64_t begin = host.now;
    unsigned count = 0;

    while (host.now < begin + span && count < RUNS) {
        bool running = sched_next() == &limited->registers;
        uint64_t until = host.timer_set_at + host.timer + late;
        if (running)
            runs[count++] = (typeof(runs[0])){host.now, until};
        host.now = until;
        sched_tick();
        cast_check();
    }
    for (unsigned i = 0; i < count; i++)
        CHECK(run_between(count, runs[i].start, runs[i].start + time->period) <= most + 2 * BUDGET_GRAIN, "run %u", i);
    return run_between(count, begin, begin + span);
}

CASE(what_could_not_be_used_does_not_come_in_one_go)
{
    struct sched_context *time = limited_begin(4 * MS, 10 * MS);
    struct thread *urgent = cast_thread(2, 30, true);

    CHECK(running() == urgent);
    host.now += 1000 * MS;
    CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, CAST_THREADS + 8, 0, 0), STATUS_OK);
    uint64_t ran = run_for(200 * MS, 0, time->budget);
    CHECK(ran >= 19 * time->budget, "it gets what it was promised: %lu", (unsigned long)ran);
}

/* As on a machine whose host is busy: it stands still while the limited thread runs, far beyond its budget. */
/* As on a machine whose host is busy: it stands still while the limited thread runs, far beyond its budget. */
CASE(ticks_that_come_late_leave_time_to_others)
{
    struct sched_context *time = limited_begin(4 * MS, 10 * MS);

    for (uint64_t late = MS; late <= 4096 * MS; late *= 2) {
        uint64_t span = 100 * (late + time->period), ran = run_for(span, late, span);
        CHECK(ran <= span * 6 / 10, "%lu of a hundred, each %lu late", (unsigned long)(100 * ran / span), (unsigned long)late);
    }
}

static void read_account(uint64_t consumed, uint64_t left, uint64_t exhausted, uint64_t missed)
{
    CHECK_EQUAL(INVOKE(SYS_SCHED_READ, CAST_THREADS + 1, 0, 0), STATUS_OK);
    CHECK_EQUAL(world.self->registers.message[0], consumed);
    CHECK_EQUAL(world.self->registers.message[1], left);
    CHECK_EQUAL(world.self->registers.message[2], exhausted);
    CHECK_EQUAL(world.self->registers.message[3], missed);
}

CASE(a_budget_is_used_up_and_comes_back)
{
    struct sched_context *time = limited_begin(2 * MS, 10 * MS);
    struct thread *limited = running();
    CHECK(limited == time->home);
    CHECK_EQUAL(host.timer, 2 * MS);
    host.now += 2 * MS;
    sched_tick();
    CHECK(running() != limited);
    CHECK_EQUAL(host.timer, 8 * MS); /* until it comes back */
    read_account(2 * MS, 0, 1, 0);
    host.now += 8 * MS;
    sched_tick();
    CHECK(running() == limited);
    CHECK_EQUAL(host.timer, 2 * MS);
    cast_check();
}

CASE(what_came_back_during_a_wait_is_there_in_one_piece)
{
    limited_begin(2 * MS, 10 * MS);
    struct thread *limited = running();
    host.now += MS;
    world_invoke(limited, SYS_WAIT, CAST_NOTIFICATION, 0, (const word_t[5]){0});
    host.now += 20 * MS;
    notification_signal((struct notification *)world.table[CAST_NOTIFICATION].object, 1);
    CHECK(running() == limited);
    CHECK_EQUAL(host.timer, 2 * MS);
    read_account(MS, 2 * MS, 0, 0);
}

CASE(exhaustion_is_signalled)
{
    limited_begin(2 * MS, 10 * MS);
    CHECK_EQUAL(INVOKE(SYS_SCHED_BIND, CAST_THREADS + 1, CAST_BADGED_NOTIFICATION, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_SCHED_BIND, CAST_THREADS + 1, CAST_NOTIFICATION, 0), STATUS_ALREADY);
    struct notification *notification = (struct notification *)world.table[CAST_NOTIFICATION].object;
    running();
    CHECK_EQUAL(notification->bits, 0);
    host.now += 2 * MS;
    sched_tick();
    running();
    CHECK_EQUAL(notification->bits, CAST_BADGE);
    notification->bits = 0;
    CHECK_EQUAL(INVOKE(SYS_SCHED_BIND, CAST_THREADS + 1, 0, 0), STATUS_OK);
    host.now += 8 * MS;
    sched_tick();
    running();
    host.now += 2 * MS;
    sched_tick();
    running();
    CHECK_EQUAL(notification->bits, 0);
    read_account(4 * MS, 0, 2, 0);
}

/* The very thread whose budget runs out as it blocks waits for word of that: it is ready again, and not lost. */
CASE(a_thread_may_wait_for_its_own_exhaustion)
{
    struct sched_context *time = limited_begin(2 * MS, 10 * MS);
    CHECK_EQUAL(INVOKE(SYS_SCHED_BIND, CAST_THREADS + 1, CAST_BADGED_NOTIFICATION, 0), STATUS_OK);
    struct thread *limited = running();
    host.now += 2 * MS;
    CHECK_EQUAL(world_invoke(limited, SYS_WAIT, CAST_NOTIFICATION, 5 * MS, (const word_t[5]){0}), STATUS_OK);
    cast_check();
    CHECK_EQUAL(limited->registers.message[0], CAST_BADGE);
    CHECK_EQUAL(limited->state, THREAD_READY);
    CHECK(running() != limited && time->timer.armed);
    host.now += 8 * MS;
    sched_tick();
    CHECK(running() == limited);
}

/* The same of a server that a caller's exhaustion wakes: the caller's time is there for it at once. */
CASE(a_call_that_exhausts_its_budget_may_wake_its_server)
{
    struct sched_context *time = limited_begin(2 * MS, 10 * MS);
    struct thread *limited = running();
    struct thread *server = cast_thread(2, 30, true);
    CHECK_EQUAL(INVOKE(SYS_SCHED_BIND, CAST_THREADS + 1, CAST_BADGED_NOTIFICATION, 0), STATUS_OK);
    CHECK(running() == server);
    world_invoke(server, SYS_RECV, CAST_ENDPOINT, 0, (const word_t[5]){0});
    CHECK(running() == limited);
    CHECK_EQUAL(world_invoke(limited, SYS_SEND, CAST_ENDPOINT, 0, (const word_t[5]){0}), STATUS_OK);
    CHECK(running() == server);
    world_invoke(server, SYS_WAIT, CAST_NOTIFICATION, 0, (const word_t[5]){0});
    CHECK(running() == limited);
    host.now += 2 * MS;
    world_invoke(limited, SYS_CALL, CAST_ENDPOINT, 0, (const word_t[5]){0});
    cast_check();
    CHECK(limited->state == THREAD_CALLING && server->state == THREAD_READY);
    CHECK(time->timer.armed, "it helps as soon as its budget is back");
    CHECK(running() == server);
}

CASE(work_that_outlasts_its_period_is_a_miss)
{
    struct sched_context *time = limited_begin(8 * MS, 10 * MS);
    struct thread *limited = running();
    world_invoke(limited, SYS_WAIT, CAST_NOTIFICATION, 0, (const word_t[5]){0});
    running();
    host.now += 3 * MS;
    notification_signal((struct notification *)world.table[CAST_NOTIFICATION].object, 1); /* work begins */
    CHECK(running() == limited);
    host.now += 2 * MS;
    world_invoke(limited, SYS_WAIT, CAST_NOTIFICATION, 0, (const word_t[5]){0}); /* and ends in time */
    CHECK_EQUAL(time->missed, 0);
    running();
    host.now += 20 * MS;
    notification_signal((struct notification *)world.table[CAST_NOTIFICATION].object, 1);
    CHECK(running() == limited);
    host.now += 8 * MS; /* all its budget */
    sched_tick();
    CHECK(running() != limited);
    host.now += 2 * MS;
    sched_tick();
    CHECK(running() == limited);
    host.now += 1 * MS;
    world_invoke(limited, SYS_WAIT, CAST_NOTIFICATION, 0, (const word_t[5]){0}); /* 11 ms after it began */
    CHECK_EQUAL(time->missed, 1);
    cast_check();
}
