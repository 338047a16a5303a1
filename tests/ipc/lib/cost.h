/*
 * What programs share that perform an operation over and over while it is counted: see docs/howto-measure.md.
 *
 *     TEST(signal_no_waiter)
 *     {
 *         for (unsigned round = 0; round < ROUNDS; round++) {
 *             mark_begin();
 *             status_t status = signal(notification);
 *             mark_end();
 *             ok(status);
 *             sample_take();
 *         }
 *         samples_tell();
 *     }
 *
 * A case is an operation and has its name. What is counted lies between the instruction after mark_begin and the first of mark_end, which
 * may be another thread's. Each round counts itself by the processor's counter; the lab counts the same by a plugin, which finds the marks
 * by their addresses.
 */
#ifndef COST_H
#define COST_H

#include "guest.h"

#define WARM_UP 4 /* rounds that do not count: by then all is as it stays */
#define SAMPLES 32
#define ROUNDS (WARM_UP + SAMPLES)

/* Kinds of marks; tisslab/cost/trace.py knows them. */
#define MARK_BEGIN 0     /* what is counted begins with the instruction after this one, */
#define MARK_INTERRUPT 1 /* or, after this one, with the kernel's first at the next interrupt, */
#define MARK_END 2       /* and ends before this one */
#define MARK_FAULT 3     /* this one faults and is executed once more: the counter does not have the first attempt */

#define COST_WINDOW WINDOW /* what an operation maps */

/* The counter at the last two marks. */
extern word_t cost_begun, cost_ended;

#include "mark.h"

/* A round is over. */
void sample_take(void);
/* Tell the lab what the rounds counted, warming up left out. */
void samples_tell(void);
/* The same for an operation that begins where no program reads a counter: how many rounds there were is all. */
void samples_tell_uncounted(void);

/*
 * The other side: a thread in an address space and with a capability table of its own, and what its table holds. It has run to its first
 * wait when peer_start returns, if it is more urgent than the case.
 */
enum peer_slot { PEER_FIRST = 1, PEER_SECOND, PEER_EMPTY, PEER_SLOTS_BITS = 4 };

/* Make it, with this endpoint for its faults; 0: a fault of it fails the case. */
struct worker *peer_new(void (*run)(struct worker *self), unsigned priority, word_t fault);
/* Put a capability, made from `source`, into its table. */
void peer_give(enum peer_slot slot, word_t source, word_t rights);
/* Its address space. */
word_t peer_space(void);

#endif
