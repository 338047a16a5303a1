/* untyped.c: sizes, places, zeroing in steps, starting afresh, device memory. */
#include <string.h>

#include "check.h"
#include "memory.h"
#include "paging.h"
#include "sched.h"
#include "untyped.h"
#include "world.h"

#define A WORLD_FREE
#define B (WORLD_FREE + 1)
#define C (WORLD_FREE + 2)

static bool zero(paddr_t paddr, uint64_t size)
{
    const uint8_t *bytes = direct(paddr);

    for (uint64_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static status_t retype(unsigned untyped, unsigned type, word_t size_bits, word_t slot, word_t offset, word_t table)
{
    return INVOKE(SYS_UNTYPED_RETYPE, untyped, type, size_bits, slot, offset, table);
}

CASE(sizes_are_what_the_interface_says)
{
    for (word_t bits = 0; bits < 70; bits++) {
        CHECK_EQUAL(untyped_object_bits(OBJECT_UNTYPED, bits), bits >= 6 && bits <= OBJECT_UNTYPED_MAX_BITS ? bits : 0);
        CHECK_EQUAL(untyped_object_bits(OBJECT_CTABLE, bits), bits >= 6 && bits <= 21 ? bits : 0);
        CHECK_EQUAL(untyped_object_bits(OBJECT_FRAME, bits), bits == 12 || bits == 21 || bits == 30 ? bits : 0);
        CHECK_EQUAL(untyped_object_bits(OBJECT_THREAD, bits), OBJECT_THREAD_BITS);
    }
    CHECK_EQUAL(untyped_object_bits(OBJECT_NULL, 12), 0);
    CHECK_EQUAL(untyped_object_bits(OBJECT_IRQ, 12), 0);
    CHECK_EQUAL(untyped_object_bits(OBJECT_KERNEL, 12), 0);
    CHECK_EQUAL(untyped_object_bits(OBJECT_COUNT, 12), 0);
    CHECK_EQUAL(untyped_object_bits(OBJECT_UNTYPED, (1UL << 32) + 12), 0);
}

CASE(objects_lie_behind_each_other_on_their_size)
{
    world_init();
    paddr_t base = world.table[WORLD_UNTYPED].object;
    CHECK_EQUAL(cap_paddr(world_make(A, OBJECT_ENDPOINT, 0)), base);
    CHECK_EQUAL(cap_paddr(world_make(B, OBJECT_THREAD, 0)), base + 2048);
    CHECK_EQUAL(cap_paddr(world_make(C, OBJECT_NOTIFICATION, 0)), base + 4096);
    CHECK_EQUAL(cap_paddr(world_make(C + 1, OBJECT_FRAME, 12)), base + 8192);
    CHECK_EQUAL(untyped_used(&world.table[WORLD_UNTYPED]), 12288);
}

CASE(memory_is_zeroed_in_steps_and_no_further)
{
    world_init();
    paddr_t base = world.table[WORLD_UNTYPED].object;
    for (unsigned step = 1; step < 4; step++) {
        CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_CTABLE, 14, A, 0, 0), STATUS_AGAIN);
        CHECK(zero(base, step * 4096UL));
        CHECK_EQUAL(*(uint8_t *)direct(base + step * 4096UL), WORLD_JUNK);
        CHECK_EQUAL(world.table[A].type, OBJECT_NULL);
    }
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_CTABLE, 14, A, 0, 0), STATUS_OK);
    CHECK(zero(base, 4 * 4096UL));
    CHECK_EQUAL(*(uint8_t *)direct(base + 4 * 4096UL), WORLD_JUNK);
    CHECK_EQUAL(world.self->registers.message[0], base);
}

/* Zeroing for one object may be given up for another: what that gets is zero all the same. */
CASE(a_change_of_mind_leaves_no_junk)
{
    world_init();
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_CTABLE, 15, A, 0, 0), STATUS_AGAIN);
    struct slot *small = world_make(A, OBJECT_ENDPOINT, 0);
    CHECK(zero(cap_paddr(small), 64));
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_FRAME, 21, B, 0, 0), STATUS_NO_MEMORY);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_CTABLE, 20, B, 0, 0), STATUS_AGAIN);
    struct slot *child = world_make(B, OBJECT_UNTYPED, 16);
    struct slot *table = world_make(C, OBJECT_CTABLE, 16);
    CHECK(zero(cap_paddr(table), 1 << 16));
    memset(direct(child->object), WORLD_JUNK, 1 << 16);
    CHECK(zero(cap_paddr(world_make_from(B, C + 1, OBJECT_FRAME, 12)), 4096));
    CHECK(zero(cap_paddr(world_make_from(B, C + 2, OBJECT_CTABLE, 15)), 1 << 15));
}

