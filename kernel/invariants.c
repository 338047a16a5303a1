#include "invariants.h"

#include "cap.h"
#include "endpoint.h"
#include "hart.h"
#include "irq.h"
#include "memory.h"
#include "notification.h"
#include "paging.h"
#include "panic.h"
#include "reply.h"
#include "sched.h"
#include "space.h"
#include "thread.h"
#include "untyped.h"

static struct slot *root_table;
static unsigned root_slots;
static bool enabled;
static bool fpu_owner_seen; /* by the walk that is under way */

/* ---- the derivation tree */

/* Neighbours in the list point to each other. */
static void links_are_mutual(const struct slot *slot)
{
    const struct slot *next = cap_next(slot);
    const struct slot *prev = cap_prev(slot);

    assert(next == NULL || cap_prev(next) == slot, (word_t)slot, (word_t)next);
    assert(prev == NULL || cap_next(prev) == slot, (word_t)slot, (word_t)prev);
}

/* The list is a preorder: it starts at the top, and goes down one level at a time. */
static void depth_is_a_preorder(const struct slot *slot)
{
    const struct slot *prev = cap_prev(slot);

    assert(prev == NULL ? slot->depth == 0 : slot->depth <= prev->depth + 1, (word_t)slot, slot->depth);
    assert(slot->depth <= DEPTH_MAX, (word_t)slot, slot->depth);
}

static const struct slot *parent_of(const struct slot *slot)
{
    const struct slot *prev = cap_prev(slot);

    while (prev != NULL && prev->depth >= slot->depth)
        prev = cap_prev(prev);
    return prev;
}

/* What is made by retype stands below its untyped; every other derived capability below one to the same object. */
static void parent_is_the_origin(const struct slot *slot)
{
    const struct slot *parent = parent_of(slot);

    if (parent == NULL)
        return;
    if (slot->flags & SLOT_FIRST)
        assert(parent->type == OBJECT_UNTYPED, (word_t)slot, (word_t)parent, parent->type);
    else
        assert(parent->type == slot->type, (word_t)slot, (word_t)parent, parent->type, slot->type);
}

/* Rights only shrink. */
static void rights_shrink(const struct slot *slot)
{
    const struct slot *parent = parent_of(slot);

    if (parent != NULL && parent->type != OBJECT_UNTYPED)
        assert((slot->rights & ~parent->rights) == 0, (word_t)slot, slot->rights, parent->rights);
}

/* A badge, once given, stays. */
static void badge_is_kept(const struct slot *slot)
{
    const struct slot *parent = parent_of(slot);

    if (parent != NULL && (slot->type == OBJECT_ENDPOINT || slot->type == OBJECT_NOTIFICATION) && parent->type == slot->type)
        assert(parent->value == 0 || parent->value == slot->value, (word_t)slot, parent->value, slot->value);
}

/* An object lies in the used part of its untyped. */
static void object_is_inside_its_untyped(const struct slot *slot)
{
    const struct slot *parent = parent_of(slot);

    if (!(slot->flags & SLOT_FIRST) || parent == NULL)
        return;
    paddr_t start = cap_paddr(slot);
    assert(start >= parent->object && start + (1UL << slot->size_bits) <= parent->object + untyped_used(parent), (word_t)slot, start,
           parent->object, untyped_used(parent));
}

/* Objects of one untyped do not overlap: each that is made comes first among its siblings and lies behind them all. */
static void objects_are_disjoint(const struct slot *slot)
{
    const struct slot *next = cap_next(slot);

    while (next != NULL && next->depth > slot->depth)
        next = cap_next(next);
    if (slot->flags & SLOT_FIRST && next != NULL && next->depth == slot->depth && next->flags & SLOT_FIRST && slot->depth > 0)
        assert(cap_paddr(next) + (1UL << next->size_bits) <= cap_paddr(slot), (word_t)slot, cap_paddr(slot), cap_paddr(next));
}

