/* The 16550 serial line. Registers and bits: PC16550D data sheet, section 8. */
#include "uart.h"

enum { REG_DATA = 0, REG_INTERRUPT_ENABLE = 1, REG_IDENTIFY = 2, REG_FIFO = 2, REG_LINE = 3, REG_MODEM = 4, REG_STATE = 5 };

#define INTERRUPT_RECEIVED 0x01
#define IDENTIFY_FIFO 0xc0  /* both set: the FIFOs are on */
#define FIFO_ENABLE 0x01    /* interrupt at the first byte */
#define LINE_8_BITS 0x03
#define LINE_DIVISOR 0x80   /* registers 0 and 1 are the divisor */
#define MODEM_READY 0x0b    /* DTR, RTS, and OUT2, which lets a PC's interrupt through */
#define STATE_RECEIVED 0x01
#define STATE_EMPTY 0x20    /* the transmit FIFO takes another 16 bytes */
#define FIFO_BYTES 16
#define EARLY_BYTES 16

/* Bytes that were received before the FIFO was on: turning it on empties it. */
static uint8_t early[EARLY_BYTES];
static size_t early_count, early_taken;

static int receive(const struct device *device)
{
    return device_read(device, REG_STATE) & STATE_RECEIVED ? device_read(device, REG_DATA) : -1;
}

void uart_init(const struct device *device)
{
    int byte;

    device_write(device, REG_LINE, LINE_DIVISOR | LINE_8_BITS);
    device_write(device, 0, 1);
    device_write(device, 1, 0);
    device_write(device, REG_LINE, LINE_8_BITS);
    /* After a restart of this program the FIFO is on and holds input: leave it. */
    if ((device_read(device, REG_IDENTIFY) & IDENTIFY_FIFO) != IDENTIFY_FIFO) {
        while (early_count < EARLY_BYTES && (byte = receive(device)) >= 0)
            early[early_count++] = (uint8_t)byte;
        device_write(device, REG_FIFO, FIFO_ENABLE);
    }
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
            room = FIFO_BYTES;
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
    if (early_taken < early_count)
        return early[early_taken++];
    return receive(device);
}
