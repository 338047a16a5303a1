/* What the firmware told about the machine: filled in once by machine_probe(), read at boot. */
#ifndef MACHINE_H
#define MACHINE_H

#include <tiss/abi.h>

#include "types.h"

#define MACHINE_RANGES 16
#define RAM_LIMIT (1UL << 37) /* derivation links reach this far: see cap.c. RAM beyond is left alone */

struct range {
    paddr_t start;
    paddr_t end; /* exclusive */
};

struct machine {
    struct range ram[MACHINE_RANGES]; /* page-aligned, ascending, disjoint */
    unsigned ram_count;
    struct range taken[MACHINE_RANGES]; /* of RAM and devices: what is the firmware's or the kernel's own; neither its image nor the archive */
    unsigned taken_count;
    struct range mapped[MACHINE_RANGES]; /* device registers that the kernel uses, be they its own or not */
    unsigned mapped_count;
    struct range device[MACHINE_RANGES]; /* where device registers may be, ascending, less what is taken */
    unsigned device_count;
    struct range archive; /* page-aligned; empty if there is none */
    struct boot_device devices[4];
    unsigned devices_count;
    uint64_t timer_frequency; /* of the counter, in Hz; 0 if it must be measured */
    char command_line[512];
};

/* What machine_probe() calls for what it finds. RAM counts by the whole pages that are in a range, the others by those they touch. */
void machine_add_ram(struct machine *machine, struct range range);
void machine_add_taken(struct machine *machine, struct range range);
void machine_add_mapped(struct machine *machine, struct range range);
/* The text ends after `size` bytes or with a 0. Panics if it does not fit. */
void machine_set_command_line(struct machine *machine, const char *line, size_t size);
/* Put in order what was found: neither RAM nor what is taken is a device. Panics if there is no RAM. */
void machine_complete(struct machine *machine);

/* Add a range to an array of MACHINE_RANGES; panics when it is full. */
void range_add(struct range *ranges, unsigned *count, paddr_t start, paddr_t end);
/* Take [start, end) out of the ranges: they may shrink, split or go. */
void range_remove(struct range *ranges, unsigned *count, paddr_t start, paddr_t end);
/* Does one of them hold all of [start, end)? */
bool range_holds(const struct range *ranges, unsigned count, paddr_t start, paddr_t end);
/* Sort, and join what touches. */
void range_normalize(struct range *ranges, unsigned *count);

#endif