/* An untyped's counts are in order. */
static void untyped_progress_is_ordered(const struct slot *slot)
{
    if (slot->type == OBJECT_UNTYPED)
        assert((slot->value & 0xffffffff) <= slot->value >> 32 && slot->value >> 32 << 6 <= 1UL << slot->size_bits, (word_t)slot,
               slot->value);
}

/* Tables nest within their limit, and none claims more slots than it has. */
static void tables_are_bounded(const struct slot *slot)
{
    if (slot->type == OBJECT_CTABLE)
        assert(slot->nest <= NEST_MAX && slot->value <= 1UL << (slot->size_bits - CAP_BITS), (word_t)slot, slot->nest, slot->value);
}

/* ---- address spaces */

/* A frame that is mapped is mapped as its capability says, with no more rights, and never writable and executable. */
static void mapping_agrees_with_its_capability(const struct slot *slot)
{
    const pte_t *entry = slot->type == OBJECT_FRAME ? space_entry(slot) : NULL;

    if (entry == NULL)
        return;
    unsigned level = (slot->size_bits - PAGE_BITS) / 9u;
    unsigned rights = slot->rights & (RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE);
    bool agrees = false;
    for (unsigned subset = 0; subset <= rights && !agrees; subset++)
        if ((subset & ~rights) == 0 && (subset & (RIGHT_WRITE | RIGHT_EXECUTE)) != (RIGHT_WRITE | RIGHT_EXECUTE))
            agrees = *entry == pte_leaf(slot->object, subset | RIGHT_READ, true, level);
    assert(agrees, (word_t)slot, *entry, slot->rights);
}

/* Every address space shares the kernel's half. */
static void kernel_half_is_shared(const struct slot *slot)
{
    if (slot->type != OBJECT_VSPACE || !(slot->flags & SLOT_FIRST))
        return;
    const pte_t *root = direct(slot->object);
    const pte_t *kernel = paging_kernel_half();
    for (unsigned i = 0; i < PAGE_ENTRIES / 2; i++)
        assert(root[PAGE_ENTRIES / 2 + i] == kernel[i], (word_t)slot, i);
}

/* ---- threads */

/* A thread and its time know each other. */
static void time_is_mutual(const struct thread *thread)
{
    assert(thread->time == NULL || thread->time->thread == thread, (word_t)thread, (word_t)thread->time);
}

/* A scheduling context's home is the thread whose own it is. */
static void home_is_mutual(const struct thread *thread)
{
    const struct sched_context *own = thread_own_time(thread);

    assert(own == NULL || own->home == thread, (word_t)thread, (word_t)own);
}

/* A ready thread that has time will run; one that is not ready will not. */
static void ready_is_queued(const struct thread *thread)
{
    const struct sched_context *time = thread->time;

    if (time == NULL)
        return;
    bool listed = time->queued || hart_self()->running == time || time->timer.armed;
    if (thread->state == THREAD_READY)
        assert(listed, (word_t)thread, (word_t)time);
    else
        assert(!listed || thread->state == THREAD_CALLING, (word_t)thread, thread->state, time->queued);
}

/* A thread has a timer only while it waits. */
static void timer_is_for_waiting(const struct thread *thread)
{
    assert(!thread->timer.armed || (thread->state != THREAD_READY && thread->state != THREAD_STOPPED), (word_t)thread, thread->state);
}

/* Time that waits to help, and whom it waits for, know each other; the server that helpers find knows its endpoint. */
static void helping_is_mutual(const struct thread *thread)
{
    assert(thread->helper == NULL || thread->helper->parked_on == thread, (word_t)thread, (word_t)thread->helper);
    assert(thread->serves == NULL || thread->serves->server == thread, (word_t)thread, (word_t)thread->serves);
}

/* A caller and who took its call know each other. */
static void call_is_mutual(const struct thread *thread)
{
    assert(thread->caller == NULL || thread->caller->callee == thread, (word_t)thread, (word_t)thread->caller);
    assert(thread->callee == NULL || thread->callee->caller == thread, (word_t)thread, (word_t)thread->callee);
    assert(thread->saved == NULL || thread->saved->caller == thread, (word_t)thread, (word_t)thread->saved);
}

