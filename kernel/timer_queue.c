#include "timer_queue.h"

static unsigned rank(const struct timer *timer)
{
    return timer == NULL ? 0 : timer->rank;
}

/* The shorter way down is on the right. */
static void lean(struct timer *timer)
{
    if (rank(timer->left) < rank(timer->right)) {
        struct timer *right = timer->right;
        timer->right = timer->left;
        timer->left = right;
    }
    timer->rank = (uint8_t)(rank(timer->right) + 1);
}

/* Recurses along the right sides alone: at most twice the logarithm of how many there are. */
static struct timer *merge(struct timer *one, struct timer *other)
{
    if (one == NULL || other == NULL)
        return one == NULL ? other : one;
    if (other->deadline < one->deadline) {
        struct timer *earlier = other;
        other = one;
        one = earlier;
    }
    one->right = merge(one->right, other);
    one->right->parent = one;
    lean(one);
    return one;
}

void timer_insert(struct timer **queue, struct timer *timer, uint64_t deadline)
{
    timer->deadline = deadline;
    timer->left = timer->right = NULL;
    timer->rank = 1;
    timer->armed = true;
    *queue = merge(*queue, timer);
    (*queue)->parent = NULL;
}

void timer_remove(struct timer **queue, struct timer *timer)
{
    if (!timer->armed)
        return;
    struct timer *rest = merge(timer->left, timer->right);
    struct timer *parent = timer->parent;
    if (rest != NULL)
        rest->parent = parent;
    if (parent == NULL)
        *queue = rest;
    else if (parent->left == timer)
        parent->left = rest;
    else
        parent->right = rest;
    for (; parent != NULL; parent = parent->parent) {
        unsigned was = parent->rank;
        lean(parent);
        if (parent->rank == was)
            break;
    }
    timer->armed = false;
}
