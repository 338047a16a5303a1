/* The floating-point unit, for the guest suite. */
#ifndef FPU_H
#define FPU_H

#include "tiss.h"

#define FPU_WORDS 33
#define FPU_CONTROL 32         /* the word that is fcsr */
#define FPU_CONTROL_START 0
#define FPU_CONTROL_OTHER 0x35 /* rounds towards zero; two flags are set */

/* There is one width. */
static inline bool fpu_is_wide(void)
{
    return false;
}

/* This word is part of the unit. */
static inline bool fpu_has_word(unsigned index)
{
    return index < FPU_WORDS;
}

/* fpu.S: all of the unit's registers; `wide` is fpu_is_wide(). */
void fpu_put(const word_t words[FPU_WORDS], bool wide);
void fpu_get(word_t words[FPU_WORDS], bool wide);

#endif
