/*
 * Facts that hold whenever no system call is under way. Debug builds check them after every system call if the command line has the word
 * check=invariants; each is a function of its own in invariants.c, and a fact that does not hold is a panic with its values.
 */
#ifndef INVARIANTS_H
#define INVARIANTS_H

#include "types.h"

struct slot;

/* Remember where all capabilities are reached from: init's table. `wanted`: check after each system call. */
void invariants_init(struct slot *table, unsigned slots, bool wanted);
/* Check if that is wanted. */
void invariants_after_syscall(void);
/* Walk everything. */
void check_invariants(void);

#endif
