/* string.c: every size and alignment against a plain loop, and the formatter. */
#define memcpy kernel_memcpy
#define memset kernel_memset
#define memcmp kernel_memcmp
#define strlen kernel_strlen
#define strcmp kernel_strcmp
#include "string.h"

#include <limits.h>
#include <stdlib.h>

#include "check.h"

#define SIZE_MAX_TRIED 200
#define MARGIN 16

struct area {
    uint8_t bytes[SIZE_MAX_TRIED + 3 * MARGIN] __attribute__((aligned(8)));
};

static void fill(struct area *area, uint64_t seed)
{
    for (unsigned i = 0; i < sizeof(area->bytes); i++)
        area->bytes[i] = (uint8_t)check_random(&seed);
}

static void same(const struct area *is, const struct area *should)
{
    for (unsigned i = 0; i < sizeof(is->bytes); i++)
        CHECK(is->bytes[i] == should->bytes[i], "at byte %u", i);
}

CASE(memcpy_moves_exactly_what_it_should)
{
    for (unsigned size = 0; size <= SIZE_MAX_TRIED; size++)
        for (unsigned to = 0; to < 8; to++)
            for (unsigned from = 0; from < 8; from += 3) {
                struct area source, is, should;
                fill(&source, 1);
                fill(&is, 2);
                should = is;
                for (unsigned i = 0; i < size; i++)
                    should.bytes[MARGIN + to + i] = source.bytes[MARGIN + from + i];
                CHECK(memcpy(is.bytes + MARGIN + to, source.bytes + MARGIN + from, size) == is.bytes + MARGIN + to);
                same(&is, &should);
            }
}

CASE(memset_fills_exactly_what_it_should)
{
    static const int bytes[] = {0, 1, 0xa5, 0xff, 0x1ff, -1};

    for (unsigned size = 0; size <= SIZE_MAX_TRIED; size++)
        for (unsigned to = 0; to < 8; to++) {
            struct area is, should;
            int byte = bytes[(size + to) % 6];
            fill(&is, 3);
            should = is;
            for (unsigned i = 0; i < size; i++)
                should.bytes[MARGIN + to + i] = (uint8_t)byte;
            CHECK(memset(is.bytes + MARGIN + to, byte, size) == is.bytes + MARGIN + to);
            same(&is, &should);
        }
}

CASE(no_byte_beyond_the_end_is_touched)
{
    for (unsigned size = 0; size <= 80; size++) { /* on the heap, where the address sanitizer sees each */
        char *one = malloc(size);
        char *other = malloc(size);
        memset(one, 'x', size);
        memcpy(other, one, size);
        CHECK_EQUAL(memcmp(one, other, size), 0);
        free(one);
        free(other);
    }
}

CASE(memcmp_tells_the_first_difference)
{
    CHECK_EQUAL(memcmp("abc", "abd", 2), 0);
    CHECK(memcmp("abc", "abd", 3) < 0);
    CHECK(memcmp("abd", "abc", 3) > 0);
    CHECK(memcmp("\x80", "\x7f", 1) > 0, "bytes are compared without a sign");
    CHECK_EQUAL(memcmp("a", "b", 0), 0);
}

CASE(texts_are_measured_and_compared)
{
    CHECK_EQUAL(strlen(""), 0);
    CHECK_EQUAL(strlen("abc\0def"), 3);
    CHECK_EQUAL(strcmp("", ""), 0);
    CHECK_EQUAL(strcmp("abc", "abc"), 0);
    CHECK(strcmp("ab", "abc") < 0);
    CHECK(strcmp("abc", "ab") > 0);
    CHECK(strcmp("\x80", "a") > 0, "characters are compared without a sign");
}

static size_t formatted(char *buffer, size_t size, const char *pattern, ...)
{
    va_list values;

    va_start(values, pattern);
    size_t length = format(buffer, size, pattern, values);
    va_end(values);
    return length;
}

CASE(format_writes_each_kind)
{
    char text[128];

    CHECK_EQUAL(formatted(text, sizeof(text), "plain"), 5);
    CHECK_TEXT(text, "plain");
    formatted(text, sizeof(text), "%s|%s|%c", "one", "", 'c');
    CHECK_TEXT(text, "one||c");
    formatted(text, sizeof(text), "%u %u %lu", 0u, UINT_MAX, ULONG_MAX);
    CHECK_TEXT(text, "0 4294967295 18446744073709551615");
    formatted(text, sizeof(text), "%lx %lx %x", 0UL, ULONG_MAX, 0xbeefu);
    CHECK_TEXT(text, "0x0 0xffffffffffffffff 0xbeef");
    CHECK_EQUAL(formatted(text, sizeof(text), "100%%"), 4);
    CHECK_TEXT(text, "100%");
    CHECK_EQUAL(formatted(text, sizeof(text), ""), 0);
    CHECK_TEXT(text, "");
}

CASE(format_cuts_what_does_not_fit)
{
    for (size_t size = 1; size <= 12; size++) {
        char *text = malloc(size); /* the sanitizer sees what comes behind */
        size_t length = formatted(text, size, "%s-%u", "abcd", 12345u);
        CHECK_EQUAL(length, size - 1 < 10 ? size - 1 : 10);
        CHECK_EQUAL(strlen(text), length);
        CHECK_EQUAL(memcmp(text, "abcd-12345", length), 0);
        free(text);
    }
}

CASE(format_stops_at_a_pattern_that_ends_in_mid_conversion)
{
    static const char *const patterns[] = {"50%", "50%l"};

    for (unsigned i = 0; i < 2; i++) {
        char text[16];
        char *pattern = malloc(strlen(patterns[i]) + 1);
        memcpy(pattern, patterns[i], strlen(patterns[i]) + 1);
        CHECK_EQUAL(formatted(text, sizeof(text), pattern), 2);
        CHECK_TEXT(text, "50");
        free(pattern);
    }
}
