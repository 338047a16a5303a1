/*
 * The host may stop this processor at any time, which must not falsify the measurement. So a sample reads all three counters several times
 * and keeps the reading that took the least time; between the samples nothing needs to be prompt.
 */
#include "calibrate.h"

#define WINDOWS 1000    /* that a second has: one is measured */
#define SAMPLE_TRIES 5
#define MEASUREMENTS 10 /* that the host may spoil by stopping us until the clock has ended */
#define POLLS 100000    /* of a clock that does not move */
#define POLL_SPINS 1000 /* where instructions are counted, reading the clock is much slower than this */

struct sample {
    uint64_t counter;
    uint32_t clock;
    uint32_t timer;
};

static struct sample sample_take(const struct calibration *calibration)
{
    struct sample best = {0};
    uint64_t best_duration = ~0UL;

    for (unsigned i = 0; i < SAMPLE_TRIES; i++) {
        struct sample sample;
        sample.counter = counter_read();
        sample.clock = calibration->clock();
        sample.timer = calibration->timer();
        uint64_t duration = counter_read() - sample.counter;
        if (duration < best_duration) {
            best_duration = duration;
            best = sample;
        }
    }
    return best;
}

/* Let the window pass. False if the clock does not move. */
static bool window_wait(const struct calibration *calibration, uint32_t start)
{
    for (unsigned poll = 0; poll < POLLS; poll++) {
        if (start - calibration->clock() >= calibration->frequency / WINDOWS)
            return true;
        for (unsigned spin = 0; spin < POLL_SPINS; spin++)
            __asm__ volatile("");
    }
    return false;
}

bool calibrate(const struct calibration *calibration, struct timer_rates *rates)
{
    for (unsigned i = 0; i < MEASUREMENTS; i++) {
        calibration->start();
        struct sample start = sample_take(calibration);
        if (!window_wait(calibration, start.clock))
            return false;
        struct sample end = sample_take(calibration);
        if (calibration->ended())
            continue; /* and gone around, no telling how often */
        uint64_t ticks = start.clock - end.clock;
        rates->counter = (end.counter - start.counter) * calibration->frequency / ticks;
        rates->timer = (start.timer - end.timer) * calibration->frequency / ticks;
        if (rates->counter != 0 && rates->timer != 0)
            return true;
    }
    return false;
}
