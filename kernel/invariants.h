/*
 * Facts that hold whenever no system call is under way. Debug builds check them after every system call if the command line has the word
 * check=invariants; each is a function of its own, and a fact that does not hold is a panic with its values. Each has a case that breaks
 * it in tests/kernel/test_invariants*.c.
 *
 *   invariants.c         the walk from init's table, and what only a whole walk can tell
 *   invariants_cap.c     the derivation tree, memory, mappings, interrupt bindings
 *   invariants_thread.c  threads, endpoints, notifications, reply objects
 *   invariants_time.c    scheduling contexts and the hart's queues
 */
#ifndef INVARIANTS_H
#define INVARIANTS_H

#include "types.h"

struct endpoint;
struct hart;
struct notification;
struct reply;
struct sched_context;
struct slot;
struct thread;

/* Remember where all capabilities are reached from: init's table. `wanted`: check after each system call. */
void invariants_init(struct slot *table, unsigned slots, bool wanted);
/* Check if that is wanted. */
void invariants_after_syscall(void);
/* Walk everything. */
void check_invariants(void);

/* ---- the parts of the walk */

/* Nothing, if the slot is empty. */
void invariants_of_capability(const struct slot *slot);
void invariants_of_binding(unsigned line);
/* With the capabilities that it holds. */
void invariants_of_thread(const struct thread *thread);
void invariants_of_endpoint(const struct endpoint *endpoint);
void invariants_of_notification(const struct notification *notification);
void invariants_of_reply(const struct reply *reply);
void invariants_of_time(const struct sched_context *time);
void invariants_of_hart(const struct hart *hart);

#endif
