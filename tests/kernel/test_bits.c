/* bits.h: every bit is found, whatever stands above it. */
#include "bits.h"

#include "check.h"

CASE(the_lowest_bit_is_found)
{
    uint64_t random = 1;

    for (unsigned bit = 0; bit < 64; bit++) {
        CHECK_EQUAL(lowest_bit_by_table(1UL << bit), bit);
        CHECK_EQUAL(lowest_bit_by_table(~0UL << bit), bit);
        CHECK_EQUAL(lowest_bit_by_table((check_random(&random) | 1) << bit), bit);
    }
}
