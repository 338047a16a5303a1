/* What the client library needs to know of x86_64. */
#ifndef ARCH_H
#define ARCH_H

#include <stdint.h>

/* The cycle counter that struct clock_scale speaks of; it counts instructions where clock_scale.instructions says so. */
static inline uint64_t arch_counter(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline uint64_t arch_instructions(void)
{
    return arch_counter();
}

/* An instruction that faults. */
static inline _Noreturn void arch_fault(void)
{
    __asm__ volatile("ud2");
    __builtin_unreachable();
}

#endif
