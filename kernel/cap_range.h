/* Capabilities to a range of interrupt lines or I/O ports: `object` is first + (count << 32), as in cap_mint and cap_identify. */
#ifndef CAP_RANGE_H
#define CAP_RANGE_H

#include "cap.h"

static inline word_t range_value(unsigned first, unsigned count)
{
    return first | (word_t)count << 32;
}

static inline unsigned cap_range_first(const struct slot *slot)
{
    return (unsigned)slot->object;
}

static inline unsigned cap_range_count(const struct slot *slot)
{
    return (unsigned)(slot->object >> 32);
}

/* The range is not empty and inside the capability's. */
static inline bool cap_range_holds(const struct slot *slot, word_t range)
{
    word_t first = range & 0xffffffff;
    word_t count = range >> 32;

    return count > 0 && first >= cap_range_first(slot) && first + count <= (word_t)cap_range_first(slot) + cap_range_count(slot);
}

#endif
