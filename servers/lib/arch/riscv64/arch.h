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

/* The shortest instruction that raises a breakpoint: C.EBREAK. */
#define ARCH_BREAK 0x9002
#define ARCH_BREAK_BYTES 2

/* Code was written: this hart's fetches see it from now on. User mode cannot tell another hart. */
static inline void arch_code_written(void)
{
    __asm__ volatile("fence.i" : : : "memory");
}

/* An instruction that faults. */
static inline _Noreturn void arch_fault(void)
{
    __asm__ volatile("unimp");
    __builtin_unreachable();
}

#endif
