/* timer_queue.c: against a plain array, with removal from the middle. */
#include "timer_queue.h"

#include "check.h"

#define TIMERS 200

static struct timer timers[TIMERS];
static struct timer *queue;

/* Parents come first and know their children; ranks are what they should be. Returns how many there are. */
static unsigned check_heap(const struct timer *timer, const struct timer *parent)
{
    if (timer == NULL)
        return 0;
    unsigned right = timer->right == NULL ? 0 : timer->right->rank;
    unsigned left = timer->left == NULL ? 0 : timer->left->rank;
    CHECK(timer->armed && timer->parent == parent);
    CHECK(parent == NULL || parent->deadline <= timer->deadline);
    CHECK(left >= right);
    CHECK_EQUAL(timer->rank, right + 1);
    CHECK(timer->rank <= 8, "the way down on the right is too long");
    return 1 + check_heap(timer->left, timer) + check_heap(timer->right, timer);
}

CASE(the_earliest_is_first_whatever_is_removed)
{
    uint64_t seed = 21;

    for (unsigned step = 0; step < 20000; step++) {
        struct timer *timer = &timers[check_below(&seed, step % 4000 < 2000 ? TIMERS : 20)];
        if (timer->armed || check_below(&seed, 3) == 0)
            timer_remove(&queue, timer); /* also one that is not armed */
        else
            timer_insert(&queue, timer, check_below(&seed, 50));
        unsigned armed = 0;
        uint64_t earliest = ~0UL;
        for (unsigned i = 0; i < TIMERS; i++) {
            armed += timers[i].armed;
            if (timers[i].armed && timers[i].deadline < earliest)
                earliest = timers[i].deadline;
        }
        CHECK_EQUAL(check_heap(queue, NULL), armed);
        CHECK(queue == NULL ? armed == 0 : queue->deadline == earliest);
    }
}
