/* The floating-point unit, for the guest suite. */
#ifndef FPU_H
#define FPU_H

#include "tiss.h"

#define FPU_WORDS 66
#define FPU_CONTROL 64           /* the word that is MXCSR */
#define FPU_CONTROL_START 0x1f80
#define FPU_CONTROL_OTHER 0x7f80 /* rounds towards zero */

/* The registers are of four words, not two. */
static inline bool fpu_is_wide(void)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if (!(ecx & 1U << 27)) /* OSXSAVE */
        return false;
    __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
    return eax & 4;
}

/* This word is part of the unit. */
static inline bool fpu_has_word(unsigned index)
{
    return index >= FPU_CONTROL || index % 4 < 2 || fpu_is_wide();
}

/* fpu.S: all of the unit's registers; `wide` is fpu_is_wide(). */
void fpu_put(const word_t words[FPU_WORDS], bool wide);
void fpu_get(word_t words[FPU_WORDS], bool wide);

#endif
