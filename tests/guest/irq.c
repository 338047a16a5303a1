/* Interrupts: binding, acknowledging, and one that really comes, from the serial line. */
#include "guest.h"

/* 16550: PC16550D data sheet, section 8. */
enum { UART_DATA = 0, UART_ENABLE = 1, UART_MODEM = 4, UART_STATE = 5 };
#define ENABLE_TRANSMIT_EMPTY 2
#define MODEM_OUT 0x0b /* with OUT2, which lets a PC's interrupt through */

static const struct boot_device *uart;

static const struct boot_device *device_named(const char *name)
{
    for (unsigned i = 0; i < boot->devices; i++)
        if (!strcmp(boot->device[i].name, name))
            return &boot->device[i];
    guest_fail(__FILE__, __LINE__, "the machine has no such device");
}

static void uart_write(word_t offset, word_t value)
{
    if (uart->paddr)
        *(volatile uint8_t *)(WINDOW + offset) = (uint8_t)value;
    else
        ok(port_out(SLOT_PORT, uart->port + offset, 1, value));
}

static void uart_open(void)
{
    uart = device_named("uart");
    for (unsigned i = 0; i < boot->untypeds && uart->paddr; i++) {
        word_t offset = uart->paddr - boot->untyped[i].paddr, frame = slot_new();
        if (!boot->untyped[i].device || uart->paddr < boot->untyped[i].paddr || offset >> boot->untyped[i].size_bits)
            continue;
        ok(untyped_retype(SLOT_UNTYPED + i, OBJECT_FRAME, PAGE_BITS, frame, offset, 0, NULL));
        map_here(frame, WINDOW, RIGHTS_RW);
    }
    uart_write(UART_ENABLE, 0);
    uart_write(UART_MODEM, MODEM_OUT);
}

static word_t line_cap(word_t line)
{
    return minted(SLOT_IRQ, RIGHT_ALL, line | 1UL << 32);
}

TEST(a_device_interrupts_until_it_is_served)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 0;

    uart_open();
    word_t line = line_cap(uart->irq);
    ok(irq_bind(line, minted(notification, RIGHT_WRITE, 128), TRIGGER_LEVEL));
    PROVOKES(poll, would_block, poll(notification, &bits));
    guest_may_idle();
    for (unsigned i = 0; i < 3; i++) {
        uart_write(UART_ENABLE, ENABLE_TRANSMIT_EMPTY); /* it is empty: it asks at once */
        ok(wait(notification, 1000000000, &bits));
        expect_equal(bits, 128);
        expect_status(STATUS_TIMED_OUT, wait(notification, 2000000, &bits)); /* silent until it is acknowledged */
        uart_write(UART_ENABLE, 0);
        ok(irq_ack(line));
        expect_status(STATUS_TIMED_OUT, wait(notification, 2000000, &bits)); /* and it asks no more */
    }
}

TEST(a_device_that_still_asks_interrupts_again)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 0;

    uart_open();
    word_t line = line_cap(uart->irq);
    ok(irq_bind(line, minted(notification, RIGHT_WRITE, 1), TRIGGER_LEVEL));
    guest_may_idle();
    for (unsigned i = 0; i < 5; i++) { /* reading which interrupt it is would quiet it: it is told to ask anew */
        uart_write(UART_ENABLE, ENABLE_TRANSMIT_EMPTY);
        ok(wait(notification, 1000000000, &bits));
        uart_write(UART_ENABLE, 0);
        uart_write(UART_ENABLE, ENABLE_TRANSMIT_EMPTY);
        ok(irq_ack(line));
        ok(wait(notification, 1000000000, &bits));
        uart_write(UART_ENABLE, 0);
        ok(irq_ack(line));
    }
}

TEST(an_interrupt_preempts_who_is_less_urgent)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 0;

    uart_open();
    ok(irq_bind(line_cap(uart->irq), minted(notification, RIGHT_WRITE, 1), TRIGGER_LEVEL));
    uart_write(UART_ENABLE, ENABLE_TRANSMIT_EMPTY);
    uint64_t end = guest_ns() + 1000000000;
    while (poll(notification, &bits) == STATUS_WOULD_BLOCK) /* this thread never waits */
        expect(guest_ns() < end);
    expect_equal(bits, 1);
}

