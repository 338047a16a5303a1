/*
 * Marks: see cost.h. Each reads the counter, and leaves its address and kind in a section that is not loaded, whose name makes linkers
 * keep it as they keep debugging information. The instructions of mark_begin lie before what is counted, those of mark_end behind it.
 */
#ifndef MARK_H
#define MARK_H

#define MARK_(kind) ".pushsection .debug_marks, \"\"; .quad 1b, " #kind "; .popsection\n"
#define MARK(kind) MARK_(kind)
#define ALWAYS static inline __attribute__((always_inline)) void

ALWAYS mark_begin(void)
{
    __asm__ volatile("rdtsc\n1: movl %%eax, cost_begun(%%rip)\n" MARK(MARK_BEGIN) : : : "rax", "rdx", "memory");
}

ALWAYS mark_end(void)
{
    __asm__ volatile("1: rdtsc; movl %%eax, cost_ended(%%rip)\n" MARK(MARK_END) : : : "rax", "rdx", "memory");
}

/* An interrupt is about to come. */
ALWAYS mark_interrupt(void)
{
    __asm__ volatile("1: nop\n" MARK(MARK_INTERRUPT) : : : "memory");
}

/* Write to a page that is not there. */
ALWAYS fault_marked(word_t vaddr)
{
    __asm__ volatile("1: movb $0, (%0)\n" MARK(MARK_FAULT) : : "r"(vaddr) : "memory");
}

/* Something that takes the floating-point unit. Should it fault for that, the counter has both attempts. */
ALWAYS fpu_use(void)
{
    __asm__ volatile("addsd %%xmm0, %%xmm0" : : : "memory");
}

ALWAYS nops_10(void)
{
    __asm__ volatile(".rept 10; nop; .endr");
}

ALWAYS nops_100(void)
{
    __asm__ volatile(".rept 100; nop; .endr");
}

#endif
