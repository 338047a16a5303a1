/* Measuring the machine's counter and timer against a clock of known frequency. */
#ifndef CALIBRATE_H
#define CALIBRATE_H

#include "arch.h"

/* The clock, and the timer that is measured with it. Both count down. */
struct calibration {
    uint64_t frequency;      /* of the clock, in Hz */
    void (*start)(void);     /* both, from their tops; what is left of the timer must last longer than the clock */
    uint32_t (*clock)(void); /* what is left of the clock */
    uint32_t (*timer)(void); /* and of the timer */
    bool (*ended)(void);     /* the clock has reached 0 and goes on from its top */
};

/* False: one of the three does not count, or the host stopped this machine again and again. */
bool calibrate(const struct calibration *calibration, struct timer_rates *rates);

#endif
