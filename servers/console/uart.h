/* The 16550 serial line: transmit by asking, receive by interrupt. */
#ifndef UART_H
#define UART_H

#include "tiss.h"

/* Set the line up, 8 bits without parity at 115,200 baud; what it has received already stays readable by uart_receive. */
void uart_init(const struct device *device);

/* Write bytes, each line feed with a carriage return before it. Returns when the last is in the transmitter. */
void uart_write(const struct device *device, const char *text, size_t length);

/* Take a received byte. Returns -1 if there is none. */
int uart_receive(const struct device *device);

#endif
