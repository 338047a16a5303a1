/* Threads that play: each with time of its own, started, in the root table; what they do, they do when it is their turn. */
#ifndef CAST_H
#define CAST_H

#include "endpoint.h"
#include "hart.h"
#include "notification.h"
#include "reply.h"
#include "sched.h"
#include "world.h"

enum cast_slot {
    CAST_ENDPOINT = 10,
    CAST_OTHER_ENDPOINT,
    CAST_BADGED, /* of CAST_ENDPOINT, badge CAST_BADGE */
    CAST_NOTIFICATION,
    CAST_BADGED_NOTIFICATION, /* badge CAST_BADGE */
    CAST_REPLY,
    CAST_OTHER_REPLY,
    CAST_THREADS = 20, /* four slots each: thread, time, and two to spare */
};

#define CAST_BADGE 0x77

/* The world, with the objects above. */
void cast_begin(void);
/* Thread `index`, of a priority, started. `own_time`: false makes one that runs only on its callers'. */
struct thread *cast_thread(unsigned index, unsigned priority, bool own_time);
struct endpoint *cast_endpoint(unsigned slot);
/* Let the processor go on until it is this thread's turn; among equals it comes. */
void cast_turn(struct thread *thread);
/* A system call of a thread at its turn; returns what stands in its status register afterwards, also if it waits. */
status_t cast_act(struct thread *thread, unsigned number, word_t cap, word_t info, const word_t *words);
#define ACT(thread, number, cap, info, ...) cast_act(thread, number, cap, info, (const word_t[5]){__VA_ARGS__})
/* Delete what is in a slot of the root table, from outside. */
void cast_delete(unsigned slot);
/* Everything holds that must between system calls: the kernel's own invariants, and those of cast_check.c. */
void cast_check(void);

#endif
