/* The way from a machine to the first user thread. */
#ifndef BOOT_H
#define BOOT_H

#include "arch.h"
#include "cap.h"
#include "machine.h"

#define INIT_SLOTS 2048u
#define INIT_STACK_PAGES 4u

/* What is made for init, while it is made. */
struct boot {
    struct machine machine;
    struct clock_scale clock;
    struct slot *table;      /* init's slots */
    unsigned next_slot;      /* all before are given out */
    unsigned untypeds;
    struct boot_untyped untyped[96];
    struct slot *memory;     /* the untyped that init's own objects come from */
};

/* boot.c */

/* Turn the machine's memory into untyped capabilities in a new table. */
void boot_memory(struct boot *boot);
/* The next empty slot. */
struct slot *boot_slot(struct boot *boot);
/* An object for init. */
struct slot *boot_object(struct boot *boot, unsigned type, unsigned size_bits);

/* boot_init.c */

/* Check the archive, load init from it and start it. */
void boot_init(struct boot *boot);

/* archive.c: pure, also built for the host */

/* What is wrong with an archive of `size` bytes for this machine, or NULL. */
const char *archive_check(const void *archive, uint64_t size);
/* An entry by name and kind, or NULL. */
const struct archive_entry *archive_find(const void *archive, const char *name, unsigned kind);

#endif
