/*
 * Moments to come: a hierarchical timing wheel (G. Varghese, T. Lauck, 1987) whose elements are part of what waits. However many there are,
 * every operation takes as long, and each moment is met to the nanosecond.
 *
 * A wheel has 64 slots, and each slot of a wheel is as long as the whole wheel below; slots of the lowest are a nanosecond. A timer stands
 * in the lowest wheel whose present turn its deadline falls in, so the first slot in use of the lowest wheel in use has the earliest.
 * When that slot begins and more than one stand in it, they are spread over the wheels below, one in each step.
 */
#ifndef TIMER_QUEUE_H
#define TIMER_QUEUE_H

#include "types.h"

#define WHEEL_BITS 6
#define WHEEL_SLOTS (1 << WHEEL_BITS)
#define WHEELS 11 /* for 64 bits */
#define TIMER_PLACES (WHEELS * WHEEL_SLOTS)

enum timer_kind { TIMER_THREAD, TIMER_SCHED };

struct timer {
    uint64_t deadline; /* nanoseconds of timer_now() */
    struct timer *next, *prev; /* in the list of its place */
    uint16_t place; /* wheel * WHEEL_SLOTS + slot */
    uint8_t kind;   /* enum timer_kind: what it is part of */
    bool armed;     /* in the queue */
};

struct timer_queue {
    uint64_t base;         /* a moment that is over: the present turn of each wheel is the one that this falls in */
    uint64_t used[WHEELS]; /* bit s: something stands in slot s, and is not being spread */
    uint64_t wheels;       /* bit w: used[w] is not 0 */
    uint64_t next;         /* what timer_queue_look() found, */
    bool looked;           /* if it did so since the last change */
    unsigned spreading;    /* the place whose timers are being spread, 0 for none (the lowest wheel's are not); `base` stays meanwhile */
    struct timer *list[TIMER_PLACES]; /* circular */
};

void timer_insert(struct timer_queue *queue, struct timer *timer, uint64_t deadline);
/* Nothing happens to one that is not armed. */
void timer_remove(struct timer_queue *queue, struct timer *timer);
/* Where a timer with this deadline would be put now: its wheel is given by the highest bits in which it differs from the base. */
unsigned timer_place(const struct timer_queue *queue, uint64_t deadline);
/* timer_queue_next(), after a change. */
uint64_t timer_queue_look(struct timer_queue *queue);
/* The next moment at which timer_step() has something to do: the earliest deadline or before; all ones for never. */
static inline uint64_t timer_queue_next(struct timer_queue *queue)
{
    return queue->looked ? queue->next : timer_queue_look(queue);
}

/* One step of what is to be done now: take out a timer that is due, or NULL. NULL is no sign that nothing is left to do. */
struct timer *timer_step(struct timer_queue *queue, uint64_t now);

#endif
