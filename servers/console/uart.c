/*
 * The 16550 serial line. Registers and bits: PC16550D data sheet, section 8.
 *
 * The FIFOs are left as they are found: turning them on empties them, and a byte that comes in between reading what is there and turning
 * them on is lost. Off, the line takes a byte at a time and the other side waits.
 */
#include "uart.h"

enum { REG_DATA = 0, REG_INTERRUPT_ENABLE = 1, REG_IDENTIFY = 2, REG_LINE = 3, REG_MODEM = 4, REG_STATE = 5 };

#define INTERRUPT_RECEIVED 0x01
#define IDENTIFY_FIFO 0xc0  /* both set: the FIFOs are on */
#define LINE_8_BITS 0x03
#define LINE_DIVISOR 0x80   /* registers 0 and 1 are the divisor */
#define MODEM_READY 0x0b    /* DTR, RTS, and OUT2, which lets a PC's interrupt through */
#define STATE_RECEIVED 0x01
#define STATE_EMPTY 0x20    /* the transmitter takes a byte, or as many as its FIFO holds */
#define FIFO_BYTES 16

static unsigned transmit_bytes; /* that one look at the state lets go out */

void uart_init(const struct device *device)
{
    device_write(device, REG_LINE, LINE_DIVISOR | LINE_8_BITS);
    device_write(device, 0, 1);
    device_write(device, 1, 0);
    device_write(device, REG_LINE, LINE_8_BITS);
    transmit_bytes = (device_read(device, REG_IDENTIFY) & IDENTIFY_FIFO) == IDENTIFY_FIFO ? FIFO_BYTES : 1;
    device_write(device, REG_MODEM, MODEM_READY);
    device_write(device, REG_INTERRUPT_ENABLE, INTERRUPT_RECEIVED);
}

void uart_write(const struct device *device, const char *text, size_t length)
{
    unsigned room = 0;
    size_t i = 0;
    bool returned = false; /* the carriage return before this line feed is out */

    while (i < length) {
        if (!room) {
            while (!(device_read(device, REG_STATE) & STATE_EMPTY))
                ;
            room = transmit_bytes;
        }
        if (text[i] == '\n' && !returned) {
            device_write(device, REG_DATA, '\r');
            returned = true;
        } else {
            device_write(device, REG_DATA, (uint8_t)text[i++]);
            returned = false;
        }
        room--;
    }
}

int uart_receive(const struct device *device)
{
    return device_read(device, REG_STATE) & STATE_RECEIVED ? device_read(device, REG_DATA) : -1;
}
