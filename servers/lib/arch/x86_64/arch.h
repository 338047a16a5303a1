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

/* The shortest instruction that raises a breakpoint: INT3. */
#define ARCH_BREAK 0xcc
#define ARCH_BREAK_BYTES 1

/* Code was written: the return to another thread serializes, so its fetches see it (SDM 8.1.3, 8.3: IRET). */
static inline void arch_code_written(void)
{
    __asm__ volatile("" : : : "memory");
}

/* An instruction that faults. */
static inline _Noreturn void arch_fault(void)
{
    __asm__ volatile("ud2");
    __builtin_unreachable();
}

#endif