/* Who awaits an answer has exactly one that owes it; nobody else has any. */
static void awaiting_is_owed(const struct thread *thread)
{
    unsigned owed = (thread->callee != NULL) + (thread->saved != NULL);

    assert(owed == (thread->state == THREAD_AWAITING), (word_t)thread, thread->state, owed);
}

/* A thread is in the queue that its state names, and in no other. */
static void queue_agrees_with_state(const struct thread *thread)
{
    bool on_endpoint = thread->state == THREAD_SENDING || thread->state == THREAD_CALLING || thread->state == THREAD_RECEIVING;

    assert(on_endpoint == (thread->endpoint != NULL), (word_t)thread, thread->state, (word_t)thread->endpoint);
    assert((thread->sent_by != NULL) == (thread->state == THREAD_SENDING || thread->state == THREAD_CALLING), (word_t)thread, thread->state);
    assert(thread->sent_by == NULL || (thread->sent_by->space > 0 && thread->sent_by->object == (word_t)thread->endpoint), (word_t)thread);
    assert((thread->state == THREAD_WAITING) == (thread->notification != NULL), (word_t)thread, thread->state);
    assert((thread->next != NULL) == (on_endpoint || thread->state == THREAD_WAITING), (word_t)thread, thread->state);
    if (thread->next != NULL)
        assert(thread->next->prev == thread && thread->prev->next == thread, (word_t)thread, (word_t)thread->next);
}

/* Only a thread whose message is under way has a fault pending. */
static void fault_is_under_way(const struct thread *thread)
{
    assert(!thread->fault.pending || thread->state == THREAD_CALLING || thread->state == THREAD_AWAITING, (word_t)thread, thread->state);
}

/* ---- endpoints and notifications */

/* An endpoint's queue holds senders or receivers, never both. */
static void endpoint_queue_is_of_one_kind(const struct endpoint *endpoint)
{
    const struct thread *head = endpoint->queue;

    for (const struct thread *thread = head; thread != NULL; thread = thread->next == head ? NULL : thread->next)
        assert(thread->endpoint == endpoint && (thread->state == THREAD_RECEIVING) == (head->state == THREAD_RECEIVING),
               (word_t)endpoint, (word_t)thread, thread->state);
}

/* Nobody waits for bits that are there, and the bound thread knows. */
static void notification_is_consistent(const struct notification *notification)
{
    assert(notification->bits == 0 || notification->queue == NULL, (word_t)notification, notification->bits);
    if (notification->bound != NULL) {
        const struct slot *held = &notification->bound->slots[THREAD_NOTIFICATION];
        assert(held->type == OBJECT_NOTIFICATION && held->object == (word_t)notification, (word_t)notification,
               (word_t)notification->bound);
    }
}

/* A budget's refills add up to it; in a turn without limit, to no more. */
static void refills_add_up(const struct sched_context *time)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < time->count; i++)
        sum += time->refill[(time->head + i) % REFILLS].amount;
    assert(time->count > 0 && (time->budget == time->period ? sum <= time->budget : sum == time->budget), (word_t)time, sum, time->budget);
}

/* A reply object and the caller in it know each other. */
static void reply_is_mutual(const struct reply *reply)
{
    assert(reply->caller == NULL || reply->caller->saved == reply, (word_t)reply, (word_t)reply->caller);
}

/* ---- the hart */

/* The bits say which queues hold something, and every queue holds what belongs there. */
static void ready_queues_are_consistent(const struct hart *hart)
{
    for (unsigned priority = 0; priority < PRIORITIES; priority++) {
        const struct sched_context *head = hart->queue[priority];
        assert((head != NULL) == sched_is_marked(hart, priority), priority, (word_t)head);
        const struct sched_context *time = head;
        while (time != NULL) {
            assert(time->queued && time->priority == priority && time->next->prev == time, (word_t)time, priority, time->priority);
            time = time->next == head ? NULL : time->next;
        }
    }
}

