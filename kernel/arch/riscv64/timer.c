#include "arch.h"
#include "command_line.h"

#define SCALE_SHIFT 24
#define NANOSECONDS 1000000000UL
#define NEVER (~0UL)

static struct clock_scale clock;
static uint64_t frequency;

static uint64_t counter(void)
{
    return csr_read("time");
}

static void set_compare(uint64_t value)
{
    __asm__ volatile("csrw %0, %1" ::"i"(CSR_STIMECMP), "r"(value) : "memory");
}

void timer_init(const struct machine *machine, struct clock_scale *scale)
{
    frequency = machine->timer_frequency;
    clock.origin = counter();
    clock.shift = SCALE_SHIFT;
    clock.multiplier = (NANOSECONDS << SCALE_SHIFT) / frequency;
    clock.instructions = command_line_has(machine->command_line, "count=instructions");
    set_compare(NEVER);
    *scale = clock;
}

uint64_t timer_now(void)
{
    return (uint64_t)((unsigned __int128)(counter() - clock.origin) * clock.multiplier >> clock.shift);
}

void timer_set(uint64_t nanoseconds)
{
    set_compare(counter() + nanoseconds * (frequency / 1000) / (NANOSECONDS / 1000)); /* at most a second: no overflow */
}

void timer_stop(void)
{
    set_compare(NEVER);
}
