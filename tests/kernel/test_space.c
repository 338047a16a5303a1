/* space.c and frame.c: activation, numbers and their generations: what a walk of a few hundred steps (test_space_walk.c) does not come to. */
#include "space.h"

#include "arch/host.h"
#include "check.h"
#include "hart.h"
#include "paging.h"
#include "world.h"

CASE(a_space_that_goes_while_it_is_active_gives_way_to_the_kernels)
{
    struct hart *hart = hart_self();

    world_init();
    world_make(WORLD_FREE, OBJECT_VSPACE, 0);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, WORLD_FREE + 1, WORLD_FREE, RIGHT_ALL), STATUS_OK);
    cap_hold(&world.table[WORLD_FREE], &world.self->slots[THREAD_VSPACE], SLOT_IN_THREAD);
    world.self->root = space_root(&world.table[WORLD_FREE]);
    space_enter(hart, world.self);
    CHECK_EQUAL(host.root, world.table[WORLD_FREE].object);
    CHECK_EQUAL(host.asid, world.table[WORLD_FREE].space + 1u);
    unsigned activations = host.activations;
    space_enter(hart, world.self);
    CHECK_EQUAL(host.activations, activations); /* it is active already */
    CHECK_EQUAL(world_repeat(SYS_CAP_DELETE, 0, WORLD_FREE, (const word_t[5]){0}, 100), STATUS_OK);
    CHECK_EQUAL(host.root, paging_kernel_root());
    space_enter(hart, world.self);
    CHECK_EQUAL(host.root, paging_kernel_root());
}

CASE(numbers_of_spaces_are_used_again_with_another_meaning)
{
    world_init();
    world_make(WORLD_FREE, OBJECT_FRAME, 12);
    world_make(WORLD_FREE + 1, OBJECT_UNTYPED, 12);
    for (unsigned i = 0; i < PAGE_LEVELS - 1; i++)
        world_make(WORLD_FREE + 3 + i, OBJECT_PAGE_TABLE, 0);
    for (unsigned round = 0; round < 2 * SPACES_MAX; round++) {
        world_make_from(WORLD_FREE + 1, WORLD_FREE + 2, OBJECT_VSPACE, 0);
        CHECK(world.table[WORLD_FREE + 2].space < 4);
        CHECK_EQUAL(space_mapped_at(&world.table[WORLD_FREE]), 0); /* where it was mapped is gone, though the number is there again */
        for (unsigned i = 0; i < PAGE_LEVELS - 1; i++)
            CHECK_EQUAL(INVOKE(SYS_TABLE_MAP, WORLD_FREE + 3 + i, WORLD_FREE + 2, 0x1000), STATUS_OK);
        CHECK_EQUAL(INVOKE(SYS_TABLE_MAP, WORLD_FREE + 3, WORLD_FREE + 2, 0x1000), STATUS_ALREADY);
        CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, WORLD_FREE, WORLD_FREE + 2, 0x1000, RIGHT_READ), STATUS_OK);
        CHECK_EQUAL(space_mapped_at(&world.table[WORLD_FREE]), 0x1000);
        CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, 0, WORLD_FREE + 2, 0), STATUS_OK);
    }
}

/* Two capabilities to one frame, mapped at one address: the first in a space that went, the second in one that has its number. */
CASE(what_a_capability_meant_in_a_space_that_went_is_over)
{
    enum { FRAME = WORLD_FREE, COPY, UNTYPED, SPACE, TABLE };

    world_init();
    world_make(FRAME, OBJECT_FRAME, 12);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, COPY, FRAME, RIGHT_ALL), STATUS_OK);
    world_make(UNTYPED, OBJECT_UNTYPED, 12);
    for (unsigned i = 0; i < PAGE_LEVELS - 1; i++)
        world_make(TABLE + i, OBJECT_PAGE_TABLE, 0);
    for (unsigned round = 0; round < 2; round++) {
        world_make_from(UNTYPED, SPACE, OBJECT_VSPACE, 0);
        CHECK_EQUAL(world.table[SPACE].space, 0);
        for (unsigned i = 0; i < PAGE_LEVELS - 1; i++)
            CHECK_EQUAL(INVOKE(SYS_TABLE_MAP, TABLE + i, SPACE, 0x1000), STATUS_OK);
        CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, round == 0 ? FRAME : COPY, SPACE, 0x1000, RIGHT_READ), STATUS_OK);
        if (round == 0)
            CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, 0, SPACE, 0), STATUS_OK);
    }
    CHECK_EQUAL(space_mapped_at(&world.table[FRAME]), 0);
    CHECK_EQUAL(INVOKE(SYS_FRAME_UNMAP, FRAME, 0, 0), STATUS_OK);
    CHECK_EQUAL(space_mapped_at(&world.table[COPY]), 0x1000);
}

