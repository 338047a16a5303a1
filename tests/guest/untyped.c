/* Untyped memory: retype for every type and size, what is refused, exhaustion, starting afresh, and device memory. */
#include "guest.h"

static const uint8_t small_types[] = {OBJECT_THREAD, OBJECT_SCHED_CONTEXT, OBJECT_ENDPOINT, OBJECT_NOTIFICATION, OBJECT_REPLY};
static const uint8_t page_types[] = {OBJECT_VSPACE, OBJECT_PAGE_TABLE};

static word_t paddr_of(word_t untyped, word_t type, word_t size_bits, word_t slot)
{
    word_t paddr = 0;

    ok(untyped_retype(untyped, type, size_bits, slot, 0, 0, &paddr));
    return paddr;
}

/* ---- what is made */

TEST(retype_makes_every_type)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 16);

    for (unsigned i = 0; i < COUNT_OF(small_types); i++)
        expect_equal(identify(make_from(untyped, small_types[i], 0)).type, small_types[i]);
    for (unsigned i = 0; i < COUNT_OF(page_types); i++)
        expect_equal(identify(make_from(untyped, page_types[i], 0)).type, page_types[i]);
    expect_equal(identify(make_from(untyped, OBJECT_CTABLE, 6)).value, 2);
    expect_equal(identify(make_from(untyped, OBJECT_FRAME, 12)).size_bits, 12);
    expect_equal(identify(make_from(untyped, OBJECT_UNTYPED, 6)).size_bits, 6);
}

TEST(the_size_is_told_only_where_the_type_leaves_it)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 14);

    expect_equal(identify(make_from(untyped, OBJECT_THREAD, 63)).size_bits, OBJECT_THREAD_BITS);
    expect_equal(identify(make_from(untyped, OBJECT_ENDPOINT, ~0UL)).size_bits, OBJECT_ENDPOINT_BITS);
}

TEST(retype_refuses_what_is_no_type_or_size)
{
    static const struct {
        uint8_t type;
        word_t size_bits;
    } wrong[] = {
        {OBJECT_UNTYPED, 5}, {OBJECT_UNTYPED, OBJECT_UNTYPED_MAX_BITS + 1}, {OBJECT_UNTYPED, 64}, {OBJECT_UNTYPED, ~0UL}, {OBJECT_UNTYPED, 0},
        {OBJECT_CTABLE, 5},  {OBJECT_CTABLE, 22},  {OBJECT_CTABLE, 0},   {OBJECT_FRAME, 11},     {OBJECT_FRAME, 13},
        {OBJECT_FRAME, 20},  {OBJECT_FRAME, 22},   {OBJECT_FRAME, 29},   {OBJECT_FRAME, 31},     {OBJECT_FRAME, 39},
        {OBJECT_FRAME, 0},   {OBJECT_NULL, 12},    {OBJECT_IRQ, 0},      {OBJECT_IO_PORT, 0},    {OBJECT_KERNEL, 0},
        {OBJECT_COUNT, 12},  {255, 12},
    };
    word_t slot = slot_new();

    for (unsigned i = 0; i < COUNT_OF(wrong); i++) {
        status_t status = untyped_retype(pool(), wrong[i].type, wrong[i].size_bits, slot, 0, 0, NULL);
        expect(status == STATUS_BAD_ARGUMENT, i, status);
    }
    PROVOKES(untyped_retype, bad_argument, untyped_retype(pool(), 1UL << 32 | OBJECT_ENDPOINT, 0, slot, 0, 0, NULL));
    PROVOKES(untyped_retype, bad_argument, untyped_retype(pool(), OBJECT_ENDPOINT, 0, slot, 64, 0, NULL)); /* an offset, of RAM */
    expect(is_empty(slot));
}

