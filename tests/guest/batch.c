#include "guest.h"

static word_t frames(unsigned count)
{
    word_t first = slots_new(count);

    for (unsigned i = 0; i < count; i++)
        ok(untyped_retype(pool(), OBJECT_FRAME, PAGE_BITS, first + i, 0, 0, NULL));
    return first;
}

TEST(sixteen_pages_are_mapped_by_one_call)
{
    word_t first = frames(BATCH_MAX), mapped = 0;
    volatile word_t *words = (volatile word_t *)WINDOW;

    tables_into(SLOT_VSPACE, WINDOW);
    ok(frame_map_batch(first, BATCH_MAX, SLOT_VSPACE, WINDOW, RIGHTS_RW, &mapped, NULL));
    expect_equal(mapped, BATCH_MAX);
    for (unsigned i = 0; i < BATCH_MAX; i++)
        words[i * PAGE_SIZE / sizeof(word_t)] = i;
    for (unsigned i = 0; i < BATCH_MAX; i++) {
        expect_equal(words[i * PAGE_SIZE / sizeof(word_t)], i);
        expect_equal(identify(first + i).value, WINDOW + i * PAGE_SIZE);
    }
}

TEST(a_batch_stops_where_it_cannot_go_on)
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

TEST(frame_map_batch_says_what_is_wrong)
{
    word_t first = frames(2), endpoint = make(OBJECT_ENDPOINT), vspace = make(OBJECT_VSPACE);

    tables_into(SLOT_VSPACE, WINDOW);
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(first, 0, SLOT_VSPACE, WINDOW, RIGHTS_RW, NULL, NULL));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(first, BATCH_MAX + 1, SLOT_VSPACE, WINDOW, RIGHTS_RW, NULL, NULL));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(first, 2, SLOT_VSPACE, WINDOW + 1, RIGHTS_RW, NULL, NULL));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(first, 2, SLOT_VSPACE, WINDOW, RIGHTS_RW | RIGHT_EXECUTE, NULL, NULL));
    PROVOKES(frame_map_batch, bad_argument, frame_map_batch(first, 2, SLOT_VSPACE, USER_TOP - PAGE_SIZE + PAGE_SIZE, RIGHTS_RW, NULL, NULL));
    PROVOKES(frame_map_batch, no_cap, frame_map_batch(slot_new(), 1, SLOT_VSPACE, WINDOW, RIGHTS_RW, NULL, NULL));
    PROVOKES(frame_map_batch, no_cap, frame_map_batch(first, 1, slot_new(), WINDOW, RIGHTS_RW, NULL, NULL));
    PROVOKES(frame_map_batch, wrong_type, frame_map_batch(endpoint, 1, SLOT_VSPACE, WINDOW, RIGHTS_RW, NULL, NULL));
    PROVOKES(frame_map_batch, wrong_type, frame_map_batch(first, 1, endpoint, WINDOW, RIGHTS_RW, NULL, NULL));
    PROVOKES(frame_map_batch, no_right, frame_map_batch(first, 1, copy_of(vspace, RIGHT_READ), WINDOW, RIGHTS_RW, NULL, NULL));
    PROVOKES(frame_map_batch, no_right, frame_map_batch(copy_of(first, RIGHT_READ), 1, SLOT_VSPACE, WINDOW, RIGHTS_RW, NULL, NULL));
}

static void write_there(struct worker *self)
{
    *(volatile word_t *)WINDOW = 2;
    self->result[0] = 1;
}

TEST(protect_changes_rights_in_place)
{
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS), faults = make(OBJECT_ENDPOINT);
    volatile word_t *word = (volatile word_t *)WINDOW;
    struct worker *worker = worker_in(write_there, HIGH, SLOT_VSPACE, faults);
    struct message message = {0};

    map_here(frame, WINDOW, RIGHTS_RW);
    *word = 1;
    ok(frame_protect(frame, RIGHT_READ));
    expect_equal(*word, 1);
    worker_start(worker);
    ok(message_recv(faults, &message));
    expect_equal(message_label(&message), FAULT_BASE + FAULT_PAGE);
    expect_equal(message.words[0], WINDOW);
    expect_equal(message.words[2], RIGHT_WRITE);
    ok(frame_protect(frame, RIGHTS_RW));
    ok(message_reply(0, &message));
    worker_join(worker);
    expect_equal(*word, 2);
}

TEST(frame_protect_says_what_is_wrong)
{
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS), endpoint = make(OBJECT_ENDPOINT);

    PROVOKES(frame_protect, no_cap, frame_protect(slot_new(), RIGHT_READ));
    PROVOKES(frame_protect, wrong_type, frame_protect(endpoint, RIGHT_READ));
    PROVOKES(frame_protect, bad_argument, frame_protect(frame, RIGHT_READ)); /* not mapped */
    map_here(frame, WINDOW, RIGHT_READ);
    PROVOKES(frame_protect, bad_argument, frame_protect(frame, RIGHTS_RW | RIGHT_EXECUTE));
    PROVOKES(frame_protect, bad_argument, frame_protect(frame, 0));
    word_t reader = copy_of(frame, RIGHT_READ);
    map_here(reader, WINDOW + PAGE_SIZE, RIGHT_READ);
    PROVOKES(frame_protect, no_right, frame_protect(reader, RIGHTS_RW));
}
