/* invariants.c, invariants_cap.c: each fact about capabilities, memory, mappings and bindings is broken, and is the one that is told. */
#include <string.h>

#include "broken.h"
#include "cap_range.h"
#include "check.h"
#include "fpu.h"
#include "hart.h"
#include "memory.h"
#include "paging.h"
#include "space.h"
#include "world.h"

enum { A = WORLD_FREE, B, C, D, E, TABLES = 40, CHAIN = 100 };

static struct slot *at(unsigned slot)
{
    return &world.table[slot];
}

/* Two objects: in the derivation list B, the newer, stands between the untyped and A. */
static void two(unsigned type, unsigned size_bits)
{
    world_init();
    world_make(A, type, size_bits);
    world_make(B, type, size_bits);
    CHECK(cap_next(at(WORLD_UNTYPED)) == at(B) && cap_next(at(B)) == at(A));
    healthy();
}

/* An endpoint A, B minted from it, C copied from B. */
static void family(void)
{
    world_init();
    world_make(A, OBJECT_ENDPOINT, 0);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, B, A, RIGHT_ALL, 0x77), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, C, B, RIGHT_ALL, 0x77), STATUS_OK);
    healthy();
}

/* ---- the derivation tree */

CASE(links_are_mutual_forwards)
{
    two(OBJECT_FRAME, PAGE_BITS);
    at(B)->prev = 0;
    BREAKS(links_are_mutual, next == NULL || cap_prev(next) == slot);
}

CASE(links_are_mutual_backwards)
{
    two(OBJECT_FRAME, PAGE_BITS);
    at(B)->next = 0; /* A is looked at before B */
    BREAKS(links_are_mutual, prev == NULL || cap_next(prev) == slot);
}

CASE(depth_is_a_preorder_step_by_step)
{
    two(OBJECT_FRAME, PAGE_BITS);
    at(A)->depth += 2;
    BREAKS(depth_is_a_preorder, prev == NULL ? slot->depth == 0 : slot->depth <= prev->depth + 1);
}

CASE(depth_is_a_preorder_from_the_top)
{
    world_init();
    healthy();
    at(WORLD_DEVICES)->depth = 1;
    BREAKS(depth_is_a_preorder, prev == NULL ? slot->depth == 0 : slot->depth <= prev->depth + 1);
}

/* The deepest and its copy, which stands before it: made one deeper, it is that one's child. */
CASE(depth_is_a_preorder_of_some_levels)
{
    world_init();
    world_make(CHAIN + 1, OBJECT_NOTIFICATION, 0);
    for (unsigned depth = 2; depth <= DEPTH_MAX; depth++)
        CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, CHAIN + depth, CHAIN + depth - 1, RIGHT_ALL), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, CHAIN, CHAIN + DEPTH_MAX, RIGHT_ALL), STATUS_OK);
    healthy();
    at(CHAIN + DEPTH_MAX)->depth++;
    BREAKS(depth_is_a_preorder, slot->depth <= DEPTH_MAX);
}

CASE(parent_is_the_origin_of_what_was_made)
{
    family();
    at(B)->flags |= SLOT_FIRST;
    BREAKS(parent_is_the_origin, parent->type == OBJECT_UNTYPED);
}

CASE(parent_is_the_origin_of_what_was_derived)
{
    family();
    at(C)->type = OBJECT_REPLY;
    BREAKS(parent_is_the_origin, parent->type == slot->type);
}

CASE(rights_shrink)
{
    family();
    at(A)->rights &= (uint8_t)~RIGHT_GRANT;
    BREAKS(rights_shrink, (slot->rights & ~parent->rights) == 0);
}

CASE(marks_follow_from_rights)
{
    two(OBJECT_ENDPOINT, 0);
    at(A)->flags &= (uint8_t)~SLOT_CALLS;
    BREAKS(marks_follow_from_rights, (slot->flags & (SLOT_CALLS | SLOT_RECEIVES)) == cap_marks(slot));
}

