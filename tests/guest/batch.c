/* Batches: up to 16 pages mapped by one call, which stops at the first that cannot be. */
#include "guest.h"

#define LARGE_BITS 21

static word_t frames(unsigned count)
{
    word_t first = slots_new(count);

    for (unsigned i = 0; i < count; i++)
        ok(untyped_retype(pool(), OBJECT_FRAME, PAGE_BITS, first + i, 0, 0, NULL));
    return first;
}

TEST(a_batch_maps_consecutive_frames)
{
    word_t from = frames(BATCH_MAX), mapped = 0, level = 0;

    tables_into(SLOT_VSPACE, WINDOW);
    ok(frame_map_batch(from, BATCH_MAX, SLOT_VSPACE, WINDOW, RIGHTS_RW, &mapped, &level));
    expect_equal(mapped, BATCH_MAX);
    for (unsigned i = 0; i < BATCH_MAX; i++) {
        *(volatile word_t *)(WINDOW + i * 0x1000) = i;
        expect_equal(identify(from + i).value, WINDOW + i * 0x1000);
    }
    ok(frame_unmap(from + 3));
    PROVOKES(frame_map_batch, already, frame_map_batch(from + 2, 3, SLOT_VSPACE, WINDOW + 0x40000, RIGHT_READ, &mapped, &level));
    expect_equal(mapped, 0);
    PROVOKES(frame_map_batch, already, frame_map_batch(from + 3, 3, SLOT_VSPACE, WINDOW + 0x40000, RIGHT_READ, &mapped, &level));
    expect_equal(mapped, 1); /* it stops at the first that cannot be */
    expect_equal(*(volatile word_t *)(WINDOW + 0x40000), 3);
}

TEST(a_batch_stops_where_a_table_is_missing)
{
    word_t from = frames(4), mapped = 0, level = 0, edge = WINDOW + (1UL << LARGE_BITS);

    tables_into(SLOT_VSPACE, WINDOW);
    PROVOKES(frame_map_batch, no_table, frame_map_batch(from, 4, SLOT_VSPACE, edge - 0x2000, RIGHT_READ, &mapped, &level));
    expect(mapped == 2 && level == 1, mapped, level);
    tables_into(SLOT_VSPACE, edge);
    ok(frame_map_batch(from + 2, 2, SLOT_VSPACE, edge, RIGHT_READ, &mapped, &level));
}

TEST(batches_say_what_is_wrong)
{
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS), empty = slot_new(), mapped = 0, level = 0, large = make_sized(OBJECT_FRAME, LARGE_BITS);
    word_t reader = copy_of(frame, RIGHT_READ);

    tables_into(SLOT_VSPACE, WINDOW);
    PROVOKES(frame_map_batch, no_cap, frame_map_batch(frame, 1, empty, WINDOW, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, no_cap, frame_map_batch(empty, 1, SLOT_VSPACE, WINDOW, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, no_cap, frame_map_batch(~0UL, 2, SLOT_VSPACE, WINDOW, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, wrong_type, frame_map_batch(SLOT_THREAD, 1, SLOT_VSPACE, WINDOW, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, wrong_type, frame_map_batch(frame, 1, SLOT_TABLE, WINDOW, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, no_right, frame_map_batch(reader, 1, SLOT_VSPACE, WINDOW, RIGHTS_RW, &mapped, &level));
    PROVOKES(frame_map_batch, no_right, frame_map_batch(frame, 1, copy_of(SLOT_VSPACE, RIGHT_READ), WINDOW, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(frame, 1, SLOT_VSPACE, USER_TOP, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(frame, 0, SLOT_VSPACE, WINDOW, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(frame, BATCH_MAX + 1, SLOT_VSPACE, WINDOW, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(frame, 1, SLOT_VSPACE, WINDOW + 8, RIGHT_READ, &mapped, &level));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(frame, 1, SLOT_VSPACE, WINDOW, RIGHT_ALL, &mapped, &level));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(frame, 1, SLOT_VSPACE, WINDOW, RIGHT_WRITE | RIGHT_EXECUTE, &mapped, &level));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(large, 1, SLOT_VSPACE, WINDOW, RIGHT_READ, &mapped, &level));
    expect_equal(mapped, 0);
}

TEST(a_batch_stops_where_something_is_mapped)
{
    word_t first = frames(4), mapped = 0, level = 0;

    PROVOKES(frame_map_batch, no_table, frame_map_batch(first, 4, SLOT_VSPACE, WINDOW, RIGHTS_RW, &mapped, &level));
    expect_equal(mapped, 0);
    expect(level > 0, level);
    tables_into(SLOT_VSPACE, WINDOW);
    map_here(make_sized(OBJECT_FRAME, PAGE_BITS), WINDOW + 2 * PAGE_SIZE, RIGHTS_RW);
    PROVOKES(frame_map_batch, already, frame_map_batch(first, 4, SLOT_VSPACE, WINDOW, RIGHTS_RW, &mapped, &level));
    expect_equal(mapped, 2);
    expect_equal(identify(first + 1).value, WINDOW + PAGE_SIZE);
    expect_equal(identify(first + 2).value, 0);
}
