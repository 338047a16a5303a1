/* The machine as a device tree describes it, which firmware hands over (Devicetree Specification 0.4, chapters 2 and 3). */
#ifndef DEVICETREE_H
#define DEVICETREE_H

#include "machine.h"
#include "types.h"

/* A device that the kernel or init drives. */
struct devicetree_device {
    const char *compatible;
    const char *name;    /* what init is told of it, NULL: nothing, it is the kernel's own */
    struct range *place; /* of its registers: filled in if the tree has one */
};

/* Fill in RAM, what is reserved of it, archive, command line, the counter's frequency, and the devices. Panics if the tree is none. */
void devicetree_probe(const void *tree, const struct devicetree_device *devices, unsigned count, struct machine *machine);

#endif
