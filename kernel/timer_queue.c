#include "timer_queue.h"

#include <cpu.h>

/* What is over stands where the present moment does. */
unsigned timer_place(const struct timer_queue *queue, uint64_t deadline)
{
    uint64_t moment = deadline > queue->base ? deadline : queue->base;
    unsigned wheel = 0;

    for (uint64_t above = (moment ^ queue->base) >> WHEEL_BITS; above != 0; above >>= WHEEL_BITS)
        wheel++;
    return wheel * WHEEL_SLOTS + (moment >> wheel * WHEEL_BITS & (WHEEL_SLOTS - 1));
}

static void mark(struct timer_queue *queue, unsigned place)
{
    queue->used[place / WHEEL_SLOTS] |= bit(place % WHEEL_SLOTS);
    queue->wheels |= bit(place / WHEEL_SLOTS);
}

static void unmark(struct timer_queue *queue, unsigned place)
{
    unsigned wheel = place / WHEEL_SLOTS;

    queue->used[wheel] &= ~bit(place % WHEEL_SLOTS);
    if (queue->used[wheel] == 0)
        queue->wheels &= ~bit(wheel);
}

void timer_insert(struct timer_queue *queue, struct timer *timer, uint64_t deadline)
{
    unsigned place = timer_place(queue, deadline);
    struct timer *first = queue->list[place];

    queue->looked = false;
    timer->deadline = deadline;
    timer->place = (uint16_t)place;
    timer->armed = true;
    if (first == NULL) {
        timer->next = timer->prev = timer;
        queue->list[place] = timer;
        mark(queue, place);
        return;
    }
    timer->next = first;
    timer->prev = first->prev;
    first->prev->next = timer;
    first->prev = timer;
}

void timer_remove(struct timer_queue *queue, struct timer *timer)
{
    unsigned place = timer->place;

    if (!timer->armed)
        return;
    queue->looked = false;
    timer->armed = false;
    if (timer->next != timer) {
        timer->next->prev = timer->prev;
        timer->prev->next = timer->next;
        if (queue->list[place] == timer)
            queue->list[place] = timer->next;
        return;
    }
    queue->list[place] = NULL;
    unmark(queue, place);
    if (queue->spreading == place)
        queue->spreading = 0;
}

/* The first in the earliest place, or NULL. */
static struct timer *earliest(const struct timer_queue *queue)
{
    if (queue->wheels == 0)
        return NULL;
    unsigned wheel = lowest_bit(queue->wheels);
    return queue->list[wheel * WHEEL_SLOTS + lowest_bit(queue->used[wheel])];
}

/* When the place where this one stands is looked at: it is alone, or all are due at once, or its slot begins. */
static uint64_t begins(const struct timer *timer)
{
    unsigned wheel = timer->place / WHEEL_SLOTS;

    return timer->next == timer ? timer->deadline : align_down(timer->deadline, bit(wheel * WHEEL_BITS));
}

uint64_t timer_queue_look(struct timer_queue *queue)
{
    const struct timer *first = earliest(queue);

    queue->next = queue->spreading != 0 ? 0 : first == NULL ? ~0UL : begins(first);
    queue->looked = true;
    return queue->next;
}

struct timer *timer_step(struct timer_queue *queue, uint64_t now)
{
    if (queue->spreading != 0) {
        struct timer *timer = queue->list[queue->spreading];
        timer_remove(queue, timer);
        timer_insert(queue, timer, timer->deadline);
    }
    struct timer *first = earliest(queue);
    if (first == NULL || begins(first) > now)
        return NULL;

    bool ends = first->next == first || first->place < WHEEL_SLOTS;
    if (queue->spreading == 0 && begins(first) > queue->base) /* the wheels below are empty, and all others are later */
        queue->base = begins(first);
    if (ends) {
        timer_remove(queue, first);
        return first;
    }
    if (queue->spreading == 0) {
        unmark(queue, first->place);
        queue->spreading = first->place;
        queue->looked = false;
    }
    return NULL;
}
