/* Tables: tables in tables, what goes with a table, and threads whose own table goes. */
#include "guest.h"

/* Slots of the tables that a worker lives in here. */
enum { INNER = 1, UNTYPED = 2, NOTIFICATION = 3, OUT = 4 /* init's table */ };

TEST(a_capability_goes_into_another_table)
{
    word_t table = make_sized(OBJECT_CTABLE, 8), first = make(OBJECT_ENDPOINT);

    ok(cap_mint(table, 3, first, RIGHTS_RW, 4));
    struct facts facts = identify_in(table, 3);
    expect(facts.type == OBJECT_ENDPOINT && facts.value == 4 && facts.rights == RIGHTS_RW, facts.type, facts.value, facts.rights);
    ok(cap_move(table, 5, first));
    expect(is_empty(first) && identify_in(table, 5).type == OBJECT_ENDPOINT);
    ok(cap_revoke(table, 5));
    expect_equal(identify_in(table, 3).type, OBJECT_NULL);
    ok(untyped_retype(pool(), OBJECT_NOTIFICATION, 0, 7, 0, table, NULL));
    expect_equal(identify_in(table, 7).type, OBJECT_NOTIFICATION);
    ok(cap_delete(table, 7));
    expect_equal(identify_in(table, 7).type, OBJECT_NULL);
    PROVOKES(cap_copy, slot_full, cap_copy(table, 5, table, RIGHT_ALL));
    PROVOKES(cap_copy, bad_argument, cap_copy(table, 8, table, RIGHT_ALL));
    PROVOKES(cap_revoke, no_cap, cap_revoke(table, 3));
}

TEST(a_table_has_as_many_slots_as_its_size_says)
{
    for (word_t bits = OBJECT_CTABLE_MIN_BITS; bits <= 12; bits++) {
        word_t table = make_sized(OBJECT_CTABLE, bits), slots = 1UL << (bits - CAP_BITS);
        expect_equal(identify(table).value, slots);
        ok(cap_copy(table, slots - 1, SLOT_THREAD, 0));
        PROVOKES(cap_copy, bad_argument, cap_copy(table, slots, SLOT_THREAD, 0));
        for (word_t i = 0; i + 1 < slots; i++)
            expect_equal(identify_in(table, i).type, OBJECT_NULL);
    }
}

TEST(a_table_may_hold_itself)
{
    word_t table = make_sized(OBJECT_CTABLE, 7);

    ok(cap_copy(table, 1, table, RIGHT_ALL));
    ok(cap_mint(table, 2, table, RIGHT_ALL, 0));
    ok(cap_delete(0, table));
    expect(is_empty(table));
}

TEST(what_stands_in_a_table_goes_with_it)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 16), table = make_from(untyped, OBJECT_CTABLE, 8);
    word_t outside = make(OBJECT_ENDPOINT), badged = minted(outside, RIGHT_ALL, 1);

    ok(untyped_retype(untyped, OBJECT_NOTIFICATION, 0, 1, 0, table, NULL));
    ok(untyped_retype(untyped, OBJECT_THREAD, 0, 2, 0, table, NULL));
    ok(untyped_retype(untyped, OBJECT_UNTYPED, 12, 3, 0, table, NULL));
    ok(cap_move(table, 4, badged));
    ok(cap_mint(0, badged, outside, RIGHT_ALL, 2));
    ok(cap_delete(0, table));
    expect_equal(identify(untyped).value, 0); /* nothing that was made of it is left */
    expect(!is_empty(outside) && !is_empty(badged));
}

static void make_inner(struct worker *self)
{
    self->result[0] = untyped_retype(UNTYPED, OBJECT_CTABLE, 8, INNER, 0, 0, NULL);
    if (self->result[0] == STATUS_OK) {
        ok(untyped_retype(UNTYPED, OBJECT_UNTYPED, self->argument[1], UNTYPED, 0, INNER, NULL));
        ok(cap_copy(INNER, OUT, OUT, RIGHT_ALL));
        ok(cap_copy(OUT, self->argument[0], INNER, RIGHT_ALL));
    }
    self->progress++;
    arch_fault();
}

/* Tables in one another as deep as they go: a worker lives in each in turn and makes the next in it. */
TEST(tables_nest_so_deep_and_go_with_the_outermost)
{
    word_t root = make_sized(OBJECT_UNTYPED, 18), outermost = make_from(root, OBJECT_CTABLE, 8), copies = slots_new(10);
    struct worker *worker = worker_alone(make_inner, HIGH, outermost);
    word_t nested = 1;

    ok(untyped_retype(root, OBJECT_UNTYPED, 17, UNTYPED, 0, outermost, NULL));
    ok(cap_copy(outermost, OUT, SLOT_TABLE, RIGHT_ALL));
    for (; nested <= 10; nested++) {
        worker->argument[0] = copies + nested - 1;
        worker->argument[1] = 17 - nested;
        worker_start(worker);
        expect_equal(worker->progress, nested);
        if (worker->result[0] != STATUS_OK)
            break;
        ok(thread_configure(worker->thread, copies + nested - 1, 0, 0, 0, 0));
    }
    expect_equal(worker->result[0], STATUS_TOO_DEEP);
    expect_equal(nested, 4);
    ok(cap_delete(0, outermost));
    expect_equal(identify(root).value, 0);
    for (unsigned i = 0; i < 10; i++)
        expect(is_empty(copies + i), i);
}

