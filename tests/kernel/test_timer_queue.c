/* timer_queue.c: against a plain array, with removal from anywhere and at any time. */
#include "timer_queue.h"

#include "check.h"

#define TIMERS 200
#define STEPS (3 * WHEELS * TIMERS) /* that serve all that is due: each is spread over a wheel at most once, and leaves its slot */

static struct timer timers[TIMERS];
static struct timer_queue queue;
static uint64_t now;

/* Each stands where its deadline says, but for those that are being spread. Returns how many there are. */
static unsigned check_places(void)
{
    unsigned count = 0;

    for (unsigned place = 0; place < TIMER_PLACES; place++) {
        const struct timer *first = queue.list[place];
        bool spreading = place != 0 && place == queue.spreading;
        bool marked = queue.used[place / WHEEL_SLOTS] >> place % WHEEL_SLOTS & queue.wheels >> place / WHEEL_SLOTS & 1;
        CHECK_EQUAL(marked, first != NULL && !spreading);
        for (const struct timer *timer = first; timer != NULL; timer = timer->next == first ? NULL : timer->next) {
            CHECK(timer->armed && timer->place == place && timer->next->prev == timer);
            CHECK(spreading || timer_place(&queue, timer->deadline) == place, "a timer stands elsewhere");
            CHECK(++count <= TIMERS, "the lists do not end");
        }
    }
    return count;
}

static uint64_t earliest(unsigned *armed)
{
    uint64_t deadline = ~0UL;

    *armed = 0;
    for (unsigned i = 0; i < TIMERS; i++) {
        *armed += timers[i].armed;
        if (timers[i].armed && timers[i].deadline < deadline)
            deadline = timers[i].deadline;
    }
    return deadline;
}

static void check_queue(void)
{
    unsigned armed;
    uint64_t deadline = earliest(&armed);

    CHECK_EQUAL(check_places(), armed);
    CHECK(timer_queue_next(&queue) <= deadline, "it would be looked at too late");
    CHECK(armed > 0 || timer_queue_next(&queue) == ~0UL);
}

/* A change of some size, so that every wheel has its turn. */
static uint64_t some(uint64_t *seed)
{
    uint64_t scale = bit(check_below(seed, 40));

    return scale + check_below(seed, 4) * (scale / 4) + check_below(seed, 3);
}

CASE(what_is_due_comes_and_nothing_else)
{
    uint64_t seed = 21;

    for (unsigned step = 0; step < 20000; step++) {
        struct timer *timer = &timers[check_below(&seed, step % 4000 < 2000 ? TIMERS : 20)];
        unsigned choice = (unsigned)check_below(&seed, 8);
        if (choice < 4 && !timer->armed)
            timer_insert(&queue, timer, choice == 0 ? now - now / 8 : choice == 1 ? now + 100000 : now + some(&seed));
        else if (choice < 5)
            timer_remove(&queue, timer); /* also one that is not armed */
        else if (choice < 7 && (timer = timer_step(&queue, now)) != NULL)
            CHECK(!timer->armed && timer->deadline <= now, "it is not due");
        else if (choice == 7)
            now += some(&seed) / (check_below(&seed, 100) == 0 ? 1 : 1000);
        check_queue();
    }
}

CASE(all_that_is_due_comes_in_so_many_steps)
{
    uint64_t seed = 4;
    unsigned armed;

    for (unsigned round = 0; round < 200; round++) {
        for (unsigned i = 0; i < TIMERS; i++)
            timer_insert(&queue, &timers[i], now + some(&seed) + check_below(&seed, 1000));
        now += some(&seed);
        for (unsigned i = 0; i < STEPS; i++)
            timer_step(&queue, now);
        CHECK(earliest(&armed) > now, "one that is due is left");
        CHECK(timer_queue_next(&queue) > now, "more is to be done");
        check_queue();
        for (unsigned i = 0; i < TIMERS; i++)
            timer_remove(&queue, &timers[i]);
    }
}

CASE(one_that_is_alone_is_met_to_the_nanosecond)
{
    uint64_t seed = 9;

    for (unsigned round = 0; round < 1000; round++) {
        uint64_t deadline = now + some(&seed);
        timer_insert(&queue, &timers[0], deadline);
        CHECK_EQUAL(timer_queue_next(&queue), deadline);
        CHECK(timer_step(&queue, deadline - 1) == NULL);
        CHECK(timer_step(&queue, deadline) == &timers[0]);
        now = deadline;
    }
    timer_insert(&queue, &timers[0], ~0UL);
    CHECK_EQUAL(timer_queue_next(&queue), ~0UL);
    CHECK(timer_step(&queue, ~0UL) == &timers[0]);
}
