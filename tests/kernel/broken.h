/* A world in which one fact of kernel/invariants*.c does not hold. */
#ifndef BROKEN_H
#define BROKEN_H

/* All facts hold in the world as it stands. What the case does afterwards breaks one. */
void healthy(void);
/* It was healthy, and is so no more: the fact, as the assert of the function states it, is what check_invariants() stops at.
 * test_invariants_complete.py holds the pairs of function and fact against the kernel's. */
#define BREAKS(function, ...) invariants_stop_at(#function, #__VA_ARGS__)
void invariants_stop_at(const char *function, const char *fact);

#endif
