/* Memory by bytes and words: what compilers call, and a formatter for panics. */
#ifndef STRING_H
#define STRING_H

#include <stdarg.h>
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *one, const void *other, size_t size);
size_t strlen(const char *text);
int strcmp(const char *one, const char *other);

/* Write text into a buffer of `size` bytes, always terminated, cut where it does not fit. %s string, %u unsigned int, %lu unsigned long,
 * %lx unsigned long in hexadecimal, %c, %%. Returns the length written. */
size_t format(char *buffer, size_t size, const char *pattern, va_list values);

#endif
