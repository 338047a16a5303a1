/* sched.c: who is picked and for how long, against a model with a list for each priority; time that is lent, dropped and destroyed. */
#include "sched.h"

#include <stddef.h>

#include "arch/host.h"
#include "cast.h"
#include "check.h"
#include "invariants.h"

#define TIMES 12

/* ---- picking, with threads that do nothing */

static struct thread players[TIMES];
static struct sched_context times[TIMES];

/* The model: in the order in which they will run. */
static struct {
    unsigned list[TIMES]; /* sorted by priority, then by turn */
    unsigned count;
    int running; /* -1: nobody */
    bool reschedule;
    bool turn_over;
} model = {.running = -1};

static void model_insert(unsigned index, bool in_front)
{
    unsigned at = 0;

    while (at < model.count && (times[model.list[at]].priority > times[index].priority ||
                                (!in_front && times[model.list[at]].priority == times[index].priority)))
        at++;
    for (unsigned i = model.count++; i > at; i--)
        model.list[i] = model.list[i - 1];
    model.list[at] = index;
}

static bool model_remove(unsigned index)
{
    for (unsigned i = 0; i < model.count; i++)
        if (model.list[i] == index) {
            model.count--;
            for (; i < model.count; i++)
                model.list[i] = model.list[i + 1];
            return true;
        }
    return false;
}

static unsigned priority_of(int index)
{
    return times[index].priority;
}

static void model_pick(void)
{
    if (model.running >= 0 && !model.reschedule)
        return;
    model.reschedule = false;
    if (model.running >= 0) {
        if (!model.turn_over && (model.count == 0 || priority_of((int)model.list[0]) <= priority_of(model.running)))
            return;
        model_insert((unsigned)model.running, !model.turn_over);
    }
    model.turn_over = false;
    model.running = (int)model.list[0];
    model_remove(model.list[0]);
}

static void players_begin(uint64_t *seed)
{
    static const uint8_t priorities[] = {0, 0, 1, 62, 63, 63, 64, 65, 127, 128, 254, 255, 255};

    for (unsigned i = 0; i < TIMES; i++) {
        sched_object_init(&times[i]);
        times[i].priority = priorities[check_below(seed, array_count(priorities))];
        times[i].home = &players[i];
        players[i].time = &times[i];
        players[i].state = THREAD_STOPPED;
    }
}

CASE(the_highest_runs_and_equals_take_turns)
{
    uint64_t seed = 11;
    unsigned switches = 0;

    world_init();
    players_begin(&seed);
    for (unsigned step = 0; step < 30000; step++) {
        unsigned index = check_below(&seed, TIMES);
        if (check_below(&seed, 8) == 0) {
            model.turn_over = model.running >= 0 && check_below(&seed, 3) != 0; /* else the tick comes early */
            host.now += model.turn_over ? BUDGET_DEFAULT : 0;
            sched_tick();
            model.reschedule = true;
        } else if (players[index].state != THREAD_READY) {
            players[index].state = THREAD_READY;
            sched_ready(&times[index]);
            model_insert(index, false);
            model.reschedule = model.reschedule || model.running < 0 || priority_of((int)index) > priority_of(model.running);
        } else {
            players[index].state = THREAD_STOPPED;
            sched_unready(&times[index]);
            if (!model_remove(index))
                model.running = -1;
        }
        if (model.running < 0 && model.count == 0)
            continue; /* nobody: the processor would wait */
        int before = model.running;
        model_pick();
        CHECK(sched_next() == &players[model.running].registers, "step %u: %d should run", step, model.running);
        switches += before != model.running;
        CHECK_EQUAL(host.timer, BUDGET_DEFAULT);
        CHECK(hart_self()->thread == &players[model.running]);
    }
    CHECK(switches > 3000, "%u switches", switches);
}

CASE(time_keeps_what_is_left_of_its_turn)
{
    cast_begin();
    struct thread *low = cast_thread(0, 10, true);
    struct thread *equal = cast_thread(1, 10, true);
    struct thread *high = cast_thread(2, 20, true);
    CHECK(sched_next() == &high->registers);
    CHECK_EQUAL(host.timer, BUDGET_DEFAULT);
    world_invoke(high, SYS_WAIT, CAST_NOTIFICATION, 0, (const word_t[5]){0});
    CHECK(sched_next() == &low->registers);
    for (unsigned quarter = 1; quarter < 3; quarter++) { /* preempted twice: its turn goes on, with what is left */
        host.now += BUDGET_DEFAULT / 4;
        CHECK_EQUAL(world_invoke(low, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0, (const word_t[5]){0}), STATUS_OK);
        CHECK(sched_next() == &high->registers);
        host.now += 1234567;
        world_invoke(high, SYS_WAIT, CAST_NOTIFICATION, 0, (const word_t[5]){0});
        CHECK(sched_next() == &low->registers, "it lost its turn");
        CHECK_EQUAL(host.timer, BUDGET_DEFAULT - quarter * BUDGET_DEFAULT / 4);
    }
    host.now += BUDGET_DEFAULT / 2;
    sched_tick();
    CHECK(sched_next() == &equal->registers);
    CHECK_EQUAL(host.timer, BUDGET_DEFAULT);
    host.now += BUDGET_DEFAULT;
    sched_tick();
    CHECK(sched_next() == &low->registers);
    CHECK_EQUAL(host.timer, BUDGET_DEFAULT);
}

