#include "devicetree.h"

#include "fdt.h"
#include "panic.h"
#include "string.h"

#define ENTRY_SIZE 16 /* of `reg`: an address and a size of two cells each */
#define NO_IRQ 0xffffffff

struct probe {
    struct machine *machine;
    const struct devicetree_device *devices;
    unsigned count;
};

static struct range place(const struct fdt_node *node, uint32_t at)
{
    paddr_t start = fdt_cells(node->reg, at, 2);

    return (struct range){start, start + fdt_cells(node->reg, at + ENTRY_SIZE / 2, 2)};
}

static void add_memory(const struct fdt_node *node, void (*add)(struct machine *, struct range), struct machine *machine)
{
    for (uint32_t at = 0; at + ENTRY_SIZE <= node->reg.size; at += ENTRY_SIZE)
        add(machine, place(node, at));
}

static void chosen(struct machine *machine, const struct fdt_node *node)
{
    unsigned cells = node->initrd_start.size / 4;

    if (node->bootargs.data != NULL)
        machine_set_command_line(machine, (const char *)node->bootargs.data, node->bootargs.size);
    if (cells == 1 || cells == 2) {
        machine->archive.start = fdt_cells(node->initrd_start, 0, cells);
        machine->archive.end = align_up(fdt_cells(node->initrd_end, 0, cells), PAGE_SIZE);
    }
}

static void device(struct machine *machine, const struct devicetree_device *known, const struct fdt_node *node)
{
    *known->place = place(node, 0);
    if (known->name == NULL || machine->devices_count == array_count(machine->devices))
        return;
    struct boot_device *told = &machine->devices[machine->devices_count++];

    memcpy(told->name, known->name, strlen(known->name) + 1);
    told->paddr = known->place->start;
    told->size = known->place->end - known->place->start;
    told->irq = node->interrupts.size >= 4 ? (uint32_t)fdt_cells(node->interrupts, 0, 1) : NO_IRQ;
}

static void visit(const struct fdt_node *node, void *context)
{
    const struct probe *probe = context;

    if (fdt_lists(node->device_type, "memory"))
        add_memory(node, machine_add_ram, probe->machine);
    else if (strcmp(node->parent, "reserved-memory") == 0)
        add_memory(node, machine_add_taken, probe->machine);
    else if (strcmp(node->name, "chosen") == 0)
        chosen(probe->machine, node);
    else if (strcmp(node->name, "cpus") == 0)
        probe->machine->timer_frequency = fdt_cells(node->timebase_frequency, 0, 1);
    for (unsigned i = 0; i < probe->count; i++)
        if (fdt_lists(node->compatible, probe->devices[i].compatible))
            device(probe->machine, &probe->devices[i], node);
}

void devicetree_probe(const void *tree, const struct devicetree_device *devices, unsigned count, struct machine *machine)
{
    struct probe probe = {machine, devices, count};

    if ((uintptr_t)tree % 8 != 0 || fdt_size(tree) == 0)
        panic("the firmware gave no device tree at %lx", (unsigned long)(uintptr_t)tree);
    if (!fdt_walk(tree, visit, &probe))
        panic("the device tree at %lx is malformed", (unsigned long)(uintptr_t)tree);
    if (machine->timer_frequency == 0)
        panic("the device tree names no timebase-frequency");
}
