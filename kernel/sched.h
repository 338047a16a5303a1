/*
 * Time. A scheduling context is what is queued and picked; a thread runs on one, its own or that of whoever called it.
 * Priorities are picked in constant time: a bit for each queue, a bit for each word of those.
 *
 * A call moves no time. Time stays with the thread whose own it is, and when it is picked, whoever works for that thread at the end of its
 * calls runs on it. So a thread runs on the time of the first caller in its chain that has any, and its own rests meanwhile.
 *
 * Helping (NOVA): a thread that waits in an endpoint's queue for a busy server keeps its time ready, and whenever that is picked the
 * server runs on it. So a server never waits for a client of low priority while one of high priority waits for the server.
 *
 *   sched.c   queues, picking, lending and helping
 *   budget.c  what a scheduling context may use, and its account
 */
#ifndef SCHED_H
#define SCHED_H

#include <tiss/abi.h>

#include "cap.h"
#include "timer_queue.h"
#include "types.h"

#define BUDGET_DEFAULT 10000000UL /* ns */
#define BUDGET_MIN 100000UL
#define PERIOD_MAX 3600000000000UL
#define BUDGET_GRAIN 10000UL /* less is not worth a switch: it is added to what comes next */
#define REFILLS 8

struct hart;
struct thread;

struct refill {
    uint64_t time;   /* from when it can be used */
    uint64_t amount; /* ns */
};

struct sched_context {
    struct thread *home; /* whose own time it is; set while that thread's slot holds it */
    unsigned priority;
    bool queued;
    struct sched_context *next, *prev; /* in the hart's queue of its priority, while queued */
    struct thread *parked_on;          /* who must wake before this can help; `helper` there points back */

    uint64_t budget, period; /* ns; equal: no limit, and `refill[head].amount` is what is left of the turn */
    struct refill refill[REFILLS];
    unsigned head, count;    /* of the ring; their amounts add up to the budget */
    struct timer timer;      /* armed while it waits for a refill */
    uint64_t due;            /* when the period of the present work ends; 0: none, or no limit */
    uint64_t consumed, exhausted, missed;
    struct slot notification __attribute__((aligned(sizeof(struct slot)))); /* told of exhaustion and of misses */
};

_Static_assert(sizeof(struct sched_context) <= 1UL << OBJECT_SCHED_CONTEXT_BITS, "a scheduling context is what the ABI says");

void sched_init(struct hart *hart, char *stack_top);
void sched_object_init(struct sched_context *time);
/* Let a thread, which is ready and has its time, be picked. */
void sched_ready(struct sched_context *time);
/* The thread on this time does not run any more (it stopped or lost its time): out of queue, processor and waiting for a refill. */
void sched_unready(struct sched_context *time);
/* A thread's state has just become a blocked one: its time helps, or rests. */
void sched_blocked(struct thread *thread);
/* The time that a thread runs on: of the first caller in its chain that has any, else its own; NULL: it has none. */
struct sched_context *sched_time_of(const struct thread *thread);
/* The calls before a thread have changed: who works for it at the end of its own, itself if it made none, goes on with the time left to it. */
void sched_follow(struct thread *thread);
/* A thread wakes, or goes: time that waited to help it is ready, or waits for nobody. */
void sched_unpark(struct thread *thread);
/* It becomes a thread's own. */
void sched_give(struct sched_context *time, struct thread *thread);
/* Its owner loses it: whoever runs on it goes on with what is left, if there is any. */
void sched_revoke(struct sched_context *time);
void sched_destroy(struct sched_context *time);
/* Have a thread's operation end by itself after some time. */
void sched_timeout(struct thread *thread, uint64_t nanoseconds);
/* Do the bits say that the queue of a priority holds something? */
bool sched_is_marked(const struct hart *hart, unsigned priority);
/* Put it where it may be picked, or wait for its refill. Used by budget.c. */
void sched_enqueue(struct sched_context *time);

/* ---- budget.c */

void budget_set(struct sched_context *time, uint64_t budget, uint64_t period, uint64_t now);
/* It can be used now. */
bool budget_available(const struct sched_context *time, uint64_t now);
/* Nanoseconds that it can run from now. */
uint64_t budget_left(const struct sched_context *time);
/* Account for what was run. Returns whether the turn is over. */
bool budget_charge(struct sched_context *time, uint64_t used, uint64_t now);
/* Work begins, or ends. */
void budget_begin(struct sched_context *time, uint64_t now);
void budget_end(struct sched_context *time, uint64_t now);

#endif
