/* Address spaces: mapping, what a mapping allows, and that what is gone is gone. */
#include "guest.h"

#define LARGE_BITS 21
#define LEVEL_TOP (GUEST_LEVELS - 1) /* the root's */

static word_t frame_new(void)
{
    return make_sized(OBJECT_FRAME, PAGE_BITS);
}

static volatile word_t *words(word_t vaddr)
{
    return (volatile word_t *)vaddr;
}

/* ---- mapping */

TEST(a_page_is_mapped_and_unmapped)
{
    word_t frame = frame_new();

    expect(touch(WINDOW, RIGHT_READ));
    map_here(frame, WINDOW, RIGHTS_RW);
    expect_equal(identify(frame).value, WINDOW);
    *words(WINDOW) = 77;
    expect(!touch(WINDOW, RIGHT_READ) && !touch(WINDOW + 4088, RIGHT_WRITE));
    ok(frame_unmap(frame));
    expect_equal(identify(frame).value, 0);
    expect(touch(WINDOW, RIGHT_READ) && touch(WINDOW, RIGHT_WRITE));
    ok(frame_unmap(frame)); /* nothing happens */
    map_here(frame, WINDOW + 0x1000, RIGHT_READ);
    expect_equal(*words(WINDOW + 0x1000), 77); /* it is the same memory */
    expect(touch(WINDOW, RIGHT_READ));
}

TEST(a_large_page_is_mapped_and_unmapped)
{
    word_t frame = make_sized(OBJECT_FRAME, LARGE_BITS), last = (1UL << LARGE_BITS) - sizeof(word_t);

    map_here(frame, WINDOW, RIGHTS_RW);
    *words(WINDOW) = 1;
    *words(WINDOW + last) = 2;
    expect(*words(WINDOW + 0x100000) == 0 && touch(WINDOW + last + sizeof(word_t), RIGHT_READ));
    PROVOKES(table_map, already, table_map(make(OBJECT_PAGE_TABLE), SLOT_VSPACE, WINDOW, NULL)); /* it covers what a table would */
    ok(frame_unmap(frame));
    expect(touch(WINDOW, RIGHT_READ) && touch(WINDOW + last, RIGHT_WRITE));
    map_here(frame, WINDOW + (1UL << LARGE_BITS), RIGHT_READ);
    expect(*words(WINDOW + (1UL << LARGE_BITS)) == 1 && *words(WINDOW + (1UL << LARGE_BITS) + last) == 2);
}

TEST(copies_of_a_frame_map_it_twice)
{
    word_t frame = frame_new(), copy = copy_of(frame, RIGHT_READ);

    map_here(frame, WINDOW, RIGHTS_RW);
    PROVOKES(frame_map, already, frame_map(frame, SLOT_VSPACE, WINDOW + 0x1000, RIGHT_READ, NULL)); /* this capability is in use */
    map_here(copy, WINDOW + 0x1000, RIGHT_READ);
    *words(WINDOW) = 5;
    expect_equal(*words(WINDOW + 0x1000), 5);
    ok(frame_unmap(frame));
    expect_equal(*words(WINDOW + 0x1000), 5);
    ok(frame_unmap(copy));
    expect(touch(WINDOW + 0x1000, RIGHT_READ));
}

TEST(where_something_is_nothing_else_is_mapped)
{
    word_t one = frame_new(), other = frame_new(), large = make_sized(OBJECT_FRAME, LARGE_BITS);

    map_here(one, WINDOW, RIGHT_READ);
    PROVOKES(frame_map, already, frame_map(other, SLOT_VSPACE, WINDOW, RIGHT_READ, NULL));
    PROVOKES(frame_map, already, frame_map(large, SLOT_VSPACE, WINDOW, RIGHT_READ, NULL)); /* a table is there */
    PROVOKES(frame_map, already, frame_map(other, SLOT_VSPACE, IMAGE_BASE, RIGHT_READ, NULL));
}

