/*
 * System calls. Each handler is syscall_<name>(thread): it decodes its arguments by name, looks capabilities up with their type and
 * rights, checks, and only then changes anything; nothing fails after the first change.
 */
#ifndef SYSCALL_H
#define SYSCALL_H

#include <tiss/abi.h>

#include "types.h"

struct thread;

/* What a handler returns when the thread's registers already say what is to be said, or will when it is woken. */
#define STATUS_SET STATUS_COUNT

#define SYSCALL_DECLARE(upper, lower) status_t syscall_##lower(struct thread *thread);
SYSCALLS(SYSCALL_DECLARE)
#undef SYSCALL_DECLARE

#endif
