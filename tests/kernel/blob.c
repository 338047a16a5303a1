#include "blob.h"

#include <stdlib.h>
#include <string.h>

void blob_big(uint8_t *at, uint32_t word)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(word >> (24 - 8 * i));
}

void blob_word(struct blob *blob, uint32_t value)
{
    blob_big(blob->structure + blob->structure_size, value);
    blob->structure_size += 4;
}

static void bytes(struct blob *blob, const void *data, unsigned size)
{
    memcpy(blob->structure + blob->structure_size, data, size);
    blob->structure_size += (size + 3) & ~3U;
}

void blob_begin(struct blob *blob, const char *name)
{
    blob_word(blob, 1);
    bytes(blob, name, (unsigned)strlen(name) + 1);
}

void blob_end(struct blob *blob)
{
    blob_word(blob, 2);
}

void blob_property(struct blob *blob, const char *name, const void *data, unsigned size)
{
    blob_word(blob, 3);
    blob_word(blob, size);
    blob_word(blob, blob->strings_size);
    strcpy((char *)blob->strings + blob->strings_size, name);
    blob->strings_size += (unsigned)strlen(name) + 1;
    bytes(blob, data, size);
}

uint8_t *blob_assemble(const struct blob *blob, uint32_t *size)
{
    *size = BLOB_HEADER + blob->structure_size + blob->strings_size;
    uint8_t *tree = malloc(*size);
    const uint32_t header[10] = {0xd00dfeed, *size, BLOB_HEADER, BLOB_HEADER + blob->structure_size, 0, 17, 16, 0, blob->strings_size,
                                 blob->structure_size};

    for (unsigned i = 0; i < 10; i++)
        blob_big(tree + 4 * i, header[i]);
    memcpy(tree + BLOB_HEADER, blob->structure, blob->structure_size);
    memcpy(tree + BLOB_HEADER + blob->structure_size, blob->strings, blob->strings_size);
    return tree;
}
