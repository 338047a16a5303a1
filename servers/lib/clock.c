/* Time: the cycle counter, scaled as the kernel says. */
#include "arch.h"
#include "tiss.h"

uint64_t clock_scaled(const struct clock_scale *scale)
{
    unsigned __int128 product = (unsigned __int128)(arch_counter() - scale->origin) * scale->multiplier;
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;

    /* A shift by a variable of 128 bits would call the compiler's library, which is not here. */
    return scale->shift ? high << (64 - scale->shift) | low >> scale->shift : low;
}

uint64_t clock_ns(void)
{
    return clock_scaled(&start_information()->clock);
}

uint64_t clock_instructions(void)
{
    return arch_instructions();
}

bool clock_counts_instructions(void)
{
    return start_information()->clock.instructions != 0;
}