TEST(a_missing_table_is_named_by_its_level)
{
    word_t frame = frame_new(), space = make(OBJECT_VSPACE), level = 99, mapped = 99, address = WINDOW + 7 * 0x1000;

    for (word_t missing = LEVEL_TOP; missing > 0; missing--) {
        PROVOKES(frame_map, no_table, frame_map(frame, space, address, RIGHT_READ, &level));
        expect_equal(level, missing);
        ok(table_map(make(OBJECT_PAGE_TABLE), space, address, &mapped));
        expect_equal(mapped, missing);
    }
    ok(frame_map(frame, space, address, RIGHT_READ, NULL));
    PROVOKES(table_map, already, table_map(make(OBJECT_PAGE_TABLE), space, WINDOW, NULL));
}

/* ---- rights */

TEST(a_mapping_allows_what_was_asked_and_no_more)
{
    word_t frame = frame_new();

    map_here(frame, WINDOW, RIGHT_READ);
    expect(!touch(WINDOW, RIGHT_READ) && touch(WINDOW, RIGHT_WRITE) && touch(WINDOW, RIGHT_EXECUTE));
    ok(frame_unmap(frame));
    map_here(frame, WINDOW, RIGHTS_RW);
    *words(WINDOW) = GUEST_RETURN;
    expect(!touch(WINDOW + 8, RIGHT_WRITE) && touch(WINDOW, RIGHT_EXECUTE));
    ok(frame_unmap(frame));
    map_here(frame, WINDOW, RIGHT_READ | RIGHT_EXECUTE);
    expect(!touch(WINDOW, RIGHT_EXECUTE) && touch(WINDOW, RIGHT_WRITE) && !touch(WINDOW, RIGHT_READ));
}

TEST(a_mapping_is_never_writable_and_executable)
{
    word_t frame = frame_new(), large = make_sized(OBJECT_FRAME, LARGE_BITS);

    tables_into(SLOT_VSPACE, WINDOW);
    PROVOKES(frame_map, bad_argument, frame_map(frame, SLOT_VSPACE, WINDOW, RIGHT_WRITE | RIGHT_EXECUTE, NULL));
    PROVOKES(frame_map, bad_argument, frame_map(frame, SLOT_VSPACE, WINDOW, RIGHTS_RW | RIGHT_EXECUTE, NULL));
    PROVOKES(frame_map, bad_argument, frame_map(large, SLOT_VSPACE, WINDOW + (1UL << 30), RIGHTS_RW | RIGHT_EXECUTE, NULL));
    ok(frame_map(frame, SLOT_VSPACE, WINDOW, RIGHTS_RW, NULL));
    PROVOKES(frame_protect, bad_argument, frame_protect(frame, RIGHTS_RW | RIGHT_EXECUTE));
}

TEST(a_mapping_has_at_most_the_capabilitys_rights)
{
    word_t frame = frame_new();
    word_t reader = copy_of(frame, RIGHT_READ), writer = copy_of(frame, RIGHT_WRITE), runner = copy_of(frame, RIGHT_READ | RIGHT_EXECUTE);

    tables_into(SLOT_VSPACE, WINDOW);
    PROVOKES(frame_map, no_right, frame_map(reader, SLOT_VSPACE, WINDOW, RIGHTS_RW, NULL));
    PROVOKES(frame_map, no_right, frame_map(reader, SLOT_VSPACE, WINDOW, RIGHT_READ | RIGHT_EXECUTE, NULL));
    PROVOKES(frame_map, no_right, frame_map(runner, SLOT_VSPACE, WINDOW, RIGHT_WRITE, NULL));
    PROVOKES(frame_map, no_right, frame_map(writer, SLOT_VSPACE, WINDOW, RIGHT_WRITE, NULL)); /* what is mapped can be read */
    ok(frame_map(reader, SLOT_VSPACE, WINDOW, RIGHT_READ, NULL));
    PROVOKES(frame_protect, no_right, frame_protect(reader, RIGHTS_RW));
    expect(touch(WINDOW, RIGHT_WRITE));
}

TEST(protection_changes_in_place)
{
    word_t frame = frame_new();

    map_here(frame, WINDOW, RIGHTS_RW);
    *words(WINDOW) = GUEST_RETURN;
    expect(!touch(WINDOW, RIGHT_READ));
    ok(frame_protect(frame, RIGHT_READ));
    expect(touch(WINDOW, RIGHT_WRITE) && touch(WINDOW, RIGHT_EXECUTE) && !touch(WINDOW, RIGHT_READ));
    ok(frame_protect(frame, RIGHT_READ | RIGHT_EXECUTE));
    expect(!touch(WINDOW, RIGHT_EXECUTE) && touch(WINDOW, RIGHT_WRITE));
    ok(frame_protect(frame, RIGHTS_RW));
    expect(!touch(WINDOW + 8, RIGHT_WRITE) && touch(WINDOW, RIGHT_EXECUTE));
    expect_equal(identify(frame).value, WINDOW);
}

