/* What the rounds of an operation counted. */
#include "cost.h"

word_t cost_begun, cost_ended;

static word_t rounds, overhead, least = ~0UL, most;

static word_t between(void)
{
    return (uint32_t)(cost_ended - cost_begun);
}

/* From reading the counter to reading it again there are instructions of the marks' own. */
static word_t count_nothing(void)
{
    mark_begin();
    mark_end();
    return between();
}

void sample_take(void)
{
    word_t count = between();

    if (rounds++ == 0)
        overhead = count_nothing();
    if (rounds <= WARM_UP)
        return;
    least = count < least ? count : least;
    most = count > most ? count : most;
}

void samples_tell(void)
{
    expect_equal(rounds, ROUNDS);
    guest_tell("counted", SAMPLES, least - overhead, most - overhead);
}

void samples_tell_uncounted(void)
{
    expect_equal(rounds, ROUNDS);
    guest_tell("uncounted", SAMPLES, 0, 0);
}
