/*
 * Moments to come, the earliest first: a leftist heap (C. A. Crane, 1972) whose nodes are part of what waits. Every operation takes at
 * most some 2 log2(n) steps, also removal from the middle: ranks grow strictly along the path that has to be mended.
 */
#ifndef TIMER_QUEUE_H
#define TIMER_QUEUE_H

#include "types.h"

enum timer_kind { TIMER_THREAD, TIMER_SCHED };

struct timer {
    uint64_t deadline; /* nanoseconds of timer_now() */
    struct timer *left, *right, *parent;
    uint8_t rank; /* 1 + the right child's: the way down on the right is that long */
    uint8_t kind; /* enum timer_kind: what it is part of */
    bool armed;   /* in the queue */
};

void timer_insert(struct timer **queue, struct timer *timer, uint64_t deadline);
/* Nothing happens to one that is not armed. */
void timer_remove(struct timer **queue, struct timer *timer);

#endif
