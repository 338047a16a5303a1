/* The UART for panics, a 16550 or one of its many likenesses. */
#include "console.h"

#include "arch.h"
#include "memory.h"

#define UART_DATA 0
#define UART_STATUS 5
#define UART_READY 0x20   /* the transmitter holds nothing */
#define UART_POLLS 100000 /* a UART that never gets ready must not stop a panic */

static uint8_t uart_read(unsigned index)
{
    if (PORTS > 0)
        return (uint8_t)port_read((unsigned)console_uart + index, 1);
    return *((volatile uint8_t *)direct(console_uart) + index);
}

static void uart_write(unsigned index, uint8_t value)
{
    if (PORTS > 0)
        port_write((unsigned)console_uart + index, 1, value);
    else
        *((volatile uint8_t *)direct(console_uart) + index) = value;
}

void console_put(char character)
{
    for (unsigned polls = 0; polls < UART_POLLS; polls++)
        if ((uart_read(UART_STATUS) & UART_READY) != 0)
            break;
    uart_write(UART_DATA, (uint8_t)character);
}
