/* The servers' formatter, numbers and strings on the host: asserts, no output. Built by test_line.py. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "tiss.h"

void start_fault(void)
{
    abort();
}

static void formats(void)
{
    char text[64];

    assert(format(text, sizeof(text), "%s-%c-%d-%u-%x-%%", "a", 'b', -3, 4u, 255u) == 13);
    assert(!strcmp(text, "a-b--3-4-ff-%"));
}

static void widths(void)
{
    char text[64];

    format(text, sizeof(text), "[%5u][%-5u][%05u][%-4s][%4s]", 42u, 42u, 42u, "ab", "ab");
    assert(!strcmp(text, "[   42][42   ][00042][ab  ][  ab]"));
    format(text, sizeof(text), "%lx %ld %lu", 0xffffffffffffffffUL, (long)(1UL << 63), 18446744073709551615UL);
    assert(!strcmp(text, "ffffffffffffffff -9223372036854775808 18446744073709551615"));
}

static void cut(void)
{
    char text[5] = "....";

    assert(format(text, 4, "%s", "abcdef") == 3);
    assert(!strcmp(text, "abc") && text[4] == 0);
}

static void numbers(void)
{
    word_t number = 7;

    assert(number_parse("0", &number) && number == 0);
    assert(number_parse("0xfF", &number) && number == 255);
    assert(number_parse("18446744073709551615", &number) && number == UINT64_MAX);
    assert(!number_parse("18446744073709551616", &number));
    assert(!number_parse("0x10000000000000000", &number));
    assert(!number_parse("", &number) && !number_parse("0x", &number) && !number_parse("1a", &number) && !number_parse("-1", &number));
}

static void memory(void)
{
    char text[40] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char small[4];
    word_t words[2];

    memmove(text + 1, text, 20);
    assert(!memcmp(text, "00123456789abcdefghijlmnop", 21));
    memmove(text, text + 8, 24);
    assert(!memcmp(text, "789abcdefghij", 12));
    memset(text, '#', 33);
    assert(text[32] == '#' && text[33] != '#');
    text_copy(small, sizeof(small), "abcdef");
    assert(!strcmp(small, "abc"));
    words_from_text(words, 2, "name");
    text_from_words(text, sizeof(text), words, 2);
    assert(!strcmp(text, "name") && words[1] == 0);
    assert(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("ab", "a") > 0 && strlen("four") == 4);
}

int main(const struct start_info *start)
{
    (void)start;
    formats();
    widths();
    cut();
    numbers();
    memory();
    return 0;
}
