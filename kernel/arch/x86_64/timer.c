/*
 * The clock is the timestamp counter; the local APIC's timer interrupts. Neither says its frequency, unless a hypervisor does, so both are
 * measured against channel 2 of the interval timer (8254), which runs at 1193182 Hz on every PC.
 *
 * The host may stop this processor at any time, which must not falsify the measurement. So a sample reads all three counters several times
 * and keeps the reading that took the least time; between the samples nothing needs to be prompt.
 */
#include "apic.h"
#include "arch.h"
#include "command_line.h"
#include "panic.h"

#define SECOND 1000000000UL /* in nanoseconds */

#define PIT_FREQUENCY 1193182UL
#define PIT_WINDOW (PIT_FREQUENCY / 1000) /* ticks of a measurement: a millisecond */
#define PIT_START 0xffff
#define PIT_CHANNEL 0x42
#define PIT_COMMAND 0x43
#define PIT_MODE_0 0xb0    /* channel 2, both bytes, count down once */
#define PIT_LATCH 0x80     /* channel 2 */
#define PIT_STATUS 0xe8    /* channel 2: the next byte read is its status */
#define PIT_ENDED 0x80     /* it has reached 0 and goes on from the top */
#define PIT_GATE 0x61      /* bit 0: channel 2 counts; bit 1: the speaker hears it. QEMU's microvm lacks it and counts without */

#define SAMPLE_TRIES 5
#define MEASUREMENTS 10    /* that the host may spoil by stopping us for all the 55 ms that channel 2 counts */
#define POLLS 100000       /* of a timer that does not move */
#define POLL_SPINS 1000    /* with -icount a port access is much slower than this */

#define TIMER_DIVIDE_16 3  /* for LAPIC_TIMER_DIVIDE: more than a minute in 32 bits at the 1 GHz of QEMU's */
#define TIMER_DIVISOR 16
#define TIMER_MASKED 0x10000
#define SCALE_SHIFT 32     /* the multiplier then fits 64 bits with every frequency from 1 Hz on */

struct sample {
    uint64_t timestamp;
    uint32_t timer; /* counts down */
    unsigned pit;   /* counts down */
};

static struct clock_scale clock;
static uint64_t timer_multiplier; /* timer ticks = (ns * timer_multiplier) >> SCALE_SHIFT */

static unsigned pit_read(void)
{
    outb(PIT_COMMAND, PIT_LATCH);
    unsigned low = inb(PIT_CHANNEL);
    return low | (unsigned)inb(PIT_CHANNEL) << 8;
}

static bool pit_ended(void)
{
    outb(PIT_COMMAND, PIT_STATUS);
    return (inb(PIT_CHANNEL) & PIT_ENDED) != 0;
}

static void pit_start(void)
{
    outb(PIT_GATE, (inb(PIT_GATE) & ~3) | 1);
    outb(PIT_COMMAND, PIT_MODE_0);
    outb(PIT_CHANNEL, PIT_START & 0xff);
    outb(PIT_CHANNEL, PIT_START >> 8);
}

static struct sample sample_take(void)
{
    struct sample best = {0};
    uint64_t best_duration = ~0UL;

    for (unsigned i = 0; i < SAMPLE_TRIES; i++) {
        struct sample sample;
        sample.timestamp = timestamp();
        sample.pit = pit_read();
        sample.timer = lapic_read(LAPIC_TIMER_CURRENT);
        uint64_t duration = timestamp() - sample.timestamp;
        if (duration < best_duration) {
            best_duration = duration;
            best = sample;
        }
    }
    return best;
}

/* Let the window pass. False if the interval timer does not move. */
static bool window_wait(unsigned start)
{
    for (unsigned poll = 0; poll < POLLS; poll++) {
        if (start - pit_read() >= PIT_WINDOW)
            return true;
        for (unsigned spin = 0; spin < POLL_SPINS; spin++)
            __asm__ volatile("");
    }
    return false;
}

/* Frequencies, in Hz, of the timestamp counter and of the local APIC's timer as it is divided. */
static void measure(uint64_t *counter, uint64_t *timer)
{
    for (unsigned i = 0; i < MEASUREMENTS; i++) {
        lapic_write(LAPIC_TIMER_INITIAL, ~0U);
        pit_start();
        struct sample start = sample_take();
        if (!window_wait(start.pit))
            break;
        struct sample end = sample_take();
        if (pit_ended())
            continue; /* and gone around, no telling how often */
        uint64_t ticks = start.pit - end.pit;
        *counter = (end.timestamp - start.timestamp) * PIT_FREQUENCY / ticks;
        *timer = (start.timer - end.timer) * PIT_FREQUENCY / ticks;
        if (*counter != 0 && *timer != 0)
            return;
    }
    panic("no clock: the interval timer (8254), the timestamp counter or the local APIC's timer does not count");
}

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
    uint64_t counter, timer;

    lapic_enable();
    lapic_write(LAPIC_TIMER, TIMER_MASKED | VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
    measure(&counter, &timer);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    lapic_write(LAPIC_TIMER, VECTOR_TIMER); /* one shot */

    clock.instructions = command_line_has(machine->command_line, "count=instructions");
    if (clock.instructions)
        counter = instruction_frequency(counter);
    else if (machine->timer_frequency != 0)
        counter = machine->timer_frequency;
    clock.shift = SCALE_SHIFT;
    clock.multiplier = (SECOND << SCALE_SHIFT) / counter;
    timer_multiplier = (timer << SCALE_SHIFT) / SECOND;
    clock.origin = timestamp();
    *scale = clock;
}

uint64_t timer_now(void)
{
    return (uint64_t)((unsigned __int128)(timestamp() - clock.origin) * clock.multiplier >> clock.shift);
}

void timer_set(uint64_t nanoseconds)
{
    uint64_t ticks = (uint64_t)((unsigned __int128)nanoseconds * timer_multiplier >> SCALE_SHIFT);

    if (ticks == 0)
        ticks = 1; /* 0 would stop it */
    if (ticks > UINT32_MAX)
        ticks = UINT32_MAX; /* it then comes early, as a tick may */
    lapic_write(LAPIC_TIMER_INITIAL, (uint32_t)ticks);
}

void timer_stop(void)
{
    lapic_write(LAPIC_TIMER_INITIAL, 0);
}
