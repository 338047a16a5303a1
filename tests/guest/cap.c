/* Capabilities: copy, mint, move, identify, and the derivation tree. Delete and revoke are in revoke.c, tables in ctable.c. */
#include "guest.h"

#define FAR (1UL << 63) /* a slot number that no table has */

/* ---- copy */

TEST(copy_of_a_first_is_its_child)
{
    word_t first = make(OBJECT_ENDPOINT);
    word_t copy = copy_of(first, RIGHT_ALL);

    expect_equal(depth_of(first), depth_of(pool()) + 1);
    expect_equal(depth_of(copy), depth_of(first) + 1);
    ok(cap_revoke(0, first));
    expect(is_empty(copy) && !is_empty(first), copy, first);
}

TEST(copy_of_a_derived_one_is_its_sibling)
{
    word_t first = make(OBJECT_ENDPOINT), derived = minted(first, RIGHT_ALL, 7);
    word_t copy = copy_of(derived, RIGHT_ALL);

    expect_equal(depth_of(copy), depth_of(derived));
    expect_equal(identify(copy).value, 7);
    ok(cap_revoke(0, derived));
    expect(!is_empty(copy) && !is_empty(derived));
    ok(cap_delete(0, derived));
    expect_equal(identify(copy).type, OBJECT_ENDPOINT);
    ok(cap_revoke(0, first));
    expect(is_empty(copy));
}

TEST(copy_never_adds_a_right)
{
    word_t first = make(OBJECT_ENDPOINT);

    for (word_t has = 0; has <= RIGHT_ALL; has++) {
        word_t source = slot_new(), copy = slot_new();
        ok(cap_copy(0, source, first, has));
        expect_equal(identify(source).rights, has);
        for (word_t asked = 0; asked <= RIGHT_ALL; asked++) {
            ok(cap_copy(0, copy, source, asked));
            expect(identify(copy).rights == (has & asked), has, asked, identify(copy).rights);
            ok(cap_delete(0, copy));
        }
        ok(cap_copy(0, copy, source, ~0UL));
        expect_equal(identify(copy).rights, has);
        ok(cap_revoke(0, first));
    }
}

TEST(copy_says_what_is_wrong)
{
    word_t first = make(OBJECT_ENDPOINT), empty = slot_new(), full = copy_of(first, RIGHT_ALL);
    word_t table = make_sized(OBJECT_CTABLE, 7), reader = copy_of(table, RIGHT_READ);

    PROVOKES(cap_copy, no_cap, cap_copy(0, empty, slot_new(), RIGHT_ALL));
    PROVOKES(cap_copy, no_cap, cap_copy(0, empty, boot->slots, RIGHT_ALL));
    PROVOKES(cap_copy, no_cap, cap_copy(0, empty, FAR, RIGHT_ALL));
    PROVOKES(cap_copy, no_cap, cap_copy(0, empty, 0, RIGHT_ALL));
    PROVOKES(cap_copy, no_cap, cap_copy(slot_new(), 1, first, RIGHT_ALL));
    PROVOKES(cap_copy, no_cap, cap_copy(FAR, 1, first, RIGHT_ALL));
    PROVOKES(cap_copy, wrong_type, cap_copy(first, 1, first, RIGHT_ALL));
    PROVOKES(cap_copy, no_right, cap_copy(reader, 1, first, RIGHT_ALL));
    PROVOKES(cap_copy, bad_argument, cap_copy(0, boot->slots, first, RIGHT_ALL));
    PROVOKES(cap_copy, bad_argument, cap_copy(0, FAR, first, RIGHT_ALL));
    PROVOKES(cap_copy, bad_argument, cap_copy(0, 0, first, RIGHT_ALL));
    PROVOKES(cap_copy, bad_argument, cap_copy(table, 4, first, RIGHT_ALL));
    PROVOKES(cap_copy, slot_full, cap_copy(0, full, first, RIGHT_ALL));
    PROVOKES(cap_copy, slot_full, cap_copy(0, first, first, RIGHT_ALL));
    expect(is_empty(empty));
}

