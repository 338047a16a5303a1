#include "fdt.h"

#include "string.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROPERTY 3
#define FDT_NOP 4
#define FDT_END 9
#define DEPTH 8

enum header { HEADER_MAGIC, HEADER_SIZE, HEADER_STRUCTURE, HEADER_STRINGS, HEADER_STRINGS_SIZE = 8, HEADER_STRUCTURE_SIZE, HEADER_WORDS };

static uint32_t word(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t header(const void *tree, enum header index)
{
    return word((const uint8_t *)tree + 4 * index);
}

uint32_t fdt_size(const void *tree)
{
    return header(tree, HEADER_MAGIC) == FDT_MAGIC ? header(tree, HEADER_SIZE) : 0;
}

uint64_t fdt_cells(struct fdt_property property, uint32_t offset, unsigned cells)
{
    uint64_t value = 0;

    if (property.data == NULL || property.size < 4 * cells || offset > property.size - 4 * cells)
        return 0;
    for (unsigned i = 0; i < cells; i++)
        value = value << 32 | word(property.data + offset + 4 * i);
    return value;
}

bool fdt_lists(struct fdt_property property, const char *text)
{
    uint32_t length = (uint32_t)strlen(text) + 1;

    for (uint32_t at = 0; property.data != NULL && at + length <= property.size; at++)
        if ((at == 0 || property.data[at - 1] == 0) && memcmp(property.data + at, text, length) == 0)
            return true;
    return false;
}

static void keep(struct fdt_node *node, const char *name, struct fdt_property property)
{
    const struct {
        const char *name;
        struct fdt_property *place;
    } kept[] = {
        {"reg", &node->reg},
        {"interrupts", &node->interrupts},
        {"compatible", &node->compatible},
        {"device_type", &node->device_type},
        {"bootargs", &node->bootargs},
        {"linux,initrd-start", &node->initrd_start},
        {"linux,initrd-end", &node->initrd_end},
        {"timebase-frequency", &node->timebase_frequency},
    };

    for (unsigned i = 0; i < array_count(kept); i++)
        if (strcmp(kept[i].name, name) == 0)
            *kept[i].place = property;
}

struct walk {
    const uint8_t *at;
    const uint8_t *end;
    const char *strings;
    uint32_t strings_size;
    struct fdt_node nodes[DEPTH]; /* the open ones */
    unsigned depth;               /* how many are open */
    bool told;                    /* the innermost was visited: its properties come before its children */
};

/* The terminator of the string at `at`, or NULL if the tree ends first. */
static const uint8_t *terminator(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at != 0)
        at++;
    return at < end ? at : NULL;
}

static bool begin_node(struct walk *walk)
{
    const char *name = (const char *)walk->at;
    const uint8_t *end = terminator(walk->at, walk->end);

    if (end == NULL || walk->depth == DEPTH)
        return false;
    walk->nodes[walk->depth] = (struct fdt_node){.name = name, .parent = walk->depth < 2 ? "" : walk->nodes[walk->depth - 1].name};
    walk->depth++;
    walk->told = false;
    walk->at = (const uint8_t *)align_up((uintptr_t)end + 1, 4);
    return true;
}

static bool property(struct walk *walk)
{
    if (walk->end - walk->at < 8 || walk->depth == 0)
        return false;
    struct fdt_property found = {walk->at + 8, word(walk->at)};
    uint32_t name = word(walk->at + 4);
    if (found.size > (size_t)(walk->end - found.data) || name >= walk->strings_size)
        return false;
    keep(&walk->nodes[walk->depth - 1], walk->strings + name, found);
    walk->at = (const uint8_t *)align_up((uintptr_t)found.data + found.size, 4);
    return true;
}

bool fdt_walk(const void *tree, void (*visit)(const struct fdt_node *node, void *context), void *context)
{
    const uint8_t *base = tree;
    uint32_t size = fdt_size(tree);
    uint32_t structure = header(tree, HEADER_STRUCTURE);
    uint32_t strings = header(tree, HEADER_STRINGS);
    uint32_t strings_size = header(tree, HEADER_STRINGS_SIZE);

    if (size < 4 * HEADER_WORDS || structure % 4 != 0 || structure > size || header(tree, HEADER_STRUCTURE_SIZE) > size - structure ||
        strings > size || strings_size > size - strings)
        return false;
    if (strings_size > 0 && base[strings + strings_size - 1] != 0) /* names are compared up to their terminators */
        return false;
    struct walk walk = {.at = base + structure,
                        .end = base + structure + header(tree, HEADER_STRUCTURE_SIZE),
                        .strings = (const char *)base + strings,
                        .strings_size = strings_size};

    while (walk.end - walk.at >= 4) {
        uint32_t token = word(walk.at);
        walk.at += 4;
        if ((token == FDT_BEGIN_NODE || token == FDT_END_NODE) && walk.depth > 1 && !walk.told) {
            visit(&walk.nodes[walk.depth - 1], context);
            walk.told = true;
        }
        if (token == FDT_END)
            return walk.depth == 0;
        if (token == FDT_BEGIN_NODE ? !begin_node(&walk) : token == FDT_PROPERTY ? !property(&walk) : token > FDT_NOP)
            return false;
        if (token == FDT_END_NODE && walk.depth-- == 0)
            return false;
    }
    return false;
}
