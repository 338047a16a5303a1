/* Time: nanoseconds from the counter that programs read too, and the one-shot timer set by them. */
#ifndef CLOCK_H
#define CLOCK_H

#include "arch.h"

/* Find the frequencies, fill in the scale that programs use, be ready for timer_set(). Called once. */
void timer_init(const struct machine *machine, struct clock_scale *scale);
/* Nanoseconds since timer_init(). */
uint64_t timer_now(void);
/* Interrupt (sched_tick()) this many nanoseconds from now, 1 to a second; replaces what was set before. */
void timer_set(uint64_t nanoseconds);

#endif