/* ---- mint */

TEST(mint_makes_a_child_with_a_badge_that_stays)
{
    word_t first = make(OBJECT_NOTIFICATION), badged = minted(first, RIGHTS_RW, 5), again = minted(badged, RIGHT_WRITE, 5);

    expect_equal(identify(first).value, 0);
    expect_equal(identify(badged).value, 5);
    expect_equal(identify(again).value, 5);
    expect_equal(depth_of(badged), depth_of(first) + 1);
    expect_equal(depth_of(again), depth_of(first) + 2);
    expect_equal(identify(again).rights, RIGHT_WRITE);
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot_new(), badged, RIGHTS_RW, 6));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot_new(), badged, RIGHTS_RW, 0));
    ok(cap_revoke(0, badged));
    expect(is_empty(again) && !is_empty(badged) && !is_empty(first));
}

TEST(mint_takes_every_bit_of_a_badge)
{
    word_t first = make(OBJECT_ENDPOINT);

    expect_equal(identify(minted(first, RIGHT_ALL, ~0UL)).value, ~0UL);
    expect_equal(identify(minted(first, RIGHT_ALL, FAR)).value, FAR);
    expect_equal(identify(minted(first, RIGHT_ALL, 0)).value, 0);
}

TEST(mint_never_adds_a_right)
{
    word_t first = make(OBJECT_ENDPOINT);

    for (word_t has = 0; has <= RIGHT_ALL; has++) {
        word_t source = minted(first, has, 1);
        for (word_t asked = 0; asked <= RIGHT_ALL; asked++) {
            word_t derived = minted(source, asked, 1);
            expect(identify(derived).rights == (has & asked), has, asked, identify(derived).rights);
        }
    }
}

TEST(mint_of_what_has_no_badge_takes_none)
{
    static const uint8_t types[] = {OBJECT_THREAD, OBJECT_SCHED_CONTEXT, OBJECT_REPLY, OBJECT_VSPACE};

    for (unsigned i = 0; i < COUNT_OF(types); i++) {
        word_t first = make(types[i]);
        PROVOKES(cap_mint, bad_argument, cap_mint(0, slot_new(), first, RIGHT_ALL, 1));
        word_t derived = minted(first, RIGHT_READ, 0);
        expect(identify(derived).type == types[i] && identify(derived).rights == RIGHT_READ, i, identify(derived).type);
    }
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot_new(), make_sized(OBJECT_FRAME, PAGE_BITS), RIGHT_ALL, 1));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot_new(), SLOT_KERNEL, RIGHT_ALL, 1));
}

/* Two capabilities to an untyped would let objects overlap; a page table in two places would be of two levels. */
TEST(an_untyped_and_a_page_table_have_one_capability)
{
    word_t slot = slot_new(), table = make(OBJECT_PAGE_TABLE);

    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot, pool(), RIGHT_ALL, 0));
    PROVOKES(cap_copy, bad_argument, cap_copy(0, slot, pool(), RIGHT_ALL));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot, table, RIGHT_ALL, 0));
    PROVOKES(cap_copy, bad_argument, cap_copy(0, slot, table, RIGHT_ALL));
    ok(cap_move(0, slot, table));
    expect_equal(identify(slot).type, OBJECT_PAGE_TABLE);
}

TEST(mint_cuts_a_part_out_of_a_range)
{
    word_t part = minted(SLOT_IRQ, RIGHT_ALL, 3 | 5UL << 32), one = minted(part, RIGHT_ALL, 7 | 1UL << 32), slot = slot_new();

    expect_equal(identify(part).value, 3 | 5UL << 32);
    expect_equal(identify(one).value, 7 | 1UL << 32);
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot, part, RIGHT_ALL, 2 | 1UL << 32));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot, part, RIGHT_ALL, 8 | 1UL << 32));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot, part, RIGHT_ALL, 3 | 6UL << 32));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot, part, RIGHT_ALL, 3));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot, part, RIGHT_ALL, 0xffffffffUL | 1UL << 32));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, slot, part, RIGHT_ALL, 4 | 0xffffffffUL << 32));
    ok(cap_mint(0, slot, part, RIGHT_ALL, 3 | 5UL << 32));
    ok(cap_delete(0, part));
    expect(is_empty(one) && is_empty(slot));
}

