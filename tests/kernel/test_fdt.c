/* fdt.c: device trees made here, whole, cut short and damaged; blobs lie on the heap exactly, so that the sanitizer sees what is read. */
#include "fdt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "check.h"

static const uint8_t memory_reg[] = {0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x08, 0, 0, 0};

static void sample(struct blob *blob)
{
    *blob = (struct blob){.structure_size = 0};
    blob_begin(blob, "");
    blob_begin(blob, "memory@80000000");
    blob_property(blob, "device_type", "memory", 7);
    blob_property(blob, "reg", memory_reg, sizeof(memory_reg));
    blob_end(blob);
    blob_word(blob, 4); /* nop */
    blob_begin(blob, "soc");
    blob_property(blob, "compatible", "first\0simple-bus", 17);
    blob_begin(blob, "serial@10000000");
    blob_property(blob, "interrupts", "\0\0\0\x0a", 4);
    blob_property(blob, "compatible", "ns16550a\0ns16550", 17);
    blob_end(blob);
    blob_end(blob);
    blob_begin(blob, "chosen");
    blob_property(blob, "bootargs", "count=instructions", 19);
    blob_property(blob, "linux,initrd-start", "\0\0\0\0\x84\0\0\0", 8);
    blob_property(blob, "linux,initrd-end", "\0\0\0\0\x84\x10\0\0", 8);
    blob_end(blob);
    blob_end(blob);
    blob_word(blob, 9);
}

static void describe(const struct fdt_node *node, void *context)
{
    char *text = context;

    sprintf(text + strlen(text), "%s<%s ", node->name, node->parent);
    if (fdt_lists(node->device_type, "memory"))
        sprintf(text + strlen(text), "reg=%lx+%lx ", (unsigned long)fdt_cells(node->reg, 0, 2), (unsigned long)fdt_cells(node->reg, 8, 2));
    if (fdt_lists(node->compatible, "ns16550"))
        sprintf(text + strlen(text), "irq=%lu ", (unsigned long)fdt_cells(node->interrupts, 0, 1));
    if (node->bootargs.data != NULL)
        sprintf(text + strlen(text), "args=%s initrd=%lx-%lx ", (const char *)node->bootargs.data,
                (unsigned long)fdt_cells(node->initrd_start, 0, 2), (unsigned long)fdt_cells(node->initrd_end, 0, 2));
}

CASE(a_tree_is_walked)
{
    struct blob blob;
    uint32_t size;
    char text[1024] = "";

    sample(&blob);
    uint8_t *tree = blob_assemble(&blob, &size);
    CHECK_EQUAL(fdt_size(tree), size);
    CHECK(fdt_walk(tree, describe, text));
    CHECK_TEXT(text, "memory@80000000< reg=80000000+8000000 soc< serial@10000000<soc irq=10 "
                     "chosen< args=count=instructions initrd=84000000-84100000 ");
    free(tree);
}

CASE(lists_of_texts_are_searched_whole)
{
    struct fdt_property list = {(const uint8_t *)"ns16550a\0ns16550", 17};

    CHECK(fdt_lists(list, "ns16550a"));
    CHECK(fdt_lists(list, "ns16550"));
    CHECK(!fdt_lists(list, "s16550"));
    CHECK(!fdt_lists(list, "ns1655"));
    CHECK(!fdt_lists(list, "ns16550ab"));
    CHECK(!fdt_lists((struct fdt_property){NULL, 0}, "x"));
    CHECK(!fdt_lists((struct fdt_property){list.data, 16}, "ns16550"), "the last has no terminator");
}

CASE(cells_outside_are_zero)
{
    struct fdt_property cells = {(const uint8_t *)"\0\0\0\1\0\0\0\2", 8};

    CHECK_EQUAL(fdt_cells(cells, 0, 2), 0x100000002);
    CHECK_EQUAL(fdt_cells(cells, 4, 1), 2);
    CHECK_EQUAL(fdt_cells(cells, 4, 2), 0);
    CHECK_EQUAL(fdt_cells(cells, 8, 1), 0);
    CHECK_EQUAL(fdt_cells(cells, 0xfffffffc, 1), 0);
    CHECK_EQUAL(fdt_cells(cells, 0xfffffff8, 2), 0);
    CHECK_EQUAL(fdt_cells((struct fdt_property){NULL, 0}, 0, 1), 0);
}

