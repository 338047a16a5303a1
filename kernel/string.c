#include "string.h"

#include "types.h"

/* Keeps a compiler from turning a loop into a call of the very function that it is in. */
#define keep_loop() __asm__ volatile("" ::: "memory")

void *memcpy(void *to, const void *from, size_t size)
{
    char *out = to;
    const char *in = from;

    if ((((uintptr_t)out | (uintptr_t)in) & 7) == 0) {
        for (; size >= 64; size -= 64, out += 64, in += 64) {
            uint64_t *words = (uint64_t *)(void *)out;
            const uint64_t *source = (const uint64_t *)(const void *)in;
            words[0] = source[0];
            words[1] = source[1];
            words[2] = source[2];
            words[3] = source[3];
            words[4] = source[4];
            words[5] = source[5];
            words[6] = source[6];
            words[7] = source[7];
            keep_loop();
        }
        for (; size >= 8; size -= 8, out += 8, in += 8) {
            *(uint64_t *)(void *)out = *(const uint64_t *)(const void *)in;
            keep_loop();
        }
    }
    for (; size > 0; size--) {
        *out++ = *in++;
        keep_loop();
    }
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    char *out = to;
    uint64_t word = (uint8_t)byte * 0x0101010101010101UL;

    if (((uintptr_t)out & 7) == 0) {
        for (; size >= 64; size -= 64, out += 64) {
            uint64_t *words = (uint64_t *)(void *)out;
            words[0] = word;
            words[1] = word;
            words[2] = word;
            words[3] = word;
            words[4] = word;
            words[5] = word;
            words[6] = word;
            words[7] = word;
            keep_loop();
        }
        for (; size >= 8; size -= 8, out += 8) {
            *(uint64_t *)(void *)out = word;
            keep_loop();
        }
    }
    for (; size > 0; size--) {
        *out++ = (char)byte;
        keep_loop();
    }
    return to;
}

int memcmp(const void *one, const void *other, size_t size)
{
    const uint8_t *a = one;
    const uint8_t *b = other;

    for (; size > 0; size--, a++, b++) {
        if (*a != *b)
            return *a - *b;
        keep_loop();
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != 0) {
        length++;
        keep_loop();
    }
    return length;
}

int strcmp(const char *one, const char *other)
{
    while (*one != 0 && *one == *other) {
        one++;
        other++;
    }
    return (uint8_t)*one - (uint8_t)*other;
}

struct output {
    char *at;
    char *end; /* the terminator's place at the latest */
};

static void put(struct output *output, char character)
{
    if (output->at < output->end)
        *output->at++ = character;
}

static void put_text(struct output *output, const char *text)
{
    while (*text != 0)
        put(output, *text++);
}

static void put_number(struct output *output, unsigned long number, unsigned base)
{
    char digits[20]; /* 2^64 in decimal */
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    while (count > 0)
        put(output, digits[--count]);
}

size_t format(char *buffer, size_t size, const char *pattern, va_list values)
{
    struct output output = {buffer, buffer + size - 1};

    for (; *pattern != 0; pattern++) {
        if (*pattern != '%') {
            put(&output, *pattern);
            continue;
        }
        bool wide = *++pattern == 'l';
        pattern += wide;
        if (*pattern == 0) /* the pattern ends in mid-conversion */
            break;
        switch (*pattern) {
        case 's':
            put_text(&output, va_arg(values, const char *));
            break;
        case 'c':
            put(&output, (char)va_arg(values, int));
            break;
        case 'u':
            put_number(&output, wide ? va_arg(values, unsigned long) : va_arg(values, unsigned), 10);
            break;
        case 'x':
            put_text(&output, "0x");
            put_number(&output, wide ? va_arg(values, unsigned long) : va_arg(values, unsigned), 16);
            break;
        default:
            put(&output, *pattern);
            break;
        }
    }
    *output.at = 0;
    return (size_t)(output.at - buffer);
}
