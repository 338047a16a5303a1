/* clock.c: nanoseconds of counters and timers of other frequencies than the pretended processor's 1 GHz. */
#include "clock.h"

#include <string.h>

#include "arch/host.h"
#include "check.h"

#define SECOND 1000000000UL
#define INSTRUCTIONS "count=instructions"

static struct clock_scale init(uint64_t counter, uint64_t timer, uint64_t told, const char *line)
{
    struct machine machine = {.timer_frequency = told};
    struct clock_scale scale;

    strcpy(machine.command_line, line);
    host.rates = (struct timer_rates){counter, timer};
    timer_init(&machine, &scale);
    return scale;
}

/* The frequency that a scale was made for. */
static uint64_t frequency(struct clock_scale scale)
{
    return (SECOND << scale.shift) / scale.multiplier;
}

CASE(time_starts_at_zero_and_runs_by_the_counter)
{
    host.now = 123456789;
    struct clock_scale scale = init(10000000, 10000000, 0, "");
    CHECK_EQUAL(scale.origin, 123456789);
    CHECK_EQUAL(timer_now(), 0);
    host.now += 7;
    CHECK_EQUAL(timer_now(), 700);
    host.now += 100UL * 365 * 24 * 3600 * 10000000; /* a century */
    CHECK_EQUAL(timer_now(), 700 + 100UL * 365 * 24 * 3600 * SECOND);
    CHECK_EQUAL((uint64_t)((unsigned __int128)(host.now - scale.origin) * scale.multiplier >> scale.shift), timer_now());
}

CASE(a_timer_is_never_early)
{
    init(10000000, 10000000, 0, "");
    timer_set(1000000);
    CHECK_EQUAL(host.timer, 10000);
    timer_set(1000001);
    CHECK_EQUAL(host.timer, 10001);
    timer_set(1);
    CHECK_EQUAL(host.timer, 1);
    timer_set(SECOND);
    CHECK_EQUAL(host.timer, 10000000);
}

CASE(a_second_of_a_fast_timer_does_not_overflow)
{
    init(4000000000, 4000000000, 0, "");
    timer_set(SECOND);
    CHECK_EQUAL(host.timer, 4000000000);
    host.now += 4000000000UL * 3600;
    CHECK_EQUAL(timer_now(), 3600 * SECOND);
}

CASE(what_the_machine_tells_comes_before_a_measurement)
{
    CHECK_EQUAL(frequency(init(2399000000, 62500000, 2400000000, "")), 2400000000);
    CHECK_EQUAL(frequency(init(2399000000, 62500000, 0, "")) / 1000, 2399000);
}

CASE(counted_instructions_take_a_power_of_two_of_nanoseconds)
{
    CHECK_EQUAL(frequency(init(1001000000, 62500000, 3000000000, INSTRUCTIONS)), 1000000000);
    CHECK_EQUAL(frequency(init(499500000, 62500000, 0, INSTRUCTIONS)), 500000000);
    CHECK_EQUAL(frequency(init(125900000, 62500000, 0, INSTRUCTIONS)), 125000000);
    CHECK(init(1001000000, 62500000, 0, INSTRUCTIONS).instructions);
    CHECK(!init(1001000000, 62500000, 0, "").instructions);
    CHECK_EQUAL(frequency(init(700000000, 62500000, 0, INSTRUCTIONS)) / 1000, 700000); /* the command line is wrong */
}
