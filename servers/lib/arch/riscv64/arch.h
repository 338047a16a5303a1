/* What the client library needs to know of riscv64. */
#ifndef ARCH_H
#define ARCH_H

#include <stdint.h>

/* The counter that struct clock_scale speaks of: the platform's timer. */
static inline uint64_t arch_counter(void)
{
    uint64_t value;

    __asm__ volatile("csrr %0, time" : "=r"(value));
    return value;
}

static inline uint64_t arch_instructions(void)
{
    uint64_t value;

    __asm__ volatile("csrr %0, instret" : "=r"(value));
    return value;
}

/* An instruction that faults. */
static inline _Noreturn void arch_fault(void)
{
    __asm__ volatile("unimp");
    __builtin_unreachable();
}

#endif
