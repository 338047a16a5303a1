/* What registers.S works on: see there. */
#ifndef HELD_H
#define HELD_H

#define HELD_SEED 0
#define HELD_NUMBER 8
#define HELD_ROUNDS 16
#define HELD_STOP 24
#define HELD_SEEN 32

#ifndef __ASSEMBLER__

#include "guest.h"

struct held {
    word_t seed, number;
    volatile word_t rounds, stop;
    word_t seen[HELD_COUNT];
};

_Static_assert(offsetof(struct held, seen) == HELD_SEEN && offsetof(struct held, stop) == HELD_STOP, "registers.S uses them");

void registers_hold(struct held *held);
void registers_over_call(struct held *held);

#endif
#endif
