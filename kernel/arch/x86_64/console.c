/* The UART for panics, and the way out of the machine. */
#include "arch.h"

#define UART_DATA 0x3f8   /* COM1, a 16550 as QEMU and every PC have it */
#define UART_STATUS 0x3fd
#define UART_READY 0x20   /* the transmitter holds nothing */
#define UART_POLLS 100000 /* a UART that never gets ready must not stop a panic */

#define EXIT_PORT 0xf4 /* isa-debug-exit: QEMU ends with 2 * value + 1 */
#define EXIT_MASK 0x7f /* what is left of a process's exit status then */

void console_put(char character)
{
    for (unsigned polls = 0; polls < UART_POLLS; polls++)
        if ((inb(UART_STATUS) & UART_READY) != 0)
            break;
    outb(UART_DATA, (uint8_t)character);
}

void machine_exit(unsigned status)
{
    outb(EXIT_PORT, status & EXIT_MASK);
    for (;;)
        __asm__ volatile("cli; hlt");
}

bool port_read(unsigned port, unsigned width, uint32_t *value)
{
    switch (width) {
    case 1:
        *value = inb(port);
        return true;
    case 2: {
        uint16_t half;
        __asm__ volatile("inw %w1, %0" : "=a"(half) : "Nd"(port));
        *value = half;
        return true;
    }
    case 4:
        __asm__ volatile("inl %w1, %0" : "=a"(*value) : "Nd"(port));
        return true;
    default:
        return false;
    }
}

bool port_write(unsigned port, unsigned width, uint32_t value)
{
    switch (width) {
    case 1:
        outb(port, (uint8_t)value);
        return true;
    case 2:
        __asm__ volatile("outw %w0, %w1" : : "a"(value), "Nd"(port));
        return true;
    case 4:
        __asm__ volatile("outl %0, %w1" : : "a"(value), "Nd"(port));
        return true;
    default:
        return false;
    }
}
