/* Printing: lines are gathered here and go to the console server in as few messages as they fit into. */
#include "console/console.h"
#include "tiss.h"

#define TRIES 3 /* a console that crashed while it wrote is started again by init: ask once more */

static char held[CONSOLE_BYTES];
static size_t held_length;

void print_flush(void)
{
    word_t console = start_cap("console");
    status_t status = STATUS_PEER_GONE;

    for (int i = 0; held_length && i < TRIES && status == STATUS_PEER_GONE; i++)
        status = console_write(console, held, held_length);
    held_length = 0;
}

void print(const char *pattern, ...)
{
    char text[512];
    va_list arguments;
    size_t length;

    va_start(arguments, pattern);
    length = format_list(text, sizeof(text), pattern, arguments);
    va_end(arguments);
    for (size_t i = 0; i < length; i++) {
        if (held_length == sizeof(held))
            print_flush();
        held[held_length++] = text[i];
        if (text[i] == '\n')
            print_flush();
    }
}
