/* command_line.c: a word is found whole or not at all. */
#include "command_line.h"

#include <stdlib.h>

#include "check.h"

CASE(a_word_is_found_anywhere)
{
    CHECK(command_line_has("count=instructions", "count=instructions"));
    CHECK(command_line_has("a count=instructions b", "count=instructions"));
    CHECK(command_line_has("  a   b  ", "b"));
    CHECK(command_line_has("a b", "a"));
}

CASE(a_part_of_a_word_is_not_the_word)
{
    CHECK(!command_line_has("count=instructions", "count"));
    CHECK(!command_line_has("count=instructionsx", "count=instructions"));
    CHECK(!command_line_has("xcount=instructions", "count=instructions"));
    CHECK(!command_line_has("count= instructions", "count=instructions"));
    CHECK(!command_line_has("", "a"));
    CHECK(!command_line_has("   ", "a"));
    CHECK(!command_line_has("ab", "abc"));
}

CASE(the_line_is_read_no_further_than_its_end)
{
    char *line = malloc(4); /* the sanitizer sees what comes behind */
    line[0] = 'a';
    line[1] = ' ';
    line[2] = 'b';
    line[3] = 0;
    CHECK(!command_line_has(line, "bc"));
    CHECK(!command_line_has(line, "a b"));
    CHECK(command_line_has(line, "b"));
    free(line);
}
