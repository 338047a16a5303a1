/* Flattened device trees, read only (Devicetree Specification 0.4, chapter 5). Pure: also built for the host. */
#ifndef FDT_H
#define FDT_H

#include "types.h"

struct fdt_property {
    const uint8_t *data; /* big-endian; NULL: the node has none of this name */
    uint32_t size;       /* bytes */
};

struct fdt_node {
    const char *name;   /* with unit address */
    const char *parent; /* "" for the root's children */
    struct fdt_property reg, interrupts, compatible, device_type, bootargs, initrd_start, initrd_end, timebase_frequency;
};

/* The tree's size in bytes; 0 if it is none. */
uint32_t fdt_size(const void *tree);
/* Call `visit` for every node below the root. False: the tree is malformed, or nested deeper than 8. */
bool fdt_walk(const void *tree, void (*visit)(const struct fdt_node *node, void *context), void *context);
/* An integer of 1 or 2 cells at a byte offset; 0 if it is not there. */
uint64_t fdt_cells(struct fdt_property property, uint32_t offset, unsigned cells);
/* The property's list of strings contains this one. */
bool fdt_lists(struct fdt_property property, const char *text);

#endif
