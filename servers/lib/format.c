/* The formatter behind print: text, characters and whole numbers, with a minus, a zero and a width. */
#include "tiss.h"

/* Where the text goes; what does not fit is counted out. */
struct sink {
    char *buffer;
    size_t size; /* without the closing zero */
    size_t length;
};

/* One conversion: %-08lx and its like. */
struct conversion {
    bool left;
    bool zero;
    bool is_long;
    unsigned width;
};

static void put(struct sink *sink, char character)
{
    if (sink->length < sink->size)
        sink->buffer[sink->length++] = character;
}

static void put_padded(struct sink *sink, const char *text, size_t length, const struct conversion *conversion)
{
    size_t padding = conversion->width > length ? conversion->width - length : 0;

    if (!conversion->left) {
        for (; padding; padding--)
            put(sink, conversion->zero ? '0' : ' ');
    }
    for (size_t i = 0; i < length; i++)
        put(sink, text[i]);
    for (; padding; padding--)
        put(sink, ' ');
}

static void put_number(struct sink *sink, word_t value, unsigned base, bool negative, const struct conversion *conversion)
{
    char digits[24];
    size_t at = sizeof(digits);

    do
        digits[--at] = "0123456789abcdef"[value % base];
    while ((value /= base) != 0);
    if (negative)
        digits[--at] = '-';
    put_padded(sink, digits + at, sizeof(digits) - at, conversion);
}

/* Read flags, width and size; returns the conversion's letter. */
static const char *parse(const char *pattern, struct conversion *conversion)
{
    *conversion = (struct conversion){ 0 };
    for (; *pattern == '-' || *pattern == '0'; pattern++) {
        conversion->left |= *pattern == '-';
        conversion->zero |= *pattern == '0';
    }
    for (; *pattern >= '0' && *pattern <= '9'; pattern++)
        conversion->width = conversion->width * 10 + (unsigned)(*pattern - '0');
    for (; *pattern == 'l'; pattern++)
        conversion->is_long = true;
    return pattern;
}

static void put_signed(struct sink *sink, long value, const struct conversion *conversion)
{
    word_t size = value < 0 ? -(word_t)value : (word_t)value;

    put_number(sink, size, 10, value < 0, conversion);
}

size_t format_list(char *buffer, size_t size, const char *pattern, va_list arguments)
{
    struct sink sink = { .buffer = buffer, .size = size - 1 };
    struct conversion conversion;
    char character;

    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            put(&sink, *pattern);
            continue;
        }
        pattern = parse(pattern + 1, &conversion);
        switch (*pattern) {
        case 's': {
            const char *text = va_arg(arguments, const char *);

            put_padded(&sink, text, strlen(text), &conversion);
            break;
        }
        case 'c':
            character = (char)va_arg(arguments, int);
            put_padded(&sink, &character, 1, &conversion);
            break;
        case 'd':
            put_signed(&sink, conversion.is_long ? va_arg(arguments, long) : va_arg(arguments, int), &conversion);
            break;
        case 'u':
        case 'x': {
            word_t value = conversion.is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned);

            put_number(&sink, value, *pattern == 'x' ? 16 : 10, false, &conversion);
            break;
        }
        case '%':
            put(&sink, '%');
            break;
        default:
            start_fault(); /* the compiler checks patterns; this one is not in print's list */
        }
    }
    buffer[sink.length] = 0;
    return sink.length;
}

size_t format(char *buffer, size_t size, const char *pattern, ...)
{
    va_list arguments;
    size_t length;

    va_start(arguments, pattern);
    length = format_list(buffer, size, pattern, arguments);
    va_end(arguments);
    return length;
}
