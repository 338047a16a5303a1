/* Threads of equal priority, in two address spaces, that give way to each other. */
#include "cost.h"

static void give_way(struct worker *self)
{
    (void)self;
    for (;;) {
        yield();
        mark_end();
    }
}

/* Until the other thread goes on. */
TEST(yield_switch)
{
    worker_start(peer_new(give_way, CASE_PRIORITY, 0));
    yield();
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        yield();
        sample_take();
    }
    samples_tell();
}
