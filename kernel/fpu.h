/*
 * Floating point and vectors, lazily: the unit is off while a thread runs that does not own it, and the first use traps. Then the owner's
 * state is saved into its struct thread, the other's is loaded, and the unit is its. So switching threads costs nothing for those that do
 * not use it, and no thread can see what another left there. The kernel uses none itself.
 */
#ifndef FPU_H
#define FPU_H

struct thread;

/* The thread, which runs, used the unit while it was off: it owns it now. */
void fpu_take(struct thread *thread);
/* The thread starts afresh or ends: what it had in the unit counts no more. It does not run. */
void fpu_forget(struct thread *thread);

#endif