CASE(badge_is_kept)
{
    family();
    at(C)->value = 0x78;
    BREAKS(badge_is_kept, parent->value == 0 || parent->value == slot->value);
}

CASE(object_is_inside_its_untyped_below_what_is_used)
{
    two(OBJECT_FRAME, PAGE_BITS);
    at(B)->object += PAGE_SIZE;
    BREAKS(object_is_inside_its_untyped, start >= parent->object && start + (1UL << slot->size_bits) <= parent->object + untyped_used(parent));
}

CASE(object_is_inside_its_untyped_above_its_start)
{
    two(OBJECT_FRAME, PAGE_BITS);
    at(A)->object -= PAGE_SIZE;
    BREAKS(object_is_inside_its_untyped, start >= parent->object && start + (1UL << slot->size_bits) <= parent->object + untyped_used(parent));
}

CASE(objects_are_disjoint)
{
    two(OBJECT_FRAME, PAGE_BITS);
    at(A)->object = at(B)->object;
    BREAKS(objects_are_disjoint, cap_paddr(next) + (1UL << next->size_bits) <= cap_paddr(slot));
}

CASE(untyped_progress_is_ordered)
{
    two(OBJECT_FRAME, PAGE_BITS);
    at(WORLD_UNTYPED)->value -= 1UL << 32; /* used, and not known to be zero when it was */
    BREAKS(untyped_progress_is_ordered, (slot->value & 0xffffffff) <= slot->value >> 32 && slot->value >> 32 << 6 <= 1UL << slot->size_bits);
}

CASE(untyped_progress_is_inside)
{
    two(OBJECT_FRAME, PAGE_BITS);
    at(WORLD_UNTYPED)->value |= 0xffffffffUL << 32;
    BREAKS(untyped_progress_is_ordered, (slot->value & 0xffffffff) <= slot->value >> 32 && slot->value >> 32 << 6 <= 1UL << slot->size_bits);
}

CASE(tables_are_bounded_in_depth)
{
    two(OBJECT_CTABLE, OBJECT_CTABLE_MIN_BITS);
    at(A)->nest = NEST_MAX + 1;
    BREAKS(tables_are_bounded, slot->nest <= NEST_MAX && slot->value <= 1UL << (slot->size_bits - CAP_BITS));
}

CASE(tables_are_bounded_in_length)
{
    two(OBJECT_CTABLE, OBJECT_CTABLE_MIN_BITS);
    at(A)->value++;
    BREAKS(tables_are_bounded, slot->nest <= NEST_MAX && slot->value <= 1UL << (slot->size_bits - CAP_BITS));
}

CASE(waiters_are_counted)
{
    family();
    at(B)->space++;
    BREAKS(waiters_are_counted, slot->space == count);
}

/* ---- address spaces */

/* Space A, with frame B mapped to be read and written, and C, a copy of its capability that is mapped nowhere. */
static void mapped(void)
{
    world_init();
    world_make(A, OBJECT_VSPACE, 0);
    world_make(B, OBJECT_FRAME, PAGE_BITS);
    for (unsigned i = 0; i < PAGE_LEVELS - 1; i++) {
        world_make(TABLES + i, OBJECT_PAGE_TABLE, 0);
        CHECK_EQUAL(INVOKE(SYS_TABLE_MAP, TABLES + i, A, 0x1000), STATUS_OK);
    }
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, B, A, 0x1000, RIGHT_READ | RIGHT_WRITE), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, C, B, RIGHT_ALL), STATUS_OK);
    healthy();
}

CASE(mapping_has_no_more_rights)
{
    mapped();
    at(C)->rights = at(B)->rights = RIGHT_READ;
    BREAKS(mapping_agrees_with_its_capability, agrees);
}

CASE(mapping_is_never_writable_and_executable)
{
    mapped();
    *(pte_t *)space_entry(at(B)) = pte_leaf(at(B)->object, RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE, true, 0);
    BREAKS(mapping_agrees_with_its_capability, agrees);
}

