/* Flattened device trees, made piece by piece: structure first, then blob_assemble(). */
#ifndef BLOB_H
#define BLOB_H

#include <stdint.h>

#define BLOB_HEADER 40 /* bytes */

struct blob {
    uint8_t structure[1024];
    uint8_t strings[256];
    unsigned structure_size;
    unsigned strings_size;
};

/* A big-endian word. */
void blob_big(uint8_t *at, uint32_t word);
/* A word of the structure: 4 is a nop, 9 the end. */
void blob_word(struct blob *blob, uint32_t value);
/* A node, its properties and its children stand between these two. */
void blob_begin(struct blob *blob, const char *name);
void blob_end(struct blob *blob);
void blob_property(struct blob *blob, const char *name, const void *data, unsigned size);
/* The blob's bytes on the heap: header, structure, strings. */
uint8_t *blob_assemble(const struct blob *blob, uint32_t *size);

#endif