TEST(mint_says_what_is_wrong)
{
    word_t first = make(OBJECT_ENDPOINT), empty = slot_new();
    word_t reader = copy_of(make_sized(OBJECT_CTABLE, 7), RIGHT_READ);

    PROVOKES(cap_mint, no_cap, cap_mint(0, empty, slot_new(), RIGHT_ALL, 0));
    PROVOKES(cap_mint, no_cap, cap_mint(slot_new(), 1, first, RIGHT_ALL, 0));
    PROVOKES(cap_mint, wrong_type, cap_mint(SLOT_THREAD, 1, first, RIGHT_ALL, 0));
    PROVOKES(cap_mint, no_right, cap_mint(reader, 1, first, RIGHT_ALL, 0));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, 0, first, RIGHT_ALL, 0));
    PROVOKES(cap_mint, bad_argument, cap_mint(0, FAR, first, RIGHT_ALL, 0));
    PROVOKES(cap_mint, slot_full, cap_mint(0, first, first, RIGHT_ALL, 0));
    expect(is_empty(empty));
}

TEST(the_tree_has_a_deepest_level)
{
    word_t slot = make(OBJECT_ENDPOINT), first = slot;

    while (depth_of(slot) < DEPTH_MAX)
        slot = minted(slot, RIGHT_ALL, 9);
    PROVOKES(cap_mint, too_deep, cap_mint(0, slot_new(), slot, RIGHT_ALL, 9));
    word_t sibling = copy_of(slot, RIGHT_ALL); /* as deep, not deeper */
    expect_equal(depth_of(sibling), DEPTH_MAX);
    ok(cap_revoke(0, first));
    expect(is_empty(slot) && is_empty(sibling));
}

TEST(an_object_on_the_deepest_level_has_one_capability)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 12);

    while (depth_of(untyped) < DEPTH_MAX - 1)
        untyped = make_from(untyped, OBJECT_UNTYPED, 12);
    word_t endpoint = make_from(untyped, OBJECT_ENDPOINT, 0);
    expect_equal(depth_of(endpoint), DEPTH_MAX);
    PROVOKES(cap_copy, too_deep, cap_copy(0, slot_new(), endpoint, RIGHT_ALL));
    PROVOKES(cap_mint, too_deep, cap_mint(0, slot_new(), endpoint, RIGHT_ALL, 1));
}

/* ---- move */

TEST(move_keeps_the_place_in_the_tree)
{
    word_t first = make(OBJECT_ENDPOINT), middle = minted(first, RIGHTS_RW, 3), leaf = minted(middle, RIGHT_READ, 3), to = slot_new();
    struct facts before = identify(middle);

    ok(cap_move(0, to, middle));
    struct facts after = identify(to);
    expect(is_empty(middle));
    expect(after.type == before.type && after.rights == before.rights && after.value == before.value && after.depth == before.depth,
           after.type, after.rights, after.value, after.depth);
    ok(cap_revoke(0, to));
    expect(is_empty(leaf) && !is_empty(to));
    ok(cap_revoke(0, first));
    expect(is_empty(to) && !is_empty(first));
}

TEST(move_of_a_first_takes_the_object_along)
{
    word_t first = make(OBJECT_NOTIFICATION), badged = minted(first, RIGHTS_RW, 2), to = slot_new(), bits = 0;

    ok(cap_move(0, to, first));
    ok(signal(badged));
    ok(poll(to, &bits));
    expect_equal(bits, 2);
    ok(cap_delete(0, to));
    expect(is_empty(badged));
}