/* ---- what goes takes its mappings along */

TEST(a_deleted_frame_is_not_mapped_any_more)
{
    word_t frame = frame_new(), copy = copy_of(frame, RIGHTS_RW);

    map_here(frame, WINDOW, RIGHTS_RW);
    map_here(copy, WINDOW + 0x1000, RIGHTS_RW);
    ok(cap_delete(0, copy));
    expect(touch(WINDOW + 0x1000, RIGHT_READ) && !touch(WINDOW, RIGHT_READ));
    copy = copy_of(frame, RIGHTS_RW);
    map_here(copy, WINDOW + 0x1000, RIGHTS_RW);
    ok(cap_revoke(0, frame)); /* the copy's mapping goes, the own stays */
    expect(touch(WINDOW + 0x1000, RIGHT_READ) && !touch(WINDOW, RIGHT_READ));
    ok(cap_delete(0, frame));
    expect(touch(WINDOW, RIGHT_READ));
}

TEST(a_revoked_untyped_unmaps_its_frames)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 15);

    for (unsigned i = 0; i < 6; i++)
        map_here(make_from(untyped, OBJECT_FRAME, PAGE_BITS), WINDOW + i * 0x1000, RIGHTS_RW);
    expect(!touch(WINDOW + 0x5000, RIGHT_WRITE));
    ok(cap_revoke(0, untyped));
    for (unsigned i = 0; i < 6; i++)
        expect(touch(WINDOW + i * 0x1000, RIGHT_READ), i);
}

TEST(a_moved_frame_stays_mapped)
{
    word_t frame = frame_new(), to = slot_new();

    map_here(frame, WINDOW, RIGHTS_RW);
    ok(cap_move(0, to, frame));
    expect(identify(to).value == WINDOW && !touch(WINDOW, RIGHT_WRITE), identify(to).value);
    ok(frame_unmap(to));
    expect(touch(WINDOW, RIGHT_READ));
}

/* The last table for WINDOW, that of its 2 MiB, in this space. */
static word_t last_table(word_t vspace)
{
    word_t table = 0, next;

    for (;;) {
        next = make(OBJECT_PAGE_TABLE);
        if (table_map(next, vspace, WINDOW, NULL) != STATUS_OK)
            return table;
        table = next;
    }
}

TEST(a_deleted_table_unmaps_what_it_maps)
{
    word_t frame = frame_new(), table = last_table(SLOT_VSPACE);

    map_here(frame, WINDOW, RIGHTS_RW);
    *words(WINDOW) = 123;
    ok(cap_delete(0, table));
    expect(touch(WINDOW, RIGHT_READ));
    expect_equal(identify(frame).value, 0);
    map_here(frame, WINDOW, RIGHTS_RW); /* with a new table */
    expect_equal(*words(WINDOW), 123);
}

TEST(a_table_that_is_mapped_again_is_empty)
{
    word_t space = make(OBJECT_VSPACE), frame = frame_new(), table = last_table(space), level = 0;

    ok(frame_map(frame, space, WINDOW, RIGHTS_RW, NULL));
    ok(cap_delete(0, space));
    expect_equal(identify(frame).value, 0);
    while (frame_map(frame, SLOT_VSPACE, WINDOW, RIGHT_READ, &level) == STATUS_NO_TABLE && level > 1)
        ok(table_map(make(OBJECT_PAGE_TABLE), SLOT_VSPACE, WINDOW, NULL));
    ok(table_map(table, SLOT_VSPACE, WINDOW, NULL));
    expect(touch(WINDOW, RIGHT_READ)); /* no capability accounts for the frame here */
    PROVOKES(table_map, already, table_map(table, SLOT_VSPACE, WINDOW + (1UL << 30), NULL));
    ok(frame_map(frame, SLOT_VSPACE, WINDOW, RIGHTS_RW, NULL));
    expect(!touch(WINDOW, RIGHT_WRITE));
}