/* No timer is due before the one above it, and each knows its place. */
static void timers_are_a_heap(const struct timer *timer)
{
    const struct timer *children[] = {timer->left, timer->right};

    assert(timer->armed, (word_t)timer);
    for (unsigned i = 0; i < array_count(children); i++) {
        if (children[i] == NULL)
            continue;
        assert(children[i]->parent == timer && children[i]->deadline >= timer->deadline, (word_t)timer, (word_t)children[i]);
        timers_are_a_heap(children[i]);
    }
}

/* What runs is in no queue and has somebody to run. */
static void running_is_not_queued(const struct hart *hart)
{
    const struct sched_context *running = hart->running;

    if (running != NULL)
        assert(!running->queued && !running->timer.armed && running->thread != NULL, (word_t)running, (word_t)running->thread);
}

/* The floating-point unit is nobody's, or that of a thread that is there and used it. */
static void fpu_owner_is_alive(const struct hart *hart)
{
    assert(hart->fpu_owner == NULL || (fpu_owner_seen && hart->fpu_owner->fpu_used), (word_t)hart->fpu_owner);
}

/* ---- the walk */

static void check_thread(struct thread *thread)
{
    fpu_owner_seen |= thread == hart_self()->fpu_owner;
    time_is_mutual(thread);
    home_is_mutual(thread);
    ready_is_queued(thread);
    timer_is_for_waiting(thread);
    helping_is_mutual(thread);
    call_is_mutual(thread);
    awaiting_is_owed(thread);
    queue_agrees_with_state(thread);
    fault_is_under_way(thread);
}

static void check_slot(const struct slot *slot)
{
    links_are_mutual(slot);
    depth_is_a_preorder(slot);
    parent_is_the_origin(slot);
    rights_shrink(slot);
    badge_is_kept(slot);
    object_is_inside_its_untyped(slot);
    objects_are_disjoint(slot);
    untyped_progress_is_ordered(slot);
    tables_are_bounded(slot);
    mapping_agrees_with_its_capability(slot);
    kernel_half_is_shared(slot);
}

static void check_table(struct slot *slots, uint64_t count);

/* What a capability leads to, once for each object: at its first one. */
static void check_object(const struct slot *slot)
{
    if (!(slot->flags & SLOT_FIRST))
        return;
    switch (slot->type) {
    case OBJECT_CTABLE:
        check_table((struct slot *)slot->object, slot->value);
        break;
    case OBJECT_THREAD:
        check_thread((struct thread *)slot->object);
        for (unsigned i = 0; i < THREAD_SLOTS; i++)
            if (((struct thread *)slot->object)->slots[i].type != OBJECT_NULL)
                check_slot(&((struct thread *)slot->object)->slots[i]);
        break;
    case OBJECT_SCHED_CONTEXT:
        refills_add_up((struct sched_context *)slot->object);
        if (((struct sched_context *)slot->object)->notification.type != OBJECT_NULL)
            check_slot(&((struct sched_context *)slot->object)->notification);
        break;
    case OBJECT_ENDPOINT:
        endpoint_queue_is_of_one_kind((struct endpoint *)slot->object);
        break;
    case OBJECT_NOTIFICATION:
        notification_is_consistent((struct notification *)slot->object);
        break;
    case OBJECT_REPLY:
        reply_is_mutual((struct reply *)slot->object);
        break;
    default:
        break;
    }
}

static void check_table(struct slot *slots, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (slots[i].type == OBJECT_NULL)
            continue;
        check_slot(&slots[i]);
        check_object(&slots[i]);
    }
}

void check_invariants(void)
{
    const struct hart *hart = hart_self();

    ready_queues_are_consistent(hart);
    running_is_not_queued(hart);
    if (hart->timers != NULL)
        timers_are_a_heap(hart->timers);
    fpu_owner_seen = false;
    check_table(root_table, root_slots);
    fpu_owner_is_alive(hart);
}

void invariants_init(struct slot *table, unsigned slots, bool wanted)
{
    root_table = table;
    root_slots = slots;
    enabled = wanted;
}

void invariants_after_syscall(void)
{
    if (BUILD_DEBUG && enabled)
        check_invariants();
}
