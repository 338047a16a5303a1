/*
 * The clock is the timestamp counter; the local APIC's timer interrupts. Neither says its frequency, unless a hypervisor does, so both are
 * measured against channel 2 of the interval timer (8254), which runs at 1193182 Hz on every PC.
 */
#include "apic.h"
#include "arch.h"
#include "calibrate.h"
#include "panic.h"

#define PIT_FREQUENCY 1193182UL
#define PIT_START 0xffff
#define PIT_CHANNEL 0x42
#define PIT_COMMAND 0x43
#define PIT_MODE_0 0xb0    /* channel 2, both bytes, count down once */
#define PIT_LATCH 0x80     /* channel 2 */
#define PIT_STATUS 0xe8    /* channel 2: the next byte read is its status */
#define PIT_ENDED 0x80     /* it has reached 0 and goes on from the top */
#define PIT_GATE 0x61      /* bit 0: channel 2 counts; bit 1: the speaker hears it. QEMU's microvm lacks it and counts without */

#define TIMER_DIVIDE_16 3  /* for LAPIC_TIMER_DIVIDE: more than a minute in 32 bits at the 1 GHz of QEMU's */
#define TIMER_MASKED 0x10000

static void start(void)
{
    timer_start(~0U);
    port_write(PIT_GATE, 1, (port_read(PIT_GATE, 1) & ~3) | 1);
    port_write(PIT_COMMAND, 1, PIT_MODE_0);
    port_write(PIT_CHANNEL, 1, PIT_START & 0xff);
    port_write(PIT_CHANNEL, 1, PIT_START >> 8);
}

static uint32_t pit_left(void)
{
    port_write(PIT_COMMAND, 1, PIT_LATCH);
    uint32_t low = port_read(PIT_CHANNEL, 1);
    return low | port_read(PIT_CHANNEL, 1) << 8;
}

static uint32_t timer_left(void)
{
    return lapic_read(LAPIC_TIMER_CURRENT);
}

static bool pit_ended(void)
{
    port_write(PIT_COMMAND, 1, PIT_STATUS);
    return (port_read(PIT_CHANNEL, 1) & PIT_ENDED) != 0;
}

struct timer_rates timer_probe(const struct machine *machine)
{
    static const struct calibration interval_timer = {PIT_FREQUENCY, start, pit_left, timer_left, pit_ended};
    struct timer_rates rates;

    (void)machine; /* what it says of the counter comes first, but says nothing of the timer */
    lapic_write(LAPIC_TIMER, TIMER_MASKED | VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
    if (!calibrate(&interval_timer, &rates))
        panic("no clock: the interval timer (8254), the timestamp counter or the local APIC's timer does not count");
    timer_stop();
    lapic_write(LAPIC_TIMER, VECTOR_TIMER); /* one shot */
    return rates;
}

void timer_start(uint64_t ticks)
{
    lapic_write(LAPIC_TIMER_INITIAL, (uint32_t)ticks); /* of a second, they fit */
}

void timer_stop(void)
{
    lapic_write(LAPIC_TIMER_INITIAL, 0);
}
