#include "arch.h"

static void set_compare(uint64_t value)
{
    __asm__ volatile("csrw %0, %1" ::"i"(CSR_STIMECMP), "r"(value) : "memory");
}

struct timer_rates timer_probe(const struct machine *machine)
{
    timer_stop();
    return (struct timer_rates){machine->timer_frequency, machine->timer_frequency};
}

void timer_start(uint64_t ticks)
{
    set_compare(counter_read() + ticks);
    csr_set("sie", SIE_TIMER);
}

/*
 * No timer interrupt until timer_start(). The comparison with 0 is always true and masked: a comparison with the far future would be a timer
 * that a machine which skips idle time (QEMU's -icount sleep=off) jumps to, and hang there.
 */
void timer_stop(void)
{
    csr_clear("sie", SIE_TIMER);
    set_compare(0);
}
