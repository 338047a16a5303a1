/* Delete and revoke: the subtree goes and nothing else, much of it in small steps. */
#include "guest.h"

#define FAR (1UL << 63) /* a slot number that no table has */

/* ---- delete and revoke */

TEST(delete_takes_the_subtree_and_nothing_else)
{
    word_t first = make(OBJECT_ENDPOINT), before = minted(first, RIGHT_ALL, 1), middle = minted(first, RIGHT_ALL, 2);
    word_t after = minted(first, RIGHT_ALL, 3), child = minted(middle, RIGHT_ALL, 2), grandchild = minted(child, RIGHT_ALL, 2);
    word_t nephew = minted(before, RIGHT_ALL, 1), other = make(OBJECT_ENDPOINT);

    ok(cap_delete(0, middle));
    expect(is_empty(middle) && is_empty(child) && is_empty(grandchild));
    expect(!is_empty(first) && !is_empty(before) && !is_empty(after) && !is_empty(nephew) && !is_empty(other));
    ok(cap_delete(0, middle)); /* what is empty is deleted already */
    ok(cap_delete(0, first));
    expect(is_empty(first) && is_empty(before) && is_empty(after) && is_empty(nephew) && !is_empty(other));
}

TEST(delete_says_what_is_wrong)
{
    word_t reader = copy_of(make_sized(OBJECT_CTABLE, 7), RIGHT_READ);

    PROVOKES(cap_delete, no_cap, cap_delete(slot_new(), 1));
    PROVOKES(cap_delete, wrong_type, cap_delete(SLOT_KERNEL, 1));
    PROVOKES(cap_delete, no_right, cap_delete(reader, 1));
    PROVOKES(cap_delete, bad_argument, cap_delete(0, boot->slots));
    PROVOKES(cap_delete, bad_argument, cap_delete(0, FAR));
}

TEST(revoke_says_what_is_wrong)
{
    word_t reader = copy_of(make_sized(OBJECT_CTABLE, 7), RIGHT_READ);

    PROVOKES(cap_revoke, no_cap, cap_revoke(0, slot_new()));
    PROVOKES(cap_revoke, no_cap, cap_revoke(slot_new(), 1));
    PROVOKES(cap_revoke, wrong_type, cap_revoke(SLOT_KERNEL, 1));
    PROVOKES(cap_revoke, no_right, cap_revoke(reader, 1));
    PROVOKES(cap_revoke, bad_argument, cap_revoke(0, boot->slots));
    PROVOKES(cap_revoke, bad_argument, cap_revoke(0, FAR));
}

static word_t still_there(word_t from, word_t count)
{
    word_t left = 0;

    for (word_t i = 0; i < count; i++)
        left += !is_empty(from + i);
    return left;
}

/* `count` capabilities below `first`, in slots from the returned one on, in a tree that is wide and up to 8 deep. */
static word_t grow(word_t first, unsigned count)
{
    word_t from = slots_new(count);

    for (unsigned i = 0; i < count; i++)
        ok(cap_mint(0, from + i, i % 8 == 0 ? first : from + i - 1, RIGHT_ALL, 1));
    return from;
}

TEST(revoke_of_much_goes_in_small_steps)
{
    word_t first = make(OBJECT_ENDPOINT), count = scaled(900, 150), from = grow(first, (unsigned)count), left = count;

    PROVOKES(cap_revoke, again, cap_revoke_step(0, first));
    for (;;) {
        word_t now = still_there(from, count);
        expect(now < left && left - now <= 16, left, now);
        left = now;
        status_t status = cap_revoke_step(0, first);
        if (status == STATUS_OK)
            break;
        expect_equal(status, STATUS_AGAIN);
    }
    expect_equal(still_there(from, count), 0);
    expect(!is_empty(first));
}