/* The same with the inner table's first capability outside; then, when the case has put a copy of it here, an untyped into it. */
static void make_inner_outside(struct worker *self)
{
    if (self->progress++ == 0)
        self->result[0] = untyped_retype(UNTYPED, OBJECT_CTABLE, 8, self->argument[0], 0, OUT, NULL);
    else
        self->result[1] = untyped_retype(UNTYPED, OBJECT_UNTYPED, self->argument[1], UNTYPED, 0, INNER, NULL);
    arch_fault();
}

/* ---- a thread whose own table goes */

static void use_the_table(struct worker *self)
{
    self->progress = 1;
    self->result[0] = wait(NOTIFICATION, 0, NULL);
    self->result[1] = signal(NOTIFICATION);
    self->result[2] = cap_identify(0, 0, NULL, NULL, NULL, NULL, NULL);
    self->result[3] = cap_copy(0, 1, 2, 0);
    self->progress = 2;
    arch_fault();
}

TEST(a_thread_without_a_table_has_no_capability)
{
    word_t table = make_sized(OBJECT_CTABLE, 8), notification = make(OBJECT_NOTIFICATION);
    word_t badged = minted(notification, RIGHTS_RW, 1);
    struct worker *worker = worker_alone(use_the_table, HIGH, table);

    ok(cap_copy(table, NOTIFICATION, badged, RIGHTS_RW));
    worker_start(worker);
    expect_equal(worker->progress, 1);
    ok(cap_delete(0, table)); /* while it waits: the wait goes on, since the notification is still there */
    expect_equal(worker->progress, 1);
    ok(signal(badged));
    expect_equal(worker->progress, 2);
    expect_equal(worker->result[0], STATUS_OK);
    expect_equal(worker->result[1], STATUS_NO_CAP);
    expect_equal(worker->result[2], STATUS_NO_CAP);
    expect_equal(worker->result[3], STATUS_NO_CAP);
}

static void delete_own_table(struct worker *self)
{
    self->result[0] = cap_delete(OUT, self->argument[0]);
    self->result[1] = cap_delete(OUT, self->argument[0]);
    self->progress = 1;
    arch_fault();
}

TEST(a_thread_may_delete_its_own_table)
{
    for (word_t bits = 8; bits <= 14; bits += 6) { /* in one step, and in several, of which the thread can make one only */
        word_t table = make_sized(OBJECT_CTABLE, bits);
        struct worker *worker = worker_alone(delete_own_table, HIGH, table);

        worker->argument[0] = table;
        ok(cap_copy(table, OUT, SLOT_TABLE, RIGHT_ALL));
        worker_start(worker);
        expect_equal(worker->progress, 1);
        expect_equal(worker->result[0], bits == 8 ? STATUS_OK : STATUS_NO_CAP);
        expect_equal(worker->result[1], STATUS_NO_CAP);
        ok(cap_delete(0, table));
        expect(is_empty(table));
    }
}

TEST(an_empty_table_is_deleted_in_small_steps)
{
    word_t table = make_sized(OBJECT_CTABLE, 14), steps = 0; /* 512 slots */

    PROVOKES(cap_delete, again, cap_delete_step(0, table));
    while (cap_delete_step(0, table) == STATUS_AGAIN)
        steps++;
    expect(steps >= 4 && steps <= 64, steps);
    expect(is_empty(table));
}

/* A table from an untyped that stands in a table is as deep as one in that table, wherever its capability is put. */
TEST(nesting_counts_the_table_that_the_untyped_stands_in)
{
    word_t root = make_sized(OBJECT_UNTYPED, 18), outer = make_from(root, OBJECT_CTABLE, 8), nested = 1;

    ok(untyped_retype(root, OBJECT_UNTYPED, 17, UNTYPED, 0, outer, NULL));
    ok(cap_copy(outer, OUT, SLOT_TABLE, RIGHT_ALL));
    for (; nested <= 10; nested++) {
        struct worker *worker = worker_alone(make_inner_outside, HIGH, outer);
        worker->argument[0] = slot_new();
        worker->argument[1] = 17 - nested;
        worker_start(worker);
        expect_equal(worker->progress, 1);
        if (worker->result[0] != STATUS_OK)
            break;
        ok(cap_copy(outer, INNER, worker->argument[0], RIGHT_ALL));
        ok(cap_copy(worker->argument[0], OUT, SLOT_TABLE, RIGHT_ALL));
        worker_start(worker);
        expect(worker->progress == 2 && worker->result[1] == STATUS_OK, nested, worker->result[1]);
        outer = worker->argument[0];
    }
    expect_equal(nested, 4);
    ok(cap_delete(0, root));
}
