#include "arch.h"
#include "command_line.h"

#define SCALE_SHIFT 24
#define NANOSECONDS 1000000000UL

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

/*
 * No timer interrupt until timer_set(). The comparison with 0 is always true and masked: a comparison with the far future would be a timer
 * that a machine which skips idle time (QEMU's -icount sleep=off) jumps to, and hang there.
 */
void timer_stop(void)
{
    __asm__ volatile("csrc sie, %0" ::"r"((word_t)SIE_TIMER) : "memory");
    set_compare(0);
}

void timer_init(const struct machine *machine, struct clock_scale *scale)
{
    frequency = machine->timer_frequency;
    clock.origin = counter();
    clock.shift = SCALE_SHIFT;
    clock.multiplier = (NANOSECONDS << SCALE_SHIFT) / frequency;
    clock.instructions = command_line_has(machine->command_line, "count=instructions");
    timer_stop();
    *scale = clock;
}

uint64_t timer_now(void)
{
    return (uint64_t)((unsigned __int128)(counter() - clock.origin) * clock.multiplier >> clock.shift);
}

void timer_set(uint64_t nanoseconds)
{
    set_compare(counter() + nanoseconds * (frequency / 1000) / (NANOSECONDS / 1000)); /* at most a second: no overflow */
    __asm__ volatile("csrs sie, %0" ::"r"((word_t)SIE_TIMER) : "memory");
}