static void touch(const struct fdt_node *node, void *context)
{
    const struct fdt_property *properties[] = {&node->reg, &node->interrupts, &node->compatible, &node->device_type, &node->bootargs,
                                               &node->initrd_start, &node->initrd_end, &node->timebase_frequency};
    uint64_t *sum = context;

    *sum += strlen(node->name) + strlen(node->parent);
    for (unsigned i = 0; i < array_count(properties); i++) {
        for (uint32_t at = 0; properties[i]->data != NULL && at < properties[i]->size; at++)
            *sum += properties[i]->data[at];
        *sum += fdt_lists(*properties[i], "memory") + fdt_cells(*properties[i], 0, 2);
    }
}

/* Walk a copy of exactly `size` bytes: whatever it says, nothing outside is read. */
static bool walk_copy(const uint8_t *tree, uint32_t size)
{
    uint8_t *copy = malloc(size);
    uint64_t sum = 0;

    memcpy(copy, tree, size);
    bool good = fdt_walk(copy, touch, &sum);
    free(copy);
    return good;
}

CASE(every_truncation_is_malformed)
{
    struct blob blob;
    uint32_t size;

    sample(&blob);
    uint8_t *tree = blob_assemble(&blob, &size);
    CHECK(walk_copy(tree, size));
    for (uint32_t length = BLOB_HEADER; length < size; length++) { /* only the size is right */
        blob_big(tree + 4, length);
        CHECK(!walk_copy(tree, length), "%u bytes", length);
    }
    for (uint32_t cut = 1; cut < blob.strings_size; cut++) { /* the block of names is shorter, and says so */
        blob_big(tree + 4, size - cut);
        blob_big(tree + 32, blob.strings_size - cut);
        CHECK(!walk_copy(tree, size - cut), "%u bytes of names less", cut);
    }
    free(tree);
    for (uint32_t length = 0; length < blob.structure_size; length += 4) { /* the structure is shorter, and says so */
        struct blob shorter = blob;
        shorter.structure_size = length;
        tree = blob_assemble(&shorter, &size);
        CHECK(!walk_copy(tree, size), "%u bytes of structure", length);
        free(tree);
    }
}

CASE(random_damage_never_leads_outside)
{
    struct blob blob;
    uint32_t size;
    uint64_t seed = 5;
    unsigned good = 0;

    sample(&blob);
    uint8_t *tree = blob_assemble(&blob, &size);
    for (unsigned round = 0; round < 40000; round++) {
        uint8_t *damaged = malloc(size);
        memcpy(damaged, tree, size);
        for (unsigned i = 0; i <= round % 4; i++) {
            unsigned at = check_below(&seed, size);
            damaged[at] = (uint8_t)(round % 2 == 0 ? damaged[at] ^ 1U << check_below(&seed, 8) : (unsigned)check_random(&seed));
        }
        blob_big(damaged + 4, size); /* the size is what the blob's reader has to believe */
        good += walk_copy(damaged, size);
        free(damaged);
    }
    CHECK(good > 1000 && good < 39000, "%u passed", good);
    free(tree);
}

CASE(what_is_no_tree_is_refused)
{
    uint8_t zero[BLOB_HEADER] = {0};
    struct blob blob;
    uint32_t size;

    CHECK_EQUAL(fdt_size(zero), 0);
    CHECK(!walk_copy(zero, BLOB_HEADER));
    blob = (struct blob){.structure_size = 0};
    for (unsigned i = 0; i < 9; i++) /* one deeper than it follows */
        blob_begin(&blob, "n");
    for (unsigned i = 0; i < 9; i++)
        blob_end(&blob);
    blob_word(&blob, 9);
    uint8_t *tree = blob_assemble(&blob, &size);
    CHECK(!walk_copy(tree, size));
    free(tree);
    blob = (struct blob){.structure_size = 0};
    blob_end(&blob); /* of nothing */
    blob_word(&blob, 9);
    tree = blob_assemble(&blob, &size);
    CHECK(!walk_copy(tree, size));
    free(tree);
}
