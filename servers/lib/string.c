/* Strings and memory. Compilers emit calls to the first four; the barriers keep them from finding such a call in their own loops. */
#include "tiss.h"

#define BARRIER() __asm__ volatile("" ::: "memory")

/* A word that may alias anything. */
typedef uint64_t __attribute__((may_alias)) any_word_t;

static bool aligned(const void *one, const void *other)
{
    return (((uintptr_t)one | (uintptr_t)other) & (sizeof(any_word_t) - 1)) == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    return memmove(to, from, count);
}

void *memmove(void *to, const void *from, size_t count)
{
    unsigned char *target = to;
    const unsigned char *source = from;

    if ((uintptr_t)target - (uintptr_t)source >= count) {
        if (aligned(target, source)) {
            for (; count >= sizeof(any_word_t); count -= sizeof(any_word_t)) {
                *(any_word_t *)target = *(const any_word_t *)source;
                target += sizeof(any_word_t);
                source += sizeof(any_word_t);
                BARRIER();
            }
        }
        for (; count; count--) {
            *target++ = *source++;
            BARRIER();
        }
        return to;
    }
    while (count--) {
        target[count] = source[count];
        BARRIER();
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    unsigned char *target = to;
    uint64_t word = (unsigned char)value * 0x0101010101010101UL;

    if (aligned(target, target)) {
        for (; count >= sizeof(word); count -= sizeof(word)) {
            *(any_word_t *)target = word;
            target += sizeof(word);
            BARRIER();
        }
    }
    for (; count; count--) {
        *target++ = (unsigned char)value;
        BARRIER();
    }
    return to;
}

int memcmp(const void *one, const void *other, size_t count)
{
    const unsigned char *left = one, *right = other;

    for (; count; count--, left++, right++) {
        if (*left != *right)
            return *left - *right;
        BARRIER();
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length]) {
        length++;
        BARRIER();
    }
    return length;
}

int strcmp(const char *one, const char *other)
{
    while (*one && *one == *other) {
        one++;
        other++;
        BARRIER();
    }
    return (unsigned char)*one - (unsigned char)*other;
}

void text_copy(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);

    if (length > size - 1)
        length = size - 1;
    memcpy(to, from, length);
    memset(to + length, 0, size - length);
}

void words_from_text(word_t *words, size_t count, const char *text)
{
    text_copy((char *)words, count * sizeof(word_t), text);
}

void text_from_words(char *text, size_t size, const word_t *words, size_t count)
{
    size_t bytes = count * sizeof(word_t);

    if (bytes > size - 1)
        bytes = size - 1;
    memcpy(text, words, bytes);
    text[bytes] = 0;
}

static int digit_value(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

bool number_parse(const char *text, word_t *number)
{
    unsigned base = 10;
    word_t value = 0;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    if (!*text)
        return false;
    for (; *text; text++) {
        int digit = digit_value(*text);

        if (digit < 0 || (unsigned)digit >= base || value > (UINT64_MAX - (unsigned)digit) / base)
            return false;
        value = value * base + (unsigned)digit;
    }
    *number = value;
    return true;
}