CASE(kernel_half_is_shared)
{
    mapped();
    ((pte_t *)direct(at(A)->object))[PAGE_ENTRIES - 1] = 0;
    BREAKS(kernel_half_is_shared, root[PAGE_ENTRIES / 2 + i] == kernel[i]);
}

CASE(space_number_is_of_its_generation)
{
    mapped();
    at(A)->value++;
    BREAKS(space_number_is_its_own, space_number_means(slot));
}

CASE(space_number_is_not_anothers)
{
    two(OBJECT_VSPACE, 0);
    at(A)->space = at(B)->space;
    BREAKS(space_number_is_its_own, space_number_means(slot));
}

CASE(active_space_is_alive)
{
    mapped();
    hart_self()->root = space_root(at(A));
    healthy();
    hart_self()->root = at(B)->object;
    BREAKS(active_space_is_alive, hart->root == space_root(NULL) || active_root_seen);
}

/* ---- floating point */

CASE(fpu_owner_used_it)
{
    world_init();
    struct thread *thread = (struct thread *)world_make(A, OBJECT_THREAD, 0)->object;
    fpu_take(thread);
    healthy();
    thread->fpu_used = false;
    BREAKS(fpu_owner_is_alive, hart->fpu_owner == NULL || (fpu_owner_seen && hart->fpu_owner->fpu_used));
}

CASE(fpu_owner_is_there)
{
    static struct thread nobody;

    world_init();
    healthy();
    nobody.fpu_used = true;
    hart_self()->fpu_owner = &nobody;
    BREAKS(fpu_owner_is_alive, hart->fpu_owner == NULL || (fpu_owner_seen && hart->fpu_owner->fpu_used));
}

/* ---- interrupt bindings */

/* Line 5, of capability B, is bound to notification A. What the line holds of each stands right behind it. */
static void bound(struct slot **notification, struct slot **source)
{
    world_init();
    world_make(A, OBJECT_NOTIFICATION, 0);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, B, WORLD_IRQ, RIGHT_ALL, range_value(5, 1)), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_IRQ_BIND, B, A), STATUS_OK);
    *notification = cap_next(at(A));
    *source = cap_next(at(B));
    CHECK(((*notification)->flags & (*source)->flags & SLOT_IN_IRQ) != 0);
    healthy();
}

CASE(binding_is_whole)
{
    struct slot *notification, *source;

    bound(&notification, &source);
    at(B)->next = source->next; /* as if it had been released and the other forgotten; it is the last of its list */
    CHECK_EQUAL(source->next, 0);
    memset(source, 0, sizeof(*source));
    BREAKS(binding_is_whole, (notification->type == OBJECT_NULL) == (source->type == OBJECT_NULL));
}

CASE(binding_is_of_a_line_and_a_notification)
{
    struct slot *notification, *source;

    bound(&notification, &source);
    notification->type = OBJECT_ENDPOINT;
    BREAKS(binding_is_of_its_line, notification->type == OBJECT_NOTIFICATION && source->type == OBJECT_IRQ);
}

CASE(binding_is_of_its_line)
{
    struct slot *notification, *source;

    bound(&notification, &source);
    source->object = at(B)->object = range_value(6, 1);
    BREAKS(binding_is_of_its_line, source->object == range_value(line, 1));
}

CASE(binding_is_told)
{
    struct slot *notification, *source;

    bound(&notification, &source);
    notification->flags &= (uint8_t)~SLOT_IN_IRQ;
    BREAKS(binding_is_told, notification->flags & source->flags & SLOT_IN_IRQ);
}

CASE(what_is_bound_is_looked_at)
{
    struct slot *notification, *source;

    bound(&notification, &source);
    at(A)->value = 1;
    notification->value = 2;
    BREAKS(badge_is_kept, parent->value == 0 || parent->value == slot->value);
}
