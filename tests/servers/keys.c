/*
 * The shell's line editor on the host: standard input is typed into it, and for each line it says how it ended and what it holds, then, after
 * a bar, what the terminal's row would show with the cursor as `_`. Built by test_line.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shell/shell.h"

#define ROW 512

static char row[ROW]; /* what a terminal shows, without colour or wrapping */
static size_t at;

void start_fault(void)
{
    abort();
}

/* A terminal of one row: carriage return, erase to the end, cursor left. */
static void draw(const char *text)
{
    for (; *text; text++) {
        if (*text == '\r') {
            at = 0;
        } else if (*text == '\n' || *text == '\a') {
            continue;
        } else if (*text == '\033') {
            unsigned number = (unsigned)strtoul(text + 2, (char **)&text, 10);

            if (*text == 'K')
                memset(row + at, 0, ROW - at);
            else if (*text == 'D')
                at -= number;
            else if (*text == 'H' || *text == 'J')
                at = 0;
            else
                abort();
        } else {
            row[at++] = *text;
        }
    }
}

static void tell(const struct line *line, enum line_end end)
{
    static const char *const ends[] = { "open", "done", "interrupted", "closed" };

    printf("%s:%s|%.*s_%s\n", ends[end], line->text, (int)at, row, row + at);
}

int main(const struct start_info *start)
{
    static struct line line = { .prompt = "> ", .draw = draw };
    char byte;

    (void)start;
    line_begin(&line);
    while (read(0, &byte, 1) == 1) {
        enum line_end end = line_feed(&line, byte);

        if (end == LINE_OPEN)
            continue;
        tell(&line, end);
        if (end == LINE_DONE)
            history_add(line.text);
        memset(row, 0, ROW);
        at = 0;
        line_begin(&line);
    }
    tell(&line, LINE_OPEN);
    return 0;
}