TEST(a_frame_outlives_its_address_space)
{
    word_t space = make(OBJECT_VSPACE), frame = frame_new();

    map_into(space, frame, WINDOW, RIGHTS_RW);
    expect_equal(identify(frame).value, WINDOW);
    ok(cap_delete(0, space));
    expect_equal(identify(frame).value, 0);
    word_t next = make(OBJECT_VSPACE); /* which gets the same number */
    expect_equal(identify(frame).value, 0);
    map_into(next, frame, WINDOW + 0x1000, RIGHT_READ);
    expect_equal(identify(frame).value, WINDOW + 0x1000);
}

/* ---- spaces */

TEST(spaces_are_apart)
{
    word_t space = space_clone(), mine = frame_new(), theirs = frame_new();

    map_here(mine, WINDOW, RIGHTS_RW);
    expect(touch_in(space, WINDOW, RIGHT_READ) && !touch(WINDOW, RIGHT_READ));
    map_into(space, theirs, WINDOW, RIGHTS_RW);
    *words(WINDOW) = 1;
    expect(!touch_in(space, WINDOW, RIGHT_WRITE)); /* writes to theirs */
    expect_equal(*words(WINDOW), 1);
    map_here(copy_of(theirs, RIGHT_READ), WINDOW + 0x1000, RIGHT_READ);
    expect_equal(*words(WINDOW + 0x1000), 0x70c4ed);
    ok(frame_unmap(theirs));
    expect(touch_in(space, WINDOW, RIGHT_READ) && !touch(WINDOW, RIGHT_READ));
}

TEST(the_kernels_half_is_out_of_reach)
{
    for (unsigned i = 0; i < COUNT_OF(guest_kernel_addresses); i++) {
        word_t at = guest_kernel_addresses[i];
        expect(touch(at, RIGHT_READ) && touch(at, RIGHT_WRITE) && touch(at, RIGHT_EXECUTE), i);
        PROVOKES(frame_map, bad_argument, frame_map(frame_new(), SLOT_VSPACE, at & ~0xfffUL, RIGHT_READ, NULL));
        PROVOKES(table_map, bad_argument, table_map(make(OBJECT_PAGE_TABLE), SLOT_VSPACE, at, NULL));
    }
}

TEST(numbers_of_spaces_come_back)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 12), slot = slot_new();

    for (word_t i = 0; i < scaled(3000, 200); i++) {
        ok(untyped_retype(untyped, OBJECT_VSPACE, 0, slot, 0, 0, NULL));
        ok(cap_delete(0, slot));
    }
}

TEST(there_is_a_last_address_space)
{
    word_t from = slots_new(1100), most = scaled(1100, 50), made = 0; /* a debug build looks at each after every call */
    status_t status = STATUS_OK;

    while (made < most && (status = untyped_retype(pool(), OBJECT_VSPACE, 0, from + made, 0, 0, NULL)) == STATUS_OK)
        made++;
    expect(made == most || status == STATUS_NO_MEMORY, status, made);
    expect(boot->debug || (made > 1000 && made < most), made);
    ok(cap_delete(0, from + 3));
    ok(untyped_retype(pool(), OBJECT_VSPACE, 0, from + 3, 0, 0, NULL));
}

static void wait_and_touch(struct worker *self)
{
    self->progress = 1;
    ok(wait(self->argument[0], 0, NULL));
    guest_fail(__FILE__, __LINE__, "a thread without an address space went on");
}

TEST(a_thread_whose_space_went_faults)
{
    word_t space = space_clone(), notification = make(OBJECT_NOTIFICATION), faults = make(OBJECT_ENDPOINT);
    struct worker *worker = worker_in(wait_and_touch, HIGH, space, faults);
    struct message message;

    worker->argument[0] = notification;
    worker_start(worker);
    ok(cap_delete(0, space));
    ok(signal(minted(notification, RIGHT_WRITE, 1)));
    ok(message_recv(faults, &message));
    expect_equal(message_label(&message), FAULT_BASE + FAULT_PAGE);
    expect_equal(message.words[FAULT_WORD_ACCESS], RIGHT_EXECUTE);
}

/* ---- what is refused */

