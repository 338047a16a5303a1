/*
 * The lowest bit of a word, for a processor without an instruction for it: a de Bruijn sequence maps each power of two to a different top
 * six bits (Leiserson, Prokop, Randall: Using de Bruijn Sequences to Index a 1 in a Computer Word, 1998).
 */
#ifndef BITS_H
#define BITS_H

#include "types.h"

#define DE_BRUIJN 0x03f79d71b4cb0a89UL

extern const uint8_t lowest_bit_table[64];

static inline unsigned lowest_bit_by_table(word_t word)
{
    return lowest_bit_table[(word & -word) * DE_BRUIJN >> 58];
}

#endif
