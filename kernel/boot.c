/* Memory at boot: all RAM that the image, the firmware and the archive do not hold becomes untyped, and all that is not RAM too. */
#include "boot.h"

#include "image.h"
#include "memory.h"
#include "panic.h"
#include "string.h"
#include "untyped.h"

#define INIT_MEMORY_BITS 19          /* init's own objects, with room */

struct slot *boot_slot(struct boot *boot)
{
    if (boot->next_slot >= INIT_SLOTS)
        panic("init's table of %u slots is full: the boot archive is too large", INIT_SLOTS);
    return &boot->table[boot->next_slot++];
}

struct slot *boot_object(struct boot *boot, unsigned type, unsigned size_bits)
{
    struct slot *slot = boot_slot(boot);
    struct slot table = {.nest = 0};
    status_t status;

    do
        status = untyped_carve(boot->memory, type, size_bits, 0, slot, &table);
    while (status == STATUS_AGAIN);
    if (status != STATUS_OK)
        panic("init's %lu KiB of boot memory do not suffice", (unsigned long)(1UL << INIT_MEMORY_BITS) >> 10);
    return slot;
}

static void add_untyped(struct boot *boot, paddr_t start, unsigned size_bits, bool device)
{
    if (boot->untypeds == array_count(boot->untyped))
        panic("the machine's memory map is too ragged: it needs more than %u untypeds", boot->untypeds);
    boot->untyped[boot->untypeds++] = (struct boot_untyped){start, size_bits, device};
    *boot_slot(boot) = (struct slot){
        .type = OBJECT_UNTYPED,
        .rights = RIGHT_ALL,
        .flags = (uint8_t)(SLOT_FIRST | (device ? SLOT_DEVICE : 0)),
        .size_bits = (uint8_t)size_bits,
        .object = start,
    };
}

/* Cut a range into powers of two, each aligned to itself. */
static void add_range(struct boot *boot, struct range range, bool device)
{
    while (range.start < range.end) {
        unsigned size_bits = PAGE_BITS;
        while (size_bits < OBJECT_UNTYPED_MAX_BITS && range.start % (2UL << size_bits) == 0 &&
               2UL << size_bits <= range.end - range.start)
            size_bits++;
        add_untyped(boot, range.start, size_bits, device);
        range.start += 1UL << size_bits;
    }
}

/* Init's table, at the start of the first range that has room for it. */
static void make_table(struct boot *boot, struct range *ram, unsigned *count)
{
    uint64_t size = INIT_SLOTS * sizeof(struct slot);

    for (unsigned i = 0; i < *count; i++) {
        if (ram[i].end - ram[i].start < size)
            continue;
        boot->table = direct(ram[i].start);
        memset(boot->table, 0, size);
        range_remove(ram, count, ram[i].start, ram[i].start + size);
        return;
    }
    panic("the machine's memory is too small: %lu KiB in one piece are needed for the first capability table", (unsigned long)size >> 10);
}

/* The smallest untyped that will do, so that the large ones stay whole. */
static void choose_memory(struct boot *boot)
{
    for (unsigned i = 0; i < boot->untypeds; i++) {
        struct slot *slot = &boot->table[SLOT_UNTYPED + i];
        if (slot->flags & SLOT_DEVICE || slot->size_bits < INIT_MEMORY_BITS)
            continue;
        if (boot->memory == NULL || slot->size_bits < boot->memory->size_bits)
            boot->memory = slot;
    }
    if (boot->memory == NULL)
        panic("the machine's memory is too small: %lu KiB in one piece are needed for init", (1UL << INIT_MEMORY_BITS) >> 10);
}

void boot_memory(struct boot *boot)
{
    struct machine *machine = &boot->machine;
    struct range ram[MACHINE_RANGES];
    unsigned count = machine->ram_count;

    memcpy(ram, machine->ram, sizeof(ram));
    for (unsigned i = 0; i < machine->taken_count; i++)
        range_remove(ram, &count, machine->taken[i].start, machine->taken[i].end);
    range_remove(ram, &count, image_paddr(image_start), image_paddr(image_end));
    range_remove(ram, &count, machine->archive.start, machine->archive.end);
    make_table(boot, ram, &count);
    boot->next_slot = SLOT_UNTYPED;
    for (unsigned i = 0; i < count; i++)
        add_range(boot, ram[i], false);
    for (unsigned i = 0; i < machine->device_count; i++)
        add_range(boot, machine->device[i], true);
    choose_memory(boot);
}