CASE(an_untyped_without_children_starts_afresh)
{
    world_init();
    paddr_t base = world.table[WORLD_UNTYPED].object;
    for (unsigned round = 0; round < 3; round++) {
        struct slot *frame = world_make(A, OBJECT_FRAME, 12);
        CHECK_EQUAL(frame->object, base);
        CHECK(zero(base, 4096));
        memset(direct(base), WORLD_JUNK, 4096);
        CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, 0, A), STATUS_OK);
        CHECK_EQUAL(untyped_used(&world.table[WORLD_UNTYPED]), 0);
    }
    world_make(A, OBJECT_FRAME, 12);
    world_make(B, OBJECT_FRAME, 12);
    CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, 0, A), STATUS_OK);
    CHECK_EQUAL(world_make(A, OBJECT_FRAME, 12)->object, base + 8192); /* while one child is left, used stays used */
}

CASE(memory_runs_out_at_its_end)
{
    world_init();
    world_make(A, OBJECT_UNTYPED, WORLD_MEMORY_BITS - 1);
    world_make(B, OBJECT_UNTYPED, WORLD_MEMORY_BITS - 1);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_ENDPOINT, 0, C, 0, 0), STATUS_NO_MEMORY);
    CHECK_EQUAL(retype(A, OBJECT_UNTYPED, WORLD_MEMORY_BITS, C, 0, 0), STATUS_NO_MEMORY);
    CHECK_EQUAL(retype(A, OBJECT_UNTYPED, OBJECT_UNTYPED_MAX_BITS, C, 0, 0), STATUS_NO_MEMORY);
    CHECK_EQUAL(retype(A, OBJECT_FRAME, 30, C, 0, 0), STATUS_NO_MEMORY);
    CHECK_EQUAL(world.table[C].type, OBJECT_NULL);
}

CASE(bad_arguments_change_nothing)
{
    world_init();
    world_make(A, OBJECT_ENDPOINT, 0);
    struct slot before[WORLD_SLOTS];
    memcpy(before, world.table, sizeof(before));
    CHECK_EQUAL(retype(0, OBJECT_FRAME, 12, B, 0, 0), STATUS_NO_CAP);
    CHECK_EQUAL(retype(WORLD_SLOTS, OBJECT_FRAME, 12, B, 0, 0), STATUS_NO_CAP);
    CHECK_EQUAL(retype(A, OBJECT_FRAME, 12, B, 0, 0), STATUS_WRONG_TYPE);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_FRAME, 13, B, 0, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_IRQ, 12, B, 0, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_COUNT + 5, 12, B, 0, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_UNTYPED_RETYPE, WORLD_UNTYPED, (1UL << 32) + OBJECT_FRAME, 12, B, 0, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_FRAME, 12, A, 0, 0), STATUS_SLOT_FULL);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_FRAME, 12, 0, 0, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_FRAME, 12, WORLD_SLOTS, 0, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_FRAME, 12, B, 4096, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_UNTYPED, OBJECT_FRAME, 12, B, 0, A), STATUS_WRONG_TYPE);
    CHECK_EQUAL(memcmp(before, world.table, sizeof(before)), 0);
}

CASE(device_memory_is_neither_touched_nor_made_into_objects)
{
    world_init();
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_ENDPOINT, 0, A, 0, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_CTABLE, 12, A, 0, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, A, 0x3000, 0), STATUS_OK);
    CHECK_EQUAL(world.table[A].object, WORLD_DEVICE + 0x3000);
    CHECK(world.table[A].flags & SLOT_DEVICE);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, B, 0x3000, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, B, 0x2000, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, B, 0x4010, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, B, ~0UL, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, B, ~0xfffUL, 0), STATUS_NO_MEMORY);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_UNTYPED, 20, B, 0x100000, 0), STATUS_OK);
    CHECK_EQUAL(world_make_from(B, C, OBJECT_FRAME, 12)->object, WORLD_DEVICE + 0x100000);
}

/* The largest untyped there can be is given out to its end, each part once. */
CASE(the_largest_untyped_is_given_out_once)
{
    word_t size = 1UL << OBJECT_UNTYPED_MAX_BITS;

    world_init();
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, A, size / 2, 0), STATUS_OK);
    CHECK_EQUAL(untyped_used(&world.table[WORLD_DEVICES]), size / 2 + 4096);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, B, size / 2, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, B, 0x1000, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, B, size - 4096, 0), STATUS_OK);
    CHECK_EQUAL(retype(WORLD_DEVICES, OBJECT_FRAME, 12, C, 0, 0), STATUS_NO_MEMORY);
    CHECK_EQUAL(untyped_used(&world.table[WORLD_DEVICES]), size);
}

CASE(each_object_starts_as_its_type_says)
{
    world_init();
    CHECK_EQUAL(((struct sched_context *)world_make(A, OBJECT_SCHED_CONTEXT, 0)->object)->budget, BUDGET_DEFAULT);
    const pte_t *root = direct(world_make(B, OBJECT_VSPACE, 0)->object);
    CHECK(zero(direct_paddr(root), PAGE_SIZE / 2));
    CHECK_EQUAL(memcmp(root + PAGE_ENTRIES / 2, paging_kernel_half(), PAGE_SIZE / 2), 0);
    struct slot *table = world_make(C, OBJECT_CTABLE, 8);
    CHECK_EQUAL(table->value, 8);
    CHECK_EQUAL(table->nest, 1);
}
