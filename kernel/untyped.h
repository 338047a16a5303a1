/*
 * Untyped memory: a range that objects are carved from, upwards.
 *
 * The capability holds all there is to know: `object` is the physical base; `value` is, in units of 64 bytes, how much is used (low 32
 * bits) and up to where memory is known to be zero (high 32 bits, never less). Both start anew when nothing derived is left.
 */
#ifndef UNTYPED_H
#define UNTYPED_H

#include "cap.h"

/* Bytes used. */
word_t untyped_used(const struct slot *untyped);
/* log2 of the size of an object, from its type and what retype was asked for; 0 if that cannot be. */
unsigned untyped_object_bits(unsigned type, word_t size_bits);
/* Carve an object into an empty slot of `table` (for its nesting). STATUS_AGAIN until its memory is zeroed. */
status_t untyped_carve(struct slot *untyped, unsigned type, unsigned size_bits, word_t offset, struct slot *slot, const struct slot *table);

#endif
