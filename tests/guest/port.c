/* I/O ports: by capability where the machine has them; where it has none there is no capability, and the calls say so. */
#include "guest.h"

#define CMOS 0x70 /* a register number is written here, and its value read at the next port */

TEST(ports_are_there_or_not)
{
    struct facts facts = identify(SLOT_PORT);
    word_t value = 0;

    if (GUEST_HAS_PORTS) {
        expect(facts.type == OBJECT_IO_PORT && facts.value == 0x10000UL << 32, facts.type, facts.value);
        return;
    }
    expect_equal(facts.type, OBJECT_NULL);
    PROVOKES(port_in, no_cap, port_in(SLOT_PORT, CMOS, 1, &value));
    PROVOKES(port_out, no_cap, port_out(SLOT_PORT, CMOS, 1, 0));
}

TEST(a_port_is_written_and_read)
{
    word_t part = 0, value = 0x1234;

    if (!GUEST_HAS_PORTS)
        return;
    part = minted(SLOT_PORT, RIGHT_ALL, CMOS | 2UL << 32);
    ok(port_out(part, CMOS, 1, 0x0b)); /* the clock's register B */
    ok(port_in(part, CMOS + 1, 1, &value));
    expect(value != 0x1234 && value <= 0xff, value);
}

TEST(a_range_ends_where_it_ends)
{
    word_t part = 0, value = 0;

    if (!GUEST_HAS_PORTS)
        return;
    part = minted(SLOT_PORT, RIGHT_ALL, CMOS | 2UL << 32);
    PROVOKES(port_in, bad_argument, port_in(part, CMOS - 1, 1, &value));
    PROVOKES(port_in, bad_argument, port_in(part, CMOS + 2, 1, &value));
    PROVOKES(port_in, bad_argument, port_in(part, CMOS + 1, 2, &value)); /* its end lies outside */
    PROVOKES(port_in, bad_argument, port_in(part, CMOS, 4, &value));
    PROVOKES(port_in, bad_argument, port_in(part, CMOS, 3, &value));
    PROVOKES(port_in, bad_argument, port_in(part, CMOS, 0, &value));
    PROVOKES(port_in, bad_argument, port_in(part, CMOS, ~0UL, &value));
    PROVOKES(port_in, bad_argument, port_in(SLOT_PORT, 0x10000, 1, &value));
    PROVOKES(port_in, bad_argument, port_in(SLOT_PORT, 1UL << 32 | CMOS, 1, &value));
    PROVOKES(port_out, bad_argument, port_out(part, CMOS + 2, 1, 0));
    PROVOKES(port_out, bad_argument, port_out(part, CMOS + 1, 2, 0));
    PROVOKES(port_out, bad_argument, port_out(SLOT_PORT, 0xffff, 2, 0));
}

TEST(port_calls_say_what_is_wrong)
{
    word_t value = 0, empty = slot_new();

    PROVOKES(port_in, no_cap, port_in(empty, CMOS, 1, &value));
    PROVOKES(port_in, wrong_type, port_in(SLOT_IRQ, CMOS, 1, &value));
    PROVOKES(port_out, no_cap, port_out(empty, CMOS, 1, 0));
    PROVOKES(port_out, wrong_type, port_out(SLOT_IRQ, CMOS, 1, 0));
    if (!GUEST_HAS_PORTS)
        return;
    PROVOKES(port_in, no_right, port_in(copy_of(SLOT_PORT, RIGHT_WRITE), CMOS, 1, &value));
    PROVOKES(port_out, no_right, port_out(copy_of(SLOT_PORT, RIGHT_READ), CMOS, 1, 0));
}
