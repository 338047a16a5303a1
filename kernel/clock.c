#include "clock.h"

#include "command_line.h"

#define SECOND 1000000000UL /* in nanoseconds */
#define SCALE_SHIFT 32      /* the multiplier then fits 64 bits with every frequency from 1 Hz on */

static struct clock_scale clock;
static uint64_t timer_multiplier; /* timer ticks = (ns * timer_multiplier) >> SCALE_SHIFT */

/* A machine that counts instructions makes each 1, 2, 4 ... ns long, so the measurement only has to say which. If it fits none, the
 * command line is wrong, and a clock that is right does less harm than one that is not. */
static uint64_t instruction_frequency(uint64_t measured)
{
    uint64_t exact = SECOND;

    while (exact > measured + measured / 2)
        exact /= 2;
    return measured > exact - exact / 64 && measured < exact + exact / 64 ? exact : measured;
}

void timer_init(const struct machine *machine, struct clock_scale *scale)
{
    struct timer_rates rates = timer_probe(machine);

    clock.instructions = command_line_has(machine->command_line, "count=instructions");
    if (clock.instructions)
        rates.counter = instruction_frequency(rates.counter);
    else if (machine->timer_frequency != 0)
        rates.counter = machine->timer_frequency;
    clock.shift = SCALE_SHIFT;
    clock.multiplier = (SECOND << SCALE_SHIFT) / rates.counter;
    timer_multiplier = (rates.timer << SCALE_SHIFT) / SECOND;
    clock.origin = counter_read();
    *scale = clock;
}

uint64_t timer_now(void)
{
    return (uint64_t)((unsigned __int128)(counter_read() - clock.origin) * clock.multiplier >> SCALE_SHIFT);
}

/* Rounded up: a timer that comes early finds nothing to do and has to be set again. */
void timer_set(uint64_t nanoseconds)
{
    timer_start((uint64_t)(((unsigned __int128)nanoseconds * timer_multiplier + UINT32_MAX) >> SCALE_SHIFT));
}