TEST(retype_says_what_is_wrong)
{
    word_t slot = slot_new(), endpoint = make(OBJECT_ENDPOINT), reader = copy_of(make_sized(OBJECT_CTABLE, 7), RIGHT_READ);

    PROVOKES(untyped_retype, no_cap, untyped_retype(slot_new(), OBJECT_ENDPOINT, 0, slot, 0, 0, NULL));
    PROVOKES(untyped_retype, no_cap, untyped_retype(pool(), OBJECT_ENDPOINT, 0, 1, 0, slot_new(), NULL));
    PROVOKES(untyped_retype, wrong_type, untyped_retype(endpoint, OBJECT_ENDPOINT, 0, slot, 0, 0, NULL));
    PROVOKES(untyped_retype, wrong_type, untyped_retype(pool(), OBJECT_ENDPOINT, 0, 1, 0, endpoint, NULL));
    PROVOKES(untyped_retype, no_right, untyped_retype(pool(), OBJECT_ENDPOINT, 0, 1, 0, reader, NULL));
    PROVOKES(untyped_retype, bad_argument, untyped_retype(pool(), OBJECT_ENDPOINT, 0, 0, 0, 0, NULL));
    PROVOKES(untyped_retype, bad_argument, untyped_retype(pool(), OBJECT_ENDPOINT, 0, boot->slots, 0, 0, NULL));
    PROVOKES(untyped_retype, slot_full, untyped_retype(pool(), OBJECT_ENDPOINT, 0, endpoint, 0, 0, NULL));
    PROVOKES(untyped_retype, slot_full, untyped_retype(pool(), OBJECT_ENDPOINT, 0, pool(), 0, 0, NULL));
    expect(is_empty(slot));
}

TEST(retype_stops_at_the_deepest_level)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 12);

    while (depth_of(untyped) < DEPTH_MAX)
        untyped = make_from(untyped, OBJECT_UNTYPED, 12);
    PROVOKES(untyped_retype, too_deep, untyped_retype(untyped, OBJECT_ENDPOINT, 0, slot_new(), 0, 0, NULL));
}

/* ---- where it is put */

TEST(objects_are_aligned_and_do_not_overlap)
{
    static const struct {
        uint8_t type, size_bits;
    } order[] = {{OBJECT_ENDPOINT, 6}, {OBJECT_FRAME, 12}, {OBJECT_REPLY, 6}, {OBJECT_THREAD, OBJECT_THREAD_BITS}, {OBJECT_CTABLE, 9}, {OBJECT_UNTYPED, 13},
                 {OBJECT_NOTIFICATION, 6}, {OBJECT_SCHED_CONTEXT, OBJECT_SCHED_CONTEXT_BITS}, {OBJECT_VSPACE, 12}};
    word_t untyped = make_sized(OBJECT_UNTYPED, 16), end = 0;

    for (unsigned i = 0; i < COUNT_OF(order); i++) {
        word_t slot = slot_new(), paddr = paddr_of(untyped, order[i].type, order[i].size_bits, slot);
        expect(paddr % (1UL << order[i].size_bits) == 0, i, paddr);
        expect(paddr >= end, i, paddr, end);
        expect_equal(identify(slot).size_bits, order[i].size_bits);
        end = paddr + (1UL << order[i].size_bits);
        expect_equal(identify(untyped).value % 65536, end % 65536); /* bytes used: an untyped of 64 KiB starts at a multiple */
    }
}

TEST(an_untyped_is_used_to_its_last_byte)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 12), from = slots_new(65);

    for (unsigned i = 0; i < 64; i++)
        ok(untyped_retype(untyped, OBJECT_ENDPOINT, 0, from + i, 0, 0, NULL));
    expect_equal(identify(untyped).value, 4096);
    PROVOKES(untyped_retype, no_memory, untyped_retype(untyped, OBJECT_ENDPOINT, 0, from + 64, 0, 0, NULL));
    ok(cap_delete(0, from + 63)); /* what is given back one by one comes back only when all is */
    PROVOKES(untyped_retype, no_memory, untyped_retype(untyped, OBJECT_ENDPOINT, 0, from + 64, 0, 0, NULL));
    ok(cap_revoke(0, untyped));
    expect_equal(identify(untyped).value, 0);
    ok(untyped_retype(untyped, OBJECT_ENDPOINT, 0, from + 64, 0, 0, NULL));
    expect_equal(identify(untyped).value, 64);
}

