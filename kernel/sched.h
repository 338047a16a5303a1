/*
 * Time. A scheduling context is what is queued and picked; a thread runs on one, its own or that of whoever called it.
 * Priorities are picked in constant time: a bit for each queue, a bit for each word of those.
 */
#ifndef SCHED_H
#define SCHED_H

#include <tiss/abi.h>

#include "types.h"

#define SLICE_DEFAULT 10000000UL /* ns */
#define SLICE_MIN 100000UL
#define SLICE_MAX 1000000000UL

struct hart;
struct slot;
struct thread;

struct sched_context {
    struct thread *thread; /* that runs on it now; NULL while nobody does */
    struct thread *home;   /* whose own time it is; set while that thread's slot holds it */
    uint64_t slice;        /* nanoseconds */
    uint64_t left;         /* of the slice, nanoseconds, for when it is picked again; 0: a whole one is due */
    unsigned priority;
    bool queued;
    struct sched_context *next, *prev; /* in the hart's queue of its priority, while queued */
};

_Static_assert(sizeof(struct sched_context) <= 1UL << OBJECT_SCHED_CONTEXT_BITS, "a scheduling context is what the ABI says");

void sched_init(struct hart *hart, char *stack_top);
void sched_object_init(struct sched_context *time);
/* Let a thread, which is ready and has its time, be picked. */
void sched_ready(struct sched_context *time);
/* The thread on this time does not run any more (it blocked, stopped or lost its time): out of queue and processor. */
void sched_unready(struct sched_context *time);
/* Hand time from one thread to another. The time keeps running or waiting as it is. */
void sched_lend(struct thread *from, struct thread *to);
/* Take the time a thread runs on away from it. If it was borrowed and has no lender left, its owner gets it back. */
void sched_drop(struct thread *thread);
/* Its owner lost it: whoever runs on it goes on with time of its own, if it has any. */
void sched_revoke(struct sched_context *time);
void sched_destroy(struct sched_context *time);
/* Do the bits say that the queue of a priority holds something? */
bool sched_is_marked(const struct hart *hart, unsigned priority);

#endif