CASE(yield_lets_equals_run_and_no_lower)
{
    cast_begin();
    struct thread *one = cast_thread(0, 10, true);
    struct thread *two = cast_thread(1, 10, true);
    cast_thread(2, 9, true);
    for (unsigned i = 0; i < 4; i++) {
        CHECK(sched_next() == &(i % 2 == 0 ? one : two)->registers);
        CHECK_EQUAL(world_invoke(i % 2 == 0 ? one : two, SYS_YIELD, 0, 0, (const word_t[5]){0}), STATUS_OK);
    }
    CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, CAST_THREADS, 0, 0), STATUS_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(sched_next() == &two->registers);
        world_invoke(two, SYS_YIELD, 0, 0, (const word_t[5]){0});
    }
}

CASE(configuring_takes_effect_at_once)
{
    cast_begin();
    struct thread *one = cast_thread(0, 10, true);
    struct thread *two = cast_thread(1, 9, true);
    CHECK(sched_next() == &one->registers);
    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS + 5, 11, BUDGET_MIN, BUDGET_MIN), STATUS_OK);
    CHECK(sched_next() == &two->registers);
    CHECK_EQUAL(host.timer, BUDGET_MIN);
    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS + 5, 8, PERIOD_MAX, PERIOD_MAX), STATUS_OK);
    CHECK(sched_next() == &one->registers);
    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS + 5, PRIORITIES, BUDGET_MIN, PERIOD_MAX), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS + 5, 0, BUDGET_MIN, PERIOD_MAX + 1), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS + 5, 0, BUDGET_MIN - 1, PERIOD_MAX), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS + 5, 0, BUDGET_MIN + 1, BUDGET_MIN), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS, 0, BUDGET_MIN, BUDGET_MIN), STATUS_WRONG_TYPE);
}

static struct thread *sleeper;

static void wake_sleeper(void)
{
    CHECK_EQUAL(host.timer, 0);
    if (host.waits == 3) /* not at the first interrupt */
        notification_signal((struct notification *)world.table[CAST_NOTIFICATION].object, 1);
}

CASE(the_processor_waits_while_nobody_is_ready)
{
    cast_begin();
    sleeper = cast_thread(0, 10, true);
    host.idle = wake_sleeper;
    CHECK_EQUAL(ACT(sleeper, SYS_WAIT, CAST_NOTIFICATION, 0), SYS_WAIT);
    CHECK(sched_next() == &sleeper->registers);
    CHECK_EQUAL(host.waits, 3);
    CHECK(!hart_self()->idle);
    CHECK_EQUAL(sleeper->registers.number, STATUS_OK);
    CHECK_EQUAL(sleeper->registers.message[0], 1);
}

CASE(a_thread_without_time_does_not_run)
{
    cast_begin();
    struct thread *one = cast_thread(0, 10, true);
    struct thread *two = cast_thread(1, 10, true);
    CHECK(sched_next() == &one->registers);
    cast_delete(CAST_THREADS + 1); /* the running thread's time */
    CHECK(sched_time_of(one) == NULL && one->state == THREAD_READY);
    CHECK(hart_self()->running == NULL);
    CHECK(sched_next() == &two->registers);
    world_make(CAST_THREADS + 2, OBJECT_SCHED_CONTEXT, 0);
    CHECK_EQUAL(INVOKE(SYS_THREAD_CONFIGURE, CAST_THREADS, 0, 0, CAST_THREADS + 2, 0), STATUS_ALREADY); /* it is not stopped */
    CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, CAST_THREADS, 0, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_THREAD_CONFIGURE, CAST_THREADS, 0, 0, CAST_THREADS + 2, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_THREAD_CONFIGURE, CAST_THREADS + 4, 0, 0, CAST_THREADS + 2, 0), STATUS_ALREADY);
    CHECK_EQUAL(INVOKE(SYS_THREAD_RESUME, CAST_THREADS, 0, 0), STATUS_OK);
    cast_check();
    CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, CAST_THREADS + 2, 11, BUDGET_MIN, BUDGET_MIN), STATUS_OK);
    CHECK(sched_next() == &one->registers);
}
