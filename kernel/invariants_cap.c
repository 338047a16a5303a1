/* Facts about capabilities: where they stand in the derivation tree, what they say of memory and mappings, and interrupt bindings. */
#include "cap.h"
#include "cap_range.h"
#include "endpoint.h"
#include "invariants.h"
#include "irq.h"
#include "memory.h"
#include "paging.h"
#include "panic.h"
#include "space.h"
#include "thread.h"
#include "untyped.h"

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

/* What the fast path asks of a capability is what its type and rights say. */
static void marks_follow_from_rights(const struct slot *slot)
{
    assert((slot->flags & (SLOT_CALLS | SLOT_RECEIVES)) == cap_marks(slot), (word_t)slot, slot->flags, slot->rights);
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

/* As many threads as an endpoint's capability tells wait in the endpoint's queue by it. (If it tells of none, none does: a thread's own
 * fact, see queue_agrees_with_state(). So queues are walked once for each capability in use, and not for all.) */
static void waiters_are_counted(const struct slot *slot)
{
    if (slot->type != OBJECT_ENDPOINT || slot->space == 0)
        return;
    const struct thread *head = ((const struct endpoint *)slot->object)->queue;
    unsigned count = 0;
    for (const struct thread *thread = head; thread != NULL; thread = thread->next == head ? NULL : thread->next)
        count += thread->sent_by == slot;
    assert(slot->space == count, (word_t)slot, slot->space, count);
}

/* ---- address spaces */

/* A space's number stands for this space, and none that went. */
static void space_number_is_its_own(const struct slot *slot)
{
    if (slot->type == OBJECT_VSPACE)
        assert(space_number_means(slot), (word_t)slot, slot->space, slot->value);
}

static pte_t expected_leaf(const struct slot *slot, unsigned rights)
{
    pte_t leaf = pte_leaf(slot->object, rights | RIGHT_READ, true, (slot->size_bits - PAGE_BITS) / 9u);

    return slot->flags & SLOT_DEVICE ? pte_device(leaf) : leaf;
}

/* A frame that is mapped is mapped as its capability says, with no more rights, never writable and executable, and a device's as a device's. */
static void mapping_agrees_with_its_capability(const struct slot *slot)
{
    const pte_t *entry = slot->type == OBJECT_FRAME ? space_entry(slot) : NULL;

    if (entry == NULL)
        return;
    unsigned rights = slot->rights & (RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE);
    bool agrees = false;
    for (unsigned subset = 0; subset <= rights && !agrees; subset++)
        if ((subset & ~rights) == 0 && (subset & (RIGHT_WRITE | RIGHT_EXECUTE)) != (RIGHT_WRITE | RIGHT_EXECUTE))
            agrees = *entry == expected_leaf(slot, subset);
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

/* ---- interrupt bindings */

/* A line is bound by both capabilities or by neither. */
static void binding_is_whole(unsigned line, const struct slot *notification, const struct slot *source)
{
    assert((notification->type == OBJECT_NULL) == (source->type == OBJECT_NULL), line, notification->type, source->type);
}

/* What binds a line is a capability to that line alone and one to a notification. */
static void binding_is_of_its_line(unsigned line, const struct slot *notification, const struct slot *source)
{
    if (source->type == OBJECT_NULL)
        return;
    assert(notification->type == OBJECT_NOTIFICATION && source->type == OBJECT_IRQ, line, notification->type, source->type);
    assert(source->object == range_value(line, 1), line, source->object);
}

/* When either goes, the line is told. */
static void binding_is_told(unsigned line, const struct slot *notification, const struct slot *source)
{
    if (source->type != OBJECT_NULL)
        assert(notification->flags & source->flags & SLOT_IN_IRQ, line, notification->flags, source->flags);
}

/* ---- the parts of the walk */

void invariants_of_capability(const struct slot *slot)
{
    if (slot->type == OBJECT_NULL)
        return;
    links_are_mutual(slot);
    depth_is_a_preorder(slot);
    parent_is_the_origin(slot);
    rights_shrink(slot);
    marks_follow_from_rights(slot);
    badge_is_kept(slot);
    object_is_inside_its_untyped(slot);
    objects_are_disjoint(slot);
    untyped_progress_is_ordered(slot);
    tables_are_bounded(slot);
    waiters_are_counted(slot);
    space_number_is_its_own(slot);
    mapping_agrees_with_its_capability(slot);
    kernel_half_is_shared(slot);
}

void invariants_of_binding(unsigned line)
{
    const struct slot *notification, *source;

    irq_binding(line, &notification, &source);
    binding_is_whole(line, notification, source);
    binding_is_of_its_line(line, notification, source);
    binding_is_told(line, notification, source);
    invariants_of_capability(notification);
    invariants_of_capability(source);
}