TEST(move_says_what_is_wrong)
{
    word_t first = make(OBJECT_ENDPOINT), empty = slot_new(), table = make_sized(OBJECT_CTABLE, 7), reader = copy_of(table, RIGHT_READ);

    PROVOKES(cap_move, no_cap, cap_move(0, empty, slot_new()));
    PROVOKES(cap_move, no_cap, cap_move(0, empty, FAR));
    PROVOKES(cap_move, no_cap, cap_move(slot_new(), 1, first));
    PROVOKES(cap_move, wrong_type, cap_move(SLOT_KERNEL, 1, first));
    PROVOKES(cap_move, no_right, cap_move(reader, 1, first));
    PROVOKES(cap_move, bad_argument, cap_move(0, 0, first));
    PROVOKES(cap_move, bad_argument, cap_move(0, boot->slots, first));
    PROVOKES(cap_move, bad_argument, cap_move(0, empty, pool()));
    PROVOKES(cap_move, bad_argument, cap_move(0, empty, table));
    PROVOKES(cap_move, slot_full, cap_move(0, reader, first));
    PROVOKES(cap_move, slot_full, cap_move(0, first, first));
    expect(is_empty(empty) && identify(first).type == OBJECT_ENDPOINT);
    ok(cap_move(0, empty, reader)); /* a table's further capabilities move */
}

/* ---- identify */

TEST(identify_tells_every_type)
{
    static const struct {
        uint8_t type, size_bits;
    } fixed[] = {
        {OBJECT_THREAD, OBJECT_THREAD_BITS},     {OBJECT_SCHED_CONTEXT, OBJECT_SCHED_CONTEXT_BITS},
        {OBJECT_ENDPOINT, OBJECT_ENDPOINT_BITS}, {OBJECT_NOTIFICATION, OBJECT_NOTIFICATION_BITS},
        {OBJECT_REPLY, OBJECT_REPLY_BITS},       {OBJECT_VSPACE, OBJECT_VSPACE_BITS},
        {OBJECT_PAGE_TABLE, OBJECT_PAGE_TABLE_BITS},
    };

    for (unsigned i = 0; i < COUNT_OF(fixed); i++) {
        struct facts facts = identify(make(fixed[i].type));
        expect(facts.type == fixed[i].type && facts.size_bits == fixed[i].size_bits, fixed[i].type, facts.type, facts.size_bits);
        expect(facts.rights == RIGHT_ALL && facts.value == 0, facts.type, facts.rights, facts.value);
    }
    expect_equal(identify(make_sized(OBJECT_FRAME, 12)).size_bits, 12);
    expect_equal(identify(make_sized(OBJECT_CTABLE, 9)).value, 1 << (9 - CAP_BITS));
    expect_equal(identify(SLOT_KERNEL).type, OBJECT_KERNEL);
    expect_equal(identify(SLOT_IRQ).type, OBJECT_IRQ);
    expect_equal(identify(slot_new()).type, OBJECT_NULL);
    expect_equal(identify(0).type, OBJECT_NULL);
}

TEST(identify_says_what_is_wrong)
{
    word_t writer = copy_of(make_sized(OBJECT_CTABLE, 7), RIGHT_WRITE);

    PROVOKES(cap_identify, no_cap, cap_identify(slot_new(), 1, NULL, NULL, NULL, NULL, NULL));
    PROVOKES(cap_identify, wrong_type, cap_identify(SLOT_THREAD, 1, NULL, NULL, NULL, NULL, NULL));
    PROVOKES(cap_identify, no_right, cap_identify(writer, 1, NULL, NULL, NULL, NULL, NULL));
    PROVOKES(cap_identify, bad_argument, cap_identify(0, boot->slots, NULL, NULL, NULL, NULL, NULL));
    PROVOKES(cap_identify, bad_argument, cap_identify(0, FAR, NULL, NULL, NULL, NULL, NULL));
}
