/* The lines that were entered before, the oldest forgotten first. */
#include "shell.h"

#define LINES 16

static char lines[LINES][LINE_BYTES];
static unsigned count; /* lines ever added */

void history_add(const char *text)
{
    const char *last = history_get(1);

    /* The same line twice in a row is kept once. */
    if (!*text || (last && !strcmp(last, text)))
        return;
    text_copy(lines[count++ % LINES], LINE_BYTES, text);
}

const char *history_get(unsigned back)
{
    if (!back || back > count || back > LINES)
        return NULL;
    return lines[(count - back) % LINES];
}
