/* Where panics are told. */
#ifndef CONSOLE_H
#define CONSOLE_H

/* One character to the UART by polling; works from the first C instruction on, before and after paging_enable(). */
void console_put(char character);

#endif
