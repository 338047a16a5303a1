/* A user thread's registers, as portable code sets them. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "arch.h"

/* What is zero becomes those of a thread in user mode. */
void registers_init(struct registers *registers);
/* Of a thread that starts: program counter, stack pointer, first argument of C (which is where a capability is given too), all else 0. */
void registers_start(struct registers *registers, vaddr_t pc, vaddr_t sp, word_t argument);

#endif
