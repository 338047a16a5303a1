/* I/O ports, and the way out of the machine. */
#include "arch.h"

#define EXIT_PORT 0xf4 /* isa-debug-exit: QEMU ends with 2 * value + 1 */
#define EXIT_MASK 0x7f /* what is left of a process's exit status then */

paddr_t console_uart = 0x3f8; /* COM1, as every PC has it */

void machine_exit(unsigned status)
{
    port_write(EXIT_PORT, 1, status & EXIT_MASK);
    for (;;)
        __asm__ volatile("cli; hlt");
}

uint32_t port_read(unsigned port, unsigned width)
{
    uint32_t value = 0;

    if (width == 1)
        __asm__ volatile("inb %w1, %b0" : "+a"(value) : "Nd"(port));
    else if (width == 2)
        __asm__ volatile("inw %w1, %w0" : "+a"(value) : "Nd"(port));
    else
        __asm__ volatile("inl %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

void port_write(unsigned port, unsigned width, uint32_t value)
{
    if (width == 1)
        __asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
    else if (width == 2)
        __asm__ volatile("outw %w0, %w1" : : "a"(value), "Nd"(port));
    else
        __asm__ volatile("outl %0, %w1" : : "a"(value), "Nd"(port));
}