TEST(mapping_says_what_is_wrong)
{
    word_t frame = frame_new(), large = make_sized(OBJECT_FRAME, LARGE_BITS), empty = slot_new(), level = 0;
    const word_t bad[] = {WINDOW + 1, WINDOW + 8, USER_TOP, USER_TOP + 0x1000, ~0UL, 1UL << 63};

    PROVOKES(frame_map, no_cap, frame_map(empty, SLOT_VSPACE, WINDOW, RIGHT_READ, &level));
    PROVOKES(frame_map, no_cap, frame_map(frame, empty, WINDOW, RIGHT_READ, &level));
    PROVOKES(frame_map, wrong_type, frame_map(SLOT_THREAD, SLOT_VSPACE, WINDOW, RIGHT_READ, &level));
    PROVOKES(frame_map, wrong_type, frame_map(frame, SLOT_TABLE, WINDOW, RIGHT_READ, &level));
    PROVOKES(frame_map, no_right, frame_map(frame, copy_of(SLOT_VSPACE, RIGHT_READ), WINDOW, RIGHT_READ, &level));
    for (unsigned i = 0; i < COUNT_OF(bad); i++)
        PROVOKES(frame_map, bad_argument, frame_map(frame, SLOT_VSPACE, bad[i], RIGHT_READ, &level));
    PROVOKES(frame_map, bad_argument, frame_map(large, SLOT_VSPACE, WINDOW + 0x1000, RIGHT_READ, &level));
    PROVOKES(frame_map, bad_argument, frame_map(large, SLOT_VSPACE, USER_TOP & ~((1UL << LARGE_BITS) - 1), RIGHT_READ, &level));
    PROVOKES(frame_map, bad_argument, frame_map(frame, SLOT_VSPACE, WINDOW, 0, &level));
    PROVOKES(frame_map, bad_argument, frame_map(frame, SLOT_VSPACE, WINDOW, RIGHT_READ | RIGHT_GRANT, &level));
    PROVOKES(frame_map, bad_argument, frame_map(frame, SLOT_VSPACE, WINDOW, RIGHT_READ | 1UL << 32, &level));
    expect_equal(identify(frame).value, 0);
    map_here(frame, USER_TOP - 0x1000, RIGHTS_RW); /* the last page there is */
    expect(!touch(USER_TOP - 8, RIGHT_WRITE));
}

TEST(unmapping_and_protecting_say_what_is_wrong)
{
    word_t empty = slot_new(), frame = frame_new();

    PROVOKES(frame_unmap, no_cap, frame_unmap(empty));
    PROVOKES(frame_unmap, wrong_type, frame_unmap(SLOT_THREAD));
    PROVOKES(frame_protect, no_cap, frame_protect(empty, RIGHT_READ));
    PROVOKES(frame_protect, wrong_type, frame_protect(SLOT_THREAD, RIGHT_READ));
    PROVOKES(frame_protect, bad_argument, frame_protect(frame, RIGHT_READ)); /* it is not mapped */
    map_here(frame, WINDOW, RIGHT_READ);
    PROVOKES(frame_protect, bad_argument, frame_protect(frame, 0));
    PROVOKES(frame_protect, bad_argument, frame_protect(frame, RIGHT_READ | RIGHT_GRANT));
}

TEST(table_mapping_says_what_is_wrong)
{
    word_t table = make(OBJECT_PAGE_TABLE), empty = slot_new(), level = 0;

    PROVOKES(table_map, no_cap, table_map(empty, SLOT_VSPACE, WINDOW, &level));
    PROVOKES(table_map, no_cap, table_map(table, empty, WINDOW, &level));
    PROVOKES(table_map, wrong_type, table_map(SLOT_THREAD, SLOT_VSPACE, WINDOW, &level));
    PROVOKES(table_map, wrong_type, table_map(table, SLOT_TABLE, WINDOW, &level));
    PROVOKES(table_map, no_right, table_map(table, copy_of(SLOT_VSPACE, RIGHT_READ), WINDOW, &level));
    PROVOKES(table_map, bad_argument, table_map(table, SLOT_VSPACE, USER_TOP, &level));
    PROVOKES(table_map, bad_argument, table_map(table, SLOT_VSPACE, ~0UL, &level));
    ok(table_map(table, SLOT_VSPACE, WINDOW, &level));
    PROVOKES(table_map, already, table_map(table, SLOT_VSPACE, WINDOW, &level));
}
