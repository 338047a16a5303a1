/*
 * A PCI device: its registers mapped, its interrupts by wire, and by message where the machine has that.
 *
 * The device is QEMU's edu (docs/specs/edu.rst), which interrupts when it is told to. No firmware has set it up: that is done here.
 */
#include "guest.h"

#define SLOT 5
NEEDS_DEVICE("edu,addr=05.0");

/* PCI Local Bus Specification 3.0, 6.1; 6.8.1 for the message-signalled interrupt. */
enum { CONFIG_ID = 0x00, CONFIG_COMMAND = 0x04, CONFIG_BAR = 0x10, CONFIG_CAPABILITIES = 0x34 };
#define COMMAND_MEMORY 2
#define COMMAND_MASTER 4
#define CAPABILITY_MSI 5
#define MSI_ENABLE 0x10000
#define MSI_64 0x800000

/* Configuration by ports: 3.2.2.3.2. */
enum { PORT_ADDRESS = 0xcf8, PORT_DATA = 0xcfc };
#define ADDRESS_ENABLE 0x80000000UL

/* edu's registers, of 32 bits. */
enum { EDU_ID = 0x00, EDU_INVERTED = 0x04, EDU_FACTORIAL = 0x08, EDU_STATUS = 0x20, EDU_ASKING = 0x24, EDU_RAISE = 0x60, EDU_LOWER = 0x64 };
#define EDU_BUSY 1

#define REGISTERS WINDOW
#define CONFIG (WINDOW + PAGE_SIZE)
#define SECOND 1000000000UL
#define MOMENT 2000000UL
#define GIGABYTE_BITS 30
#define GIGABYTE (1UL << GIGABYTE_BITS)
#define MIDDLE 0x2a500000UL /* of a gigabyte: an address that a large page or a small one would not reach */

static void map_device(word_t paddr, word_t vaddr)
{
    for (unsigned i = 0; i < boot->untypeds; i++) {
        word_t offset = paddr - boot->untyped[i].paddr, frame = slot_new();
        if (!boot->untyped[i].device || paddr < boot->untyped[i].paddr || offset >> boot->untyped[i].size_bits)
            continue;
        ok(untyped_retype(SLOT_UNTYPED + i, OBJECT_FRAME, PAGE_BITS, frame, offset, 0, NULL));
        map_here(frame, vaddr, RIGHTS_RW);
        return;
    }
    guest_fail(__FILE__, __LINE__, "the machine has no device memory there");
}

static word_t config_read(word_t offset)
{
    word_t value;

    if (!GUEST_HAS_PORTS)
        return *(volatile uint32_t *)(CONFIG + offset);
    ok(port_out(SLOT_PORT, PORT_ADDRESS, 4, ADDRESS_ENABLE | SLOT << 11 | offset));
    ok(port_in(SLOT_PORT, PORT_DATA, 4, &value));
    return value;
}

static void config_write(word_t offset, word_t value)
{
    if (GUEST_HAS_PORTS) {
        ok(port_out(SLOT_PORT, PORT_ADDRESS, 4, ADDRESS_ENABLE | SLOT << 11 | offset));
        ok(port_out(SLOT_PORT, PORT_DATA, 4, value));
    } else {
        *(volatile uint32_t *)(CONFIG + offset) = (uint32_t)value;
    }
}

static uint32_t edu_read(word_t offset)
{
    return *(volatile uint32_t *)(REGISTERS + offset);
}

static void edu_write(word_t offset, word_t value)
{
    *(volatile uint32_t *)(REGISTERS + offset) = (uint32_t)value;
}

/* Have it answer at this physical address. */
static void edu_place(word_t paddr)
{
    if (!GUEST_HAS_PORTS)
        map_device(GUEST_PCI_CONFIG + (SLOT << 15), CONFIG);
    expect_equal(config_read(CONFIG_ID), 0x11e81234);
    config_write(CONFIG_BAR, paddr);
    config_write(CONFIG_COMMAND, COMMAND_MEMORY | COMMAND_MASTER);
}

static void edu_open(void)
{
    edu_place(GUEST_PCI_MEMORY);
    map_device(GUEST_PCI_MEMORY, REGISTERS);
    expect_equal(edu_read(EDU_ID), 0x010000ed);
}

static word_t line_cap(word_t line)
{
    return minted(SLOT_IRQ, RIGHT_ALL, line | 1UL << 32);
}

/* Have the device write a line's message instead of using its wire. */
static void messages_enable(word_t line)
{
    word_t at = config_read(CONFIG_CAPABILITIES) & 0xff, address = 0, data = 0;

    while (at && (config_read(at) & 0xff) != CAPABILITY_MSI)
        at = config_read(at) >> 8 & 0xff;
    expect(at != 0);
    ok(irq_message(line, &address, &data));
    bool wide = config_read(at) & MSI_64;
    config_write(at + 4, address);
    if (wide)
        config_write(at + 8, address >> 32);
    config_write(at + (wide ? 12 : 8), data);
    config_write(at, config_read(at) | MSI_ENABLE);
}

TEST(a_mapped_device_answers)
{
    edu_open();
    edu_write(EDU_INVERTED, 0x12345678);
    expect_equal(edu_read(EDU_INVERTED), 0xedcba987);
    edu_write(EDU_FACTORIAL, 10);
    for (uint64_t end = guest_ns() + SECOND; edu_read(EDU_STATUS) & EDU_BUSY;)
        expect(guest_ns() < end);
    expect_equal(edu_read(EDU_FACTORIAL), 3628800);
}