TEST(a_line_falls_silent_with_its_notification)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 0;

    uart_open();
    word_t line = line_cap(uart->irq);
    ok(irq_bind(line, minted(notification, RIGHT_WRITE, 1), TRIGGER_LEVEL));
    ok(cap_delete(0, notification));
    uart_write(UART_ENABLE, ENABLE_TRANSMIT_EMPTY);
    notification = make(OBJECT_NOTIFICATION);
    guest_may_idle();
    expect_status(STATUS_TIMED_OUT, wait(notification, 2000000, &bits));
    ok(irq_bind(line, minted(notification, RIGHT_WRITE, 2), TRIGGER_LEVEL)); /* it can be bound anew, and still asks */
    ok(wait(notification, 1000000000, &bits));
    expect_equal(bits, 2);
}

TEST(a_line_is_bound_once)
{
    word_t line = line_cap(device_named("uart")->irq), notification = make(OBJECT_NOTIFICATION), other = make(OBJECT_NOTIFICATION);

    ok(irq_bind(line, notification, TRIGGER_LEVEL));
    PROVOKES(irq_bind, already, irq_bind(line, other, TRIGGER_LEVEL));
    PROVOKES(irq_bind, already, irq_bind(line, notification, TRIGGER_LEVEL));
    ok(cap_delete(0, notification));
    ok(irq_bind(line, other, TRIGGER_LEVEL));
}

TEST(interrupt_calls_say_what_is_wrong)
{
    word_t notification = make(OBJECT_NOTIFICATION), empty = slot_new(), deep = notification;
    word_t line = line_cap(device_named("uart")->irq), reader = minted(line, RIGHT_READ, identify(line).value);

    PROVOKES(irq_bind, no_cap, irq_bind(empty, notification, TRIGGER_LEVEL));
    PROVOKES(irq_bind, no_cap, irq_bind(line, empty, TRIGGER_LEVEL));
    PROVOKES(irq_bind, wrong_type, irq_bind(notification, notification, TRIGGER_LEVEL));
    PROVOKES(irq_bind, wrong_type, irq_bind(line, SLOT_THREAD, TRIGGER_LEVEL));
    PROVOKES(irq_bind, no_right, irq_bind(reader, notification, TRIGGER_LEVEL));
    PROVOKES(irq_bind, no_right, irq_bind(line, copy_of(notification, RIGHT_READ), TRIGGER_LEVEL));
    PROVOKES(irq_bind, bad_argument, irq_bind(SLOT_IRQ, notification, TRIGGER_LEVEL)); /* more than one line */
    PROVOKES(irq_bind, bad_argument, irq_bind(line_cap(0), notification, TRIGGER_LEVEL)); /* no machine lets it be used */
    while (depth_of(deep) < DEPTH_MAX)
        deep = minted(deep, RIGHT_ALL, 1);
    PROVOKES(irq_bind, too_deep, irq_bind(line, deep, TRIGGER_LEVEL));
    PROVOKES(irq_ack, no_cap, irq_ack(empty));
    PROVOKES(irq_ack, wrong_type, irq_ack(notification));
    PROVOKES(irq_ack, no_right, irq_ack(reader));
    PROVOKES(irq_ack, bad_argument, irq_ack(SLOT_IRQ));
    ok(irq_ack(line)); /* that is not bound: nothing happens */
}

TEST(errors_of_irq_message)
{
    word_t line = line_cap(device_named("uart")->irq), empty = slot_new(), reader = copy_of(line, RIGHT_READ), address, data;

    PROVOKES(irq_message, no_cap, irq_message(empty, &address, &data));
    PROVOKES(irq_message, wrong_type, irq_message(SLOT_THREAD, &address, &data));
    PROVOKES(irq_message, no_right, irq_message(reader, &address, &data));
    PROVOKES(irq_message, bad_argument, irq_message(SLOT_IRQ, &address, &data)); /* more than one line */
    PROVOKES(irq_message, bad_argument, irq_message(line, &address, &data));     /* a wire */
}

TEST(an_unknown_trigger_is_refused)
{
    word_t line = line_cap(device_named("uart")->irq), notification = make(OBJECT_NOTIFICATION);

    PROVOKES(irq_bind, bad_argument, irq_bind(line, notification, TRIGGER_EDGE + 1));
    PROVOKES(irq_bind, bad_argument, irq_bind(line, notification, 1UL << 32));
    ok(irq_bind(line, notification, TRIGGER_EDGE));
}
