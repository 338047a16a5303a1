/* The machine's command line: words `name=value`, separated by spaces. Pure. */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "types.h"

/* The line has exactly this word. */
bool command_line_has(const char *line, const char *word);

#endif
