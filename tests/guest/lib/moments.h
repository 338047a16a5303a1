/* Time for cases: what a case waits for then comes from the timer, so that nothing can run meanwhile is no failure. */
#ifndef MOMENTS_H
#define MOMENTS_H

#include "guest.h"

#define MS 1000000UL

/* Nanoseconds since the kernel started. */
static inline uint64_t moment(void)
{
    return clock_scaled(&boot->clock);
}

#endif
