/* calibrate.c: three counters of a machine that its host stops when it likes. */
#include "calibrate.h"

#include "arch/host.h"
#include "check.h"

#define SECOND 1000000000UL
#define COUNTER 2400000000UL /* Hz */
#define CLOCK 1193182UL
#define TIMER 62500000UL
#define CLOCK_TOP 0xffff
#define CLOCK_LASTS (CLOCK_TOP * SECOND / CLOCK) /* nanoseconds */
#define READING 900      /* nanoseconds that reading something takes */

static struct {
    uint64_t now;         /* nanoseconds */
    uint64_t started;
    uint64_t random;
    unsigned stop_chance; /* of 1000 readings so many are stopped in */
    uint64_t stop;        /* for at most so many nanoseconds */
    unsigned starts;
    bool counter_stands, clock_stands, timer_stands;
} world;

static void pass(void)
{
    world.now += READING;
    if (check_below(&world.random, 1000) < world.stop_chance)
        world.now += check_random(&world.random) % world.stop;
}

static uint64_t ticks(uint64_t frequency)
{
    return (uint64_t)((unsigned __int128)(world.now - world.started) * frequency / SECOND);
}

static uint64_t counter(void)
{
    world.now += 10;
    return world.counter_stands ? 5 : (uint64_t)((unsigned __int128)world.now * COUNTER / SECOND);
}

static void start(void)
{
    world.starts++;
    world.started = world.now;
}

static uint32_t clock_left(void)
{
    pass();
    return world.clock_stands ? CLOCK_TOP : (CLOCK_TOP - ticks(CLOCK)) & CLOCK_TOP;
}

static uint32_t timer_left(void)
{
    pass();
    return world.timer_stands ? ~0U : ~0U - (uint32_t)ticks(TIMER);
}

static bool ended(void)
{
    return world.now - world.started >= CLOCK_LASTS;
}

static const struct calibration machine = {CLOCK, start, clock_left, timer_left, ended};

static bool near(uint64_t is, uint64_t should)
{
    return is > should - should / 50 && is < should + should / 50;
}

CASE(frequencies_are_found_whenever_the_host_stops_the_machine)
{
    unsigned again = 0;

    host.counter = counter;
    for (unsigned seed = 0; seed < 200; seed++) {
        struct timer_rates rates;
        world = (typeof(world)){.now = seed * SECOND, .random = seed, .stop_chance = seed % 100, .stop = 1 + 10000000 * (seed % 12)};
        if (!calibrate(&machine, &rates))
            CHECK(world.stop_chance > 20, "seed %u: a host that hardly stops it", seed);
        else
            CHECK(near(rates.counter, COUNTER) && near(rates.timer, TIMER), "seed %u: %lu and %lu", seed, rates.counter, rates.timer);
        again += world.starts > 1;
    }
    CHECK(again > 0, "no measurement was spoilt");
}

CASE(what_does_not_count_is_told)
{
    struct timer_rates rates;

    host.counter = counter;
    world = (typeof(world)){.clock_stands = true};
    CHECK(!calibrate(&machine, &rates));
    world = (typeof(world)){.timer_stands = true};
    CHECK(!calibrate(&machine, &rates));
    world = (typeof(world)){.counter_stands = true};
    CHECK(!calibrate(&machine, &rates));
    world = (typeof(world)){.now = 1};
    CHECK(calibrate(&machine, &rates));
}