/* An untyped of a gigabyte of device memory that 32 bits reach; its place in boot_info. */
static unsigned gigabyte(void)
{
    for (unsigned i = 0; i < boot->untypeds; i++)
        if (boot->untyped[i].device && boot->untyped[i].size_bits >= GIGABYTE_BITS && (boot->untyped[i].paddr + GIGABYTE - 1) >> 32 == 0 &&
            !identify(SLOT_UNTYPED + i).value)
            return i;
    guest_fail(__FILE__, __LINE__, "the machine has no gigabyte of unused device memory");
}

TEST(a_page_of_a_gigabyte_shows_a_device_in_its_middle)
{
    unsigned place = gigabyte();
    word_t frame = make_from(SLOT_UNTYPED + place, OBJECT_FRAME, GIGABYTE_BITS), window = WINDOW + GIGABYTE;
    volatile uint32_t *device = (volatile uint32_t *)(window + MIDDLE);

    edu_place(boot->untyped[place].paddr + MIDDLE);
    expect_equal(identify(frame).size_bits, GIGABYTE_BITS);
    PROVOKES(frame_map, bad_argument, frame_map(frame, SLOT_VSPACE, window + GIGABYTE / 2, RIGHTS_RW, NULL));
    map_here(frame, window, RIGHT_READ);
    expect_equal(identify(frame).value, window);
    expect_equal(device[EDU_ID], 0x010000ed);
    expect(touch(window + MIDDLE + EDU_INVERTED, RIGHT_WRITE));
    PROVOKES(table_map, already, table_map(make(OBJECT_PAGE_TABLE), SLOT_VSPACE, window + MIDDLE, NULL)); /* it covers what a table would */
    ok(frame_protect(frame, RIGHTS_RW));
    device[EDU_INVERTED / 4] = 0x12345678;
    expect_equal(device[EDU_INVERTED / 4], 0xedcba987);
    ok(frame_unmap(frame));
    expect(touch(window, RIGHT_READ) && touch(window + MIDDLE, RIGHT_READ) && touch(window + GIGABYTE - 4, RIGHT_READ));
}

TEST(a_wire_interrupts_until_the_device_is_served)
{
    word_t notification = make(OBJECT_NOTIFICATION), line = line_cap(GUEST_PCI_LINE(SLOT)), bits = 0;

    edu_open();
    ok(irq_bind(line, minted(notification, RIGHT_WRITE, 4), TRIGGER_LEVEL));
    guest_may_idle();
    for (word_t round = 1; round <= 3; round++) {
        edu_write(EDU_RAISE, round);
        ok(wait(notification, SECOND, &bits));
        expect_equal(bits, 4);
        expect_equal(edu_read(EDU_ASKING), round);
        edu_write(EDU_LOWER, round);
        edu_write(EDU_RAISE, round); /* anew: QEMU's PLIC forgets a level that only stays */
        ok(irq_ack(line));
        ok(wait(notification, SECOND, &bits));
        edu_write(EDU_LOWER, round);
        ok(irq_ack(line));
        expect_status(STATUS_TIMED_OUT, wait(notification, MOMENT, &bits));
    }
}

TEST(a_message_interrupts_once_each_time)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 0, address, data;

    if (!GUEST_HAS_MESSAGES) {
        PROVOKES(irq_message, bad_argument, irq_message(line_cap(GUEST_PCI_LINE(SLOT)), &address, &data));
        return;
    }
    word_t line = line_cap(30), other = line_cap(31);
    edu_open();
    PROVOKES(irq_bind, bad_argument, irq_bind(line, notification, TRIGGER_LEVEL));
    ok(irq_bind(line, minted(notification, RIGHT_WRITE, 4), TRIGGER_EDGE));
    ok(irq_bind(other, minted(notification, RIGHT_WRITE, 8), TRIGGER_EDGE));
    guest_may_idle();
    for (word_t round = 1; round <= 6; round++) {
        messages_enable(round % 2 ? line : other);
        edu_write(EDU_RAISE, round);
        ok(wait(notification, SECOND, &bits));
        expect_equal(bits, round % 2 ? 4 : 8);
        expect_status(STATUS_TIMED_OUT, wait(notification, MOMENT, &bits)); /* though it still asks: a message is an edge */
        edu_write(EDU_LOWER, round);
        ok(irq_ack(round % 2 ? line : other));
    }
}

TEST(messages_that_come_before_they_are_waited_for_are_kept)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 0;

    if (!GUEST_HAS_MESSAGES)
        return;
    word_t line = line_cap(87); /* the last */
    edu_open();
    ok(irq_bind(line, minted(notification, RIGHT_WRITE, 4), TRIGGER_EDGE));
    messages_enable(line);
    for (word_t round = 1; round <= 3; round++)
        edu_write(EDU_RAISE, round);
    ok(wait(notification, SECOND, &bits));
    expect_equal(bits, 4);
    ok(cap_delete(0, notification)); /* nobody is bound: what comes now is nobody's */
    edu_write(EDU_RAISE, 8);
    notification = make(OBJECT_NOTIFICATION);
    ok(irq_bind(line, notification, TRIGGER_EDGE));
    guest_may_idle();
    expect_status(STATUS_TIMED_OUT, wait(notification, MOMENT, &bits));
}
