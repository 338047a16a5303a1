/*
 * What the firmware says, by the PVH boot protocol (xen/include/public/arch-x86/hvm/start_info.h). Everything of it is checked: it is the
 * only input of the kernel that no capability stands for.
 */
#include "apic.h"
#include "arch.h"
#include "memory.h"
#include "panic.h"

#define START_MAGIC 0x336ec578
#define START_VERSION 1 /* from here on with a memory map */
#define MEMORY_RAM 1
#define MEMORY_ENTRIES 128 /* more is nonsense */

#define BOOT_LIMIT (1UL << 30)  /* what entry.S mapped */
#define LOW_MEMORY (1UL << 20)  /* below: firmware's tables, real mode's, and holes; not worth telling apart */
#define DEVICE_LIMIT (1UL << 32)
#define MESSAGE_WINDOW (1UL << 20) /* from LAPIC_PADDR on a write is an interrupt of any vector, NMI too (SDM 11.11.1) */

#define CPUID_HYPERVISOR 0x40000000
#define CPUID_HYPERVISOR_CLOCK 0x40000010 /* EAX: kHz of the timestamp counter */
#define CPUID_1_ECX_HYPERVISOR (1U << 31)

#define NO_IRQ 0xffffffff

struct pvh_start {
    uint32_t magic;
    uint32_t version;
    uint32_t flags;
    uint32_t modules_count;
    uint64_t modules; /* physical addresses */
    uint64_t command_line;
    uint64_t rsdp;
    uint64_t memory;
    uint32_t memory_count;
    uint32_t reserved;
};

struct pvh_module {
    uint64_t paddr;
    uint64_t size;
    uint64_t command_line;
    uint64_t reserved;
};

struct pvh_memory {
    uint64_t paddr;
    uint64_t size;
    uint32_t type;
    uint32_t reserved;
};

/* Set by entry.S. */
uint64_t boot_start_info;

/* What the firmware says stands at this address. */
static const void *firmware_data(const char *what, paddr_t paddr, uint64_t size)
{
    if (paddr == 0 || paddr >= BOOT_LIMIT || size > BOOT_LIMIT - paddr)
        panic("the firmware's %s is at %lx, %lu bytes: not in the first GiB", what, (unsigned long)paddr, (unsigned long)size);
    return direct(paddr);
}

static void probe_ram(struct machine *machine, const struct pvh_start *info)
{
    if (info->memory_count == 0 || info->memory_count > MEMORY_ENTRIES)
        panic("the firmware's memory map has %u entries", info->memory_count);
    const struct pvh_memory *map = firmware_data("memory map", info->memory, info->memory_count * sizeof(*map));

    for (unsigned i = 0; i < info->memory_count; i++)
        if (map[i].type == MEMORY_RAM)
            machine_add_ram(machine, (struct range){map[i].paddr, map[i].paddr + map[i].size});
    machine_add_taken(machine, (struct range){0, LOW_MEMORY});
}

static void probe_archive(struct machine *machine, const struct pvh_start *info)
{
    if (info->modules_count == 0)
        return;
    const struct pvh_module *module = firmware_data("module list", info->modules, sizeof(*module));
    machine->archive = (struct range){module->paddr, align_up(module->paddr + module->size, PAGE_SIZE)};
}

static void probe_command_line(struct machine *machine, const struct pvh_start *info)
{
    if (info->command_line == 0)
        return;
    size_t size = sizeof(machine->command_line);
    machine_set_command_line(machine, firmware_data("command line", info->command_line, size), size);
}

static void probe_devices(struct machine *machine)
{
    range_add(machine->device, &machine->device_count, 0, DEVICE_LIMIT);
    machine_add_taken(machine, (struct range){IOAPIC_PADDR, IOAPIC_PADDR + PAGE_SIZE});
    machine_add_mapped(machine, (struct range){IOAPIC_PADDR, IOAPIC_PADDR + PAGE_SIZE});
    machine_add_taken(machine, (struct range){LAPIC_PADDR, LAPIC_PADDR + MESSAGE_WINDOW});
    machine_add_mapped(machine, (struct range){LAPIC_PADDR, LAPIC_PADDR + PAGE_SIZE});

    machine->devices[machine->devices_count++] = (struct boot_device){.name = "uart", .port = 0x3f8, .ports = 8, .irq = 4};
    machine->devices[machine->devices_count++] = (struct boot_device){.name = "exit", .port = 0xf4, .ports = 4, .irq = NO_IRQ};
}

/* Only a hypervisor's own leaf is believed: leaf 0x15 is often the host's, passed through, and says nothing of the guest's counter. */
static uint64_t probe_frequency(void)
{
    if ((cpuid(1).ecx & CPUID_1_ECX_HYPERVISOR) == 0 || cpuid(CPUID_HYPERVISOR).eax < CPUID_HYPERVISOR_CLOCK)
        return 0;
    return cpuid(CPUID_HYPERVISOR_CLOCK).eax * 1000UL;
}

void machine_probe(struct machine *machine)
{
    const struct pvh_start *info = firmware_data("start information", boot_start_info, sizeof(*info));

    if (info->magic != START_MAGIC || info->version < START_VERSION)
        panic("not started by the PVH protocol: magic %lx, version %u", (unsigned long)info->magic, info->version);
    probe_ram(machine, info);
    probe_archive(machine, info);
    probe_command_line(machine, info);
    probe_devices(machine);
    machine->timer_frequency = probe_frequency();
}
