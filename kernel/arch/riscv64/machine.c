#include "machine.h"

#include "arch.h"
#include "fdt.h"
#include "image.h"
#include "machine_riscv.h"
#include "memory.h"
#include "panic.h"
#include "string.h"

#define DEVICES_END 0x80000000UL /* of the virt machine: RAM begins */

/* Known before the device tree is read, so that a panic can speak: the virt machine's. */
struct machine_devices machine_devices = {.uart = 0x10000000, .exit = 0x100000, .plic = 0x0c000000, .plic_size = 0x600000};

extern paddr_t boot_devicetree;

static void add_ranges(struct fdt_property reg, struct range *ranges, unsigned *count)
{
    for (uint32_t at = 0; at + 16 <= reg.size; at += 16) {
        paddr_t start = fdt_cells(reg, at, 2);
        paddr_t end = start + fdt_cells(reg, at + 8, 2);
        range_add(ranges, count, align_down(start, PAGE_SIZE), align_down(end, PAGE_SIZE));
    }
}

static void add_device(struct machine *machine, const char *name, const struct fdt_node *node)
{
    if (machine->devices_count == array_count(machine->devices))
        return; /* more of the kind than are told of */
    struct boot_device *device = &machine->devices[machine->devices_count++];

    memcpy(device->name, name, strlen(name) + 1);
    device->paddr = fdt_cells(node->reg, 0, 2);
    device->size = fdt_cells(node->reg, 8, 2);
    device->irq = node->interrupts.size >= 4 ? (uint32_t)fdt_cells(node->interrupts, 0, 1) : 0xffffffff;
}

static void chosen(struct machine *machine, const struct fdt_node *node)
{
    unsigned cells = node->initrd_start.size / 4;
    size_t length = node->bootargs.size < sizeof(machine->command_line) ? node->bootargs.size : sizeof(machine->command_line) - 1;

    if (node->bootargs.data != NULL)
        memcpy(machine->command_line, node->bootargs.data, length);
    if (cells == 1 || cells == 2) {
        machine->archive.start = fdt_cells(node->initrd_start, 0, cells);
        machine->archive.end = align_up(fdt_cells(node->initrd_end, 0, cells), PAGE_SIZE);
    }
}

static void visit(const struct fdt_node *node, void *context)
{
    struct machine *machine = context;

    if (fdt_lists(node->device_type, "memory"))
        add_ranges(node->reg, machine->ram, &machine->ram_count);
    else if (strcmp(node->parent, "reserved-memory") == 0)
        add_ranges(node->reg, machine->taken, &machine->taken_count);
    else if (strcmp(node->name, "chosen") == 0)
        chosen(machine, node);
    else if (strcmp(node->name, "cpus") == 0)
        machine->timer_frequency = fdt_cells(node->timebase_frequency, 0, 1);
    else if (fdt_lists(node->compatible, "ns16550a"))
        add_device(machine, "uart", node);
    else if (fdt_lists(node->compatible, "sifive,test0"))
        add_device(machine, "exit", node);
    else if (fdt_lists(node->compatible, "riscv,plic0")) {
        machine_devices.plic = fdt_cells(node->reg, 0, 2);
        machine_devices.plic_size = align_up(fdt_cells(node->reg, 8, 2), PAGE_SIZE);
    }
}

static void own_devices(struct machine *machine)
{
    for (unsigned i = 0; i < machine->devices_count; i++) {
        if (strcmp(machine->devices[i].name, "uart") == 0)
            machine_devices.uart = machine->devices[i].paddr;
        else
            machine_devices.exit = machine->devices[i].paddr;
    }
    /* what the kernel drives itself, and what is the firmware's (the CLINT), is nobody else's */
    range_add(machine->device, &machine->device_count, 0, DEVICES_END);
    range_remove(machine->device, &machine->device_count, machine_devices.plic, machine_devices.plic + machine_devices.plic_size);
    range_remove(machine->device, &machine->device_count, 0x2000000, 0x2010000);
}

void machine_probe(struct machine *machine)
{
    const void *tree = direct(boot_devicetree);

    if (boot_devicetree == 0 || boot_devicetree % 8 != 0 || fdt_size(tree) == 0)
        panic("the firmware gave no device tree at %lx", boot_devicetree);
    if (!fdt_walk(tree, visit, machine))
        panic("the device tree at %lx is malformed", boot_devicetree);
    range_normalize(machine->ram, &machine->ram_count);
    if (machine->ram_count == 0 || machine->timer_frequency == 0)
        panic("the device tree names no %s", machine->ram_count == 0 ? "memory" : "timebase-frequency");
    /* below the kernel lies the firmware, which tells nobody how large it is */
    range_add(machine->taken, &machine->taken_count, machine->ram[0].start, image_paddr(image_start));
    own_devices(machine);
}