TEST(what_is_too_large_is_refused_and_uses_nothing)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 12), slot = slot_new();

    PROVOKES(untyped_retype, no_memory, untyped_retype(untyped, OBJECT_FRAME, 21, slot, 0, 0, NULL));
    PROVOKES(untyped_retype, no_memory, untyped_retype(untyped, OBJECT_UNTYPED, 13, slot, 0, 0, NULL));
    PROVOKES(untyped_retype, no_memory, untyped_retype(untyped, OBJECT_UNTYPED, OBJECT_UNTYPED_MAX_BITS, slot, 0, 0, NULL));
    expect_equal(identify(untyped).value, 0);
    make_from(untyped, OBJECT_ENDPOINT, 0);
    PROVOKES(untyped_retype, no_memory, untyped_retype(untyped, OBJECT_FRAME, 12, slot, 0, 0, NULL)); /* no aligned place is left */
    expect_equal(identify(untyped).value, 64);
    expect(is_empty(slot));
}

TEST(the_memory_of_the_machine_adds_up)
{
    word_t free = 0;

    for (unsigned i = 0; i < boot->untypeds; i++) {
        struct facts facts = identify(SLOT_UNTYPED + i);
        expect(facts.type == OBJECT_UNTYPED && facts.size_bits == boot->untyped[i].size_bits, i, facts.type, facts.size_bits);
        expect(boot->untyped[i].paddr % (1UL << boot->untyped[i].size_bits) == 0, i, boot->untyped[i].paddr);
        free += boot->untyped[i].device ? 0 : 1UL << boot->untyped[i].size_bits;
    }
    expect(free + boot->kernel + boot->archive_size == boot->memory, free, boot->kernel, boot->archive_size, boot->memory);
}

/* ---- zeroes */

static void fill(word_t vaddr, word_t bytes, word_t value)
{
    for (word_t at = 0; at < bytes; at += sizeof(word_t))
        *(volatile word_t *)(vaddr + at) = value;
}

static void expect_filled(word_t vaddr, word_t bytes, word_t value)
{
    for (word_t at = 0; at < bytes; at += sizeof(word_t))
        expect(*(volatile word_t *)(vaddr + at) == value, at, *(volatile word_t *)(vaddr + at));
}

TEST(memory_is_zero_again_after_a_revoke)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 14), frame = slot_new(), paddr = paddr_of(untyped, OBJECT_FRAME, 12, frame);

    map_here(frame, WINDOW, RIGHTS_RW);
    expect_filled(WINDOW, 4096, 0);
    fill(WINDOW, 4096, ~0UL);
    ok(cap_revoke(0, untyped));
    for (unsigned i = 0; i < 8; i++) /* in between the memory is other objects */
        make_from(untyped, i % 2 ? OBJECT_ENDPOINT : OBJECT_NOTIFICATION, 0);
    ok(cap_revoke(0, untyped));
    expect_equal(paddr_of(untyped, OBJECT_FRAME, 12, frame), paddr);
    map_here(frame, WINDOW, RIGHTS_RW);
    expect_filled(WINDOW, 4096, 0);
}

TEST(memory_below_a_carved_object_is_zero_too)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 14), frame = slot_new();

    paddr_of(untyped, OBJECT_FRAME, 12, frame);
    map_here(frame, WINDOW, RIGHTS_RW);
    fill(WINDOW, 4096, 0x5555);
    ok(cap_delete(0, frame)); /* the last: it starts afresh */
    for (unsigned i = 0; i < 4; i++) {
        word_t inner = make_from(untyped, OBJECT_UNTYPED, 12);
        paddr_of(inner, OBJECT_FRAME, 12, frame);
        map_here(frame, WINDOW, RIGHTS_RW);
        expect_filled(WINDOW, 4096, 0);
        fill(WINDOW, 4096, 0x6666);
        ok(cap_delete(0, frame));
        paddr_of(inner, OBJECT_FRAME, 12, frame);
        map_here(frame, WINDOW, RIGHTS_RW);
        expect_filled(WINDOW, 4096, 0);
        fill(WINDOW, 4096, 0x7777);
        ok(cap_delete(0, frame));
    }
}

