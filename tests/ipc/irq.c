/* An interrupt of a real device: the serial line's, which asks as soon as it may because it has nothing to send. */
#include "cost.h"

/* 16550: PC16550D data sheet, section 8. */
enum { UART_ENABLE = 1, UART_MODEM = 4 };
#define ENABLE_TRANSMIT_EMPTY 2
#define MODEM_OUT 0x0b /* with OUT2, which lets a PC's interrupt through */

static const struct boot_device *uart;

static void uart_write(word_t offset, word_t value)
{
    if (uart->paddr)
        *(volatile uint8_t *)(COST_WINDOW + offset) = (uint8_t)value;
    else
        ok(port_out(SLOT_PORT, uart->port + offset, 1, value));
}

static void uart_map(void)
{
    for (unsigned i = 0; i < boot->untypeds; i++) {
        word_t offset = uart->paddr - boot->untyped[i].paddr, frame = slot_new();
        if (!boot->untyped[i].device || uart->paddr < boot->untyped[i].paddr || offset >> boot->untyped[i].size_bits)
            continue;
        ok(untyped_retype(SLOT_UNTYPED + i, OBJECT_FRAME, PAGE_BITS, frame, offset, 0, NULL));
        map_here(frame, COST_WINDOW, RIGHTS_RW);
    }
}

static void uart_open(void)
{
    for (unsigned i = 0; i < boot->devices; i++)
        if (!strcmp(boot->device[i].name, "uart"))
            uart = &boot->device[i];
    expect(uart != NULL);
    if (uart->paddr)
        uart_map();
    uart_write(UART_ENABLE, 0);
    uart_write(UART_MODEM, MODEM_OUT);
}

static volatile word_t handled;

static void handle_often(struct worker *self)
{
    (void)self;
    for (;;) {
        status_t status = wait(PEER_FIRST, 0, NULL);
        mark_end();
        ok(status);
        handled++;
    }
}

/*
 * From the interrupt, which comes between two instructions of a program, until the handler's wait has returned in another address space.
 * Serving the device is not counted.
 */
TEST(irq_to_handler)
{
    word_t notification = make(OBJECT_NOTIFICATION), line;
    struct worker *handler = peer_new(handle_often, HIGH, 0);

    uart_open();
    line = minted(SLOT_IRQ, RIGHT_ALL, uart->irq | 1UL << 32);
    ok(irq_bind(line, minted(notification, RIGHT_WRITE, 1), TRIGGER_LEVEL));
    peer_give(PEER_FIRST, notification, RIGHT_READ);
    worker_start(handler);
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_interrupt();
        uart_write(UART_ENABLE, ENABLE_TRANSMIT_EMPTY);
        while (handled == round)
            ;
        sample_take();
        uart_write(UART_ENABLE, 0);
        ok(irq_ack(line));
    }
    samples_tell_uncounted();
}
