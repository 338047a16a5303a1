/*
 * The kernel's own mistakes. A panic fills panic_record, which the lab reads from the machine's memory, prints one line on the UART and
 * stops the machine with a failure. It allocates nothing and takes nothing for granted but a stack.
 */
#ifndef PANIC_H
#define PANIC_H

#include <tiss/abi.h>
#include <tiss/registers.h>

#include "types.h"

extern struct panic_record panic_record;

/* Stop because of what the sentence says. */
#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)

/* Debug builds: the fact holds, or the kernel stops and prints it with the values (integers, at most four). */
#define assert(fact, ...)                                                                                                            \
    do {                                                                                                                             \
        if (BUILD_DEBUG && !(fact)) {                                                                                                \
            const word_t panic_values[] = {0, ##__VA_ARGS__};                                                                        \
            panic_fact(__FILE__, __LINE__, #fact, #__VA_ARGS__, panic_values + 1, array_count(panic_values) - 1);                    \
        }                                                                                                                            \
    } while (0)

_Noreturn void panic_at(const char *file, unsigned line, const char *pattern, ...);
_Noreturn void panic_fact(const char *file, unsigned line, const char *fact, const char *names, const word_t *values, unsigned count);
/* The kernel itself trapped, by the exception of this number: cause and address are the architecture's own. */
_Noreturn void panic_trap(const struct registers *registers, word_t number, word_t cause, vaddr_t address);

#endif
