#include "machine.h"

#include "arch.h"
#include "devicetree.h"
#include "machine_riscv.h"
#include "memory.h"
#include "panic.h"

#define UART 0x10000000UL
#define CLINT 0x2000000UL
#define CLINT_END 0x2010000UL
#define DEVICES_END 0x80000000UL /* of the virt machine: RAM begins */

/* Known before the device tree is read, so that a panic can speak: the virt machine's. */
struct machine_devices machine_devices = {{UART, UART + PAGE_SIZE}, {0x100000, 0x101000}, {0xc000000, 0xc600000}};
paddr_t console_uart = UART;

extern paddr_t boot_devicetree;

void machine_probe(struct machine *machine)
{
    static const struct devicetree_device devices[] = {
        {"ns16550a", "uart", &machine_devices.uart},
        {"sifive,test0", "exit", &machine_devices.exit},
        {"riscv,plic0", NULL, &machine_devices.plic},
    };

    if (boot_devicetree == 0)
        panic("the firmware gave no device tree");
    devicetree_probe(direct(boot_devicetree), devices, array_count(devices), machine);
    console_uart = machine_devices.uart.start;
    machine_add_taken(machine, (struct range){DEVICES_END, KERNEL_PHYSICAL}); /* firmware, which tells nobody how large it is */
    machine_add_taken(machine, (struct range){CLINT, CLINT_END}); /* firmware's timer */
    machine_add_taken(machine, machine_devices.plic);
    machine_add_mapped(machine, machine_devices.plic);
    machine_add_mapped(machine, machine_devices.uart); /* for a panic: init drives them */
    machine_add_mapped(machine, machine_devices.exit);
    range_add(machine->device, &machine->device_count, 0, DEVICES_END);
}