CASE(there_are_so_many_spaces_and_no_more)
{
    static struct slot spaces[SPACES_MAX];

    world_init();
    for (unsigned i = 0; i < SPACES_MAX; i++) {
        CHECK(space_available());
        spaces[i].object = world.table[WORLD_UNTYPED].object; /* all of one page: it is never walked */
        space_create(&spaces[i]);
        CHECK_EQUAL(spaces[i].space, i);
    }
    CHECK(!space_available());
    space_destroy(&spaces[500]);
    CHECK(space_available());
    space_create(&spaces[500]);
    CHECK_EQUAL(spaces[500].space, 500);
    CHECK_EQUAL(spaces[500].value, 2); /* another generation */
    CHECK(!space_available());
}

CASE(a_devices_registers_are_mapped_as_such_and_stay_so)
{
    enum { RAM = WORLD_FREE, DEVICE, SPACE, TABLE };

    world_init();
    world_make(RAM, OBJECT_FRAME, 12);
    world_make_from(WORLD_DEVICES, DEVICE, OBJECT_FRAME, 12);
    world_make(SPACE, OBJECT_VSPACE, 0);
    for (unsigned i = 0; i < PAGE_LEVELS - 1; i++) {
        world_make(TABLE + i, OBJECT_PAGE_TABLE, 0);
        CHECK_EQUAL(INVOKE(SYS_TABLE_MAP, TABLE + i, SPACE, 0x1000), STATUS_OK);
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct slot *frame = &world.table[i == 0 ? RAM : DEVICE];
        word_t device = i == 0 ? 0 : PTE_DEVICE;
        CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, RAM + i, SPACE, 0x1000, RIGHT_READ | RIGHT_WRITE), STATUS_OK);
        CHECK_EQUAL(*space_entry(frame) & PTE_DEVICE, device);
        CHECK_EQUAL(INVOKE(SYS_FRAME_PROTECT, RAM + i, RIGHT_READ), STATUS_OK);
        CHECK_EQUAL(*space_entry(frame) & (PTE_DEVICE | PTE_WRITE), device);
        CHECK_EQUAL(INVOKE(SYS_FRAME_UNMAP, RAM + i, 0), STATUS_OK);
    }
}

/* The second page of a table is mapped another way than the first, to the same answers. */
CASE(a_remembered_table_changes_no_answer)
{
    enum { FIRST = WORLD_FREE, SECOND, SPACE, TABLE };

    world_init();
    world_make(FIRST, OBJECT_FRAME, 12);
    world_make(SECOND, OBJECT_FRAME, 12);
    world_make(SPACE, OBJECT_VSPACE, 0);
    for (unsigned i = 0; i < PAGE_LEVELS - 1; i++) {
        world_make(TABLE + i, OBJECT_PAGE_TABLE, 0);
        CHECK_EQUAL(INVOKE(SYS_TABLE_MAP, TABLE + i, SPACE, 0x1000), STATUS_OK);
    }
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, FIRST, SPACE, 0x1000, RIGHT_READ), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, SECOND, SPACE, 0x2008, RIGHT_READ), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP_BATCH, SECOND, 1, SPACE, 0x2008, RIGHT_READ), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, SECOND, SPACE, 0x2000, RIGHT_WRITE | RIGHT_EXECUTE), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, SECOND, SPACE, 0x1000, RIGHT_READ), STATUS_ALREADY);
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, FIRST, SPACE, 0x2000, RIGHT_READ), STATUS_ALREADY);
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, SECOND, SPACE, 0x200000, RIGHT_READ), STATUS_NO_TABLE);
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, SECOND, SPACE, 0x2000, RIGHT_READ), STATUS_OK);
    CHECK_EQUAL(*space_entry(&world.table[SECOND]), pte_leaf(world.table[SECOND].object, RIGHT_READ, true, 0));
}

CASE(a_page_that_another_maps_now_is_not_unmapped)
{
    enum { FIRST = WORLD_FREE, SECOND, SPACE, TABLE };

    world_init();
    world_make(FIRST, OBJECT_FRAME, 12);
    world_make(SECOND, OBJECT_FRAME, 12);
    world_make(SPACE, OBJECT_VSPACE, 0);
    for (unsigned i = 0; i < PAGE_LEVELS; i++) /* one more than are needed at once */
        world_make(TABLE + i, OBJECT_PAGE_TABLE, 0);
    for (unsigned i = 0; i < PAGE_LEVELS - 1; i++)
        CHECK_EQUAL(INVOKE(SYS_TABLE_MAP, TABLE + i, SPACE, 0x1000), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, FIRST, SPACE, 0x1000, RIGHT_READ), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, 0, TABLE + PAGE_LEVELS - 2), STATUS_OK); /* the last table, and the mapping with it */
    CHECK_EQUAL(INVOKE(SYS_TABLE_MAP, TABLE + PAGE_LEVELS - 1, SPACE, 0x1000), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_FRAME_MAP, SECOND, SPACE, 0x1000, RIGHT_READ), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_FRAME_UNMAP, FIRST, 0), STATUS_OK);
    CHECK_EQUAL(space_mapped_at(&world.table[SECOND]), 0x1000);
    CHECK_EQUAL(INVOKE(SYS_FRAME_UNMAP, SECOND, 0), STATUS_OK);
    CHECK_EQUAL(space_mapped_at(&world.table[SECOND]), 0);
}