TEST(delete_of_much_goes_in_small_steps)
{
    word_t first = make(OBJECT_ENDPOINT), count = scaled(900, 150), from = grow(first, (unsigned)count);

    PROVOKES(cap_delete, again, cap_delete_step(0, first));
    expect(!is_empty(first), still_there(from, count)); /* leaves go first */
    ok(cap_delete(0, first));
    expect_equal(still_there(from, count), 0);
    expect(is_empty(first));
}

TEST(between_steps_the_rest_is_of_use)
{
    word_t first = make(OBJECT_NOTIFICATION), from = grow(first, 40), bits = 0;

    expect_equal(cap_revoke_step(0, first), STATUS_AGAIN);
    for (unsigned i = 0; i < 40; i++) {
        if (is_empty(from + i))
            continue;
        ok(signal(from + i));
        ok(poll(first, &bits));
        expect_equal(bits, 1);
    }
    ok(cap_mint(0, slot_new(), first, RIGHT_ALL, 6)); /* what is derived meanwhile goes too */
    ok(cap_revoke(0, first));
    expect_equal(still_there(from, 41), 0);
}

static void revoke_three_steps(struct worker *self)
{
    for (unsigned i = 0; i < 3; i++)
        expect_equal(cap_revoke_step(0, self->argument[0]), STATUS_AGAIN);
    self->progress = 3;
    ok(wait(self->argument[1], 0, NULL));
    guest_fail(__FILE__, __LINE__, "the killed thread went on");
}

TEST(a_thread_killed_half_way_leaves_a_tree_that_can_be_revoked)
{
    word_t first = make(OBJECT_ENDPOINT), from = grow(first, 100);
    struct worker *worker = worker_new(revoke_three_steps, HIGH);

    worker->argument[0] = first;
    worker->argument[1] = make(OBJECT_NOTIFICATION);
    worker_start(worker);
    expect_equal(worker->progress, 3);
    ok(cap_delete(0, worker->thread));
    word_t left = still_there(from, 100);
    expect(left > 0 && left < 100, left);
    ok(cap_revoke(0, first));
    expect_equal(still_there(from, 100), 0);
}

static void delete_three_steps(struct worker *self)
{
    for (unsigned i = 0; i < 3; i++)
        expect_equal(cap_delete_step(0, self->argument[0]), STATUS_AGAIN);
    self->progress = 3;
    ok(wait(self->argument[1], 0, NULL));
    guest_fail(__FILE__, __LINE__, "the killed thread went on");
}

#define TABLE_SLOTS 128

TEST(a_thread_killed_half_way_leaves_the_rest_of_a_table)
{
    word_t memory = make_sized(OBJECT_UNTYPED, 14), table = make_from(memory, OBJECT_CTABLE, CAP_BITS + 7);
    struct worker *worker = worker_new(delete_three_steps, HIGH);

    for (word_t i = 1; i < TABLE_SLOTS; i++)
        ok(untyped_retype(memory, OBJECT_ENDPOINT, 0, i, 0, table, NULL));
    worker->argument[0] = table;
    worker->argument[1] = make(OBJECT_NOTIFICATION);
    worker_start(worker);
    expect_equal(worker->progress, 3);
    ok(cap_delete(0, worker->thread));
    word_t left = identify(table).value;
    expect(left > 1 && left < TABLE_SLOTS, left); /* it is taken away from its end */
    ok(cap_delete(table, left - 2));
    ok(cap_copy(table, left - 2, SLOT_VSPACE, RIGHT_ALL));
    expect_equal(identify_in(table, left - 2).type, OBJECT_VSPACE);
    for (word_t i = 1; i < left - 2; i++)
        expect_equal(identify_in(table, i).type, OBJECT_ENDPOINT);
    ok(cap_delete(0, table));
    expect(is_empty(table));
    ok(cap_revoke(0, memory));
    ok(untyped_retype(memory, OBJECT_FRAME, PAGE_BITS, table, 0, 0, NULL)); /* and its memory is of use again */
}