TEST(zeroing_goes_in_small_steps)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 16), slot = slot_new(), steps = 1;

    PROVOKES(untyped_retype, again, untyped_retype_step(untyped, OBJECT_CTABLE, 16, slot, 0, 0, NULL));
    while (untyped_retype_step(untyped, OBJECT_CTABLE, 16, slot, 0, 0, NULL) == STATUS_AGAIN)
        expect(++steps <= 16 && is_empty(slot), steps);
    expect_equal(steps, 15); /* 4 KiB each, and the last makes the object */
    expect_equal(identify(slot).value, 65536 >> CAP_BITS);
}

TEST(zeroing_that_another_retype_interrupts_goes_on)
{
    word_t untyped = make_sized(OBJECT_UNTYPED, 17), slot = slot_new();

    expect_equal(untyped_retype_step(untyped, OBJECT_CTABLE, 16, slot, 0, 0, NULL), STATUS_AGAIN);
    make_from(untyped, OBJECT_ENDPOINT, 0);
    expect_equal(untyped_retype_step(untyped, OBJECT_CTABLE, 16, slot, 0, 0, NULL), STATUS_AGAIN);
    ok(untyped_retype(untyped, OBJECT_CTABLE, 16, slot, 0, 0, NULL));
    for (word_t i = 0; i < identify(slot).value; i++)
        expect_equal(identify_in(slot, i).type, OBJECT_NULL);
}

/* ---- device memory */

TEST(device_memory_becomes_frames_and_untypeds_alone)
{
    word_t untyped = SLOT_UNTYPED + device_untyped(14), slot = slot_new();

    for (unsigned i = 0; i < COUNT_OF(small_types); i++)
        PROVOKES(untyped_retype, bad_argument, untyped_retype(untyped, small_types[i], 0, slot, 0, 0, NULL));
    for (unsigned i = 0; i < COUNT_OF(page_types); i++)
        PROVOKES(untyped_retype, bad_argument, untyped_retype(untyped, page_types[i], 0, slot, 0, 0, NULL));
    PROVOKES(untyped_retype, bad_argument, untyped_retype(untyped, OBJECT_CTABLE, 8, slot, 0, 0, NULL));
    ok(untyped_retype(untyped, OBJECT_UNTYPED, 12, slot, 0, 0, NULL));
    word_t inner = slot_new();
    PROVOKES(untyped_retype, bad_argument, untyped_retype(slot, OBJECT_ENDPOINT, 0, inner, 0, 0, NULL)); /* it stays a device's */
    ok(untyped_retype(slot, OBJECT_FRAME, 12, inner, 0, 0, NULL));
}

TEST(device_memory_is_taken_at_an_offset_upwards)
{
    unsigned place = device_untyped(16);
    word_t untyped = SLOT_UNTYPED + place, base = boot->untyped[place].paddr, paddr = 0;
    word_t from = slots_new(4);

    ok(untyped_retype(untyped, OBJECT_FRAME, 12, from, 0x3000, 0, &paddr));
    expect_equal(paddr, base + 0x3000);
    expect_equal(identify(untyped).value, 0x4000);
    PROVOKES(untyped_retype, bad_argument, untyped_retype(untyped, OBJECT_FRAME, 12, from + 1, 0x2000, 0, NULL)); /* used already */
    PROVOKES(untyped_retype, bad_argument, untyped_retype(untyped, OBJECT_FRAME, 12, from + 1, 0x5800, 0, NULL)); /* not aligned */
    ok(untyped_retype(untyped, OBJECT_FRAME, 12, from + 1, 0x5000, 0, &paddr));
    expect_equal(paddr, base + 0x5000);
    ok(untyped_retype(untyped, OBJECT_FRAME, 12, from + 2, 0, 0, &paddr)); /* 0: the next place */
    expect_equal(paddr, base + 0x6000);
    PROVOKES(untyped_retype, no_memory,
             untyped_retype(untyped, OBJECT_FRAME, 12, from + 3, 1UL << boot->untyped[place].size_bits, 0, NULL));
    PROVOKES(untyped_retype, bad_argument, untyped_retype(untyped, OBJECT_FRAME, 12, from + 3, ~0UL, 0, NULL));
    expect(is_empty(from + 3));
    ok(cap_revoke(0, untyped));
    ok(untyped_retype(untyped, OBJECT_FRAME, 12, from + 3, 0x2000, 0, &paddr)); /* afresh */
    expect_equal(paddr, base + 0x2000);
}
