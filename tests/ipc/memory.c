/* Mapping and unmapping pages in the caller's own address space, whose page tables are there. */
#include "cost.h"

TEST(map_4k)
{
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS);

    tables_into(SLOT_VSPACE, COST_WINDOW);
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        status_t status = frame_map(frame, SLOT_VSPACE, COST_WINDOW, RIGHTS_RW, NULL);
        mark_end();
        ok(status);
        sample_take();
        *(volatile word_t *)COST_WINDOW = round;
        ok(frame_unmap(frame));
    }
    samples_tell();
}

TEST(unmap_4k)
{
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS);

    tables_into(SLOT_VSPACE, COST_WINDOW);
    for (unsigned round = 0; round < ROUNDS; round++) {
        ok(frame_map(frame, SLOT_VSPACE, COST_WINDOW, RIGHTS_RW, NULL));
        *(volatile word_t *)COST_WINDOW = round;
        mark_begin();
        status_t status = frame_unmap(frame);
        mark_end();
        ok(status);
        sample_take();
    }
    samples_tell();
}

/* 16 pages by one call. */
TEST(map_16_pages)
{
    word_t frames = slots_new(BATCH_MAX), mapped;

    tables_into(SLOT_VSPACE, COST_WINDOW);
    for (word_t i = 0; i < BATCH_MAX; i++)
        ok(untyped_retype(pool(), OBJECT_FRAME, PAGE_BITS, frames + i, 0, 0, NULL));
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        status_t status = frame_map_batch(frames, BATCH_MAX, SLOT_VSPACE, COST_WINDOW, RIGHTS_RW, &mapped, NULL);
        mark_end();
        ok(status);
        expect_equal(mapped, BATCH_MAX);
        sample_take();
        for (word_t i = 0; i < BATCH_MAX; i++)
            ok(frame_unmap(frames + i));
    }
    samples_tell();
}
