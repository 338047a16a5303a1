/* Switching the machine off, by the device that ends it. */
#include "private.h"

static volatile uint32_t *exit_register; /* NULL if the device has a port, or there is none */
static uint32_t exit_port;               /* 0 if it has a register */

/* Find the device; called after devices_init. */
void power_init(void)
{
    for (uint32_t i = 0; i < all.boot->devices; i++) {
        const struct boot_device *device = &all.boot->device[i];

        if (strcmp(device->name, "exit"))
            continue;
        exit_port = device->port;
        if (device->paddr && memory_map(DEVICE_WINDOW, all.device[i].slot, RIGHT_READ | RIGHT_WRITE) == STATUS_OK)
            exit_register = (volatile uint32_t *)(DEVICE_WINDOW + (device->paddr & (PAGE_SIZE - 1)));
    }
}

/*
 * Tell the lab, then end the machine.
 *
 * A port is isa-debug-exit's: QEMU ends with twice the value plus 1. A register is the sifive_test device's: 0x5555 passes, a status in
 * the upper half with 0x3333 fails.
 */
bool power_off(word_t status)
{
    struct event_exit event = { .status = status };

    lab_write(EVENT_EXIT, &event, sizeof(event));
    if (exit_register)
        *exit_register = status ? (uint32_t)status << 16 | 0x3333 : 0x5555;
    else if (exit_port)
        port_out(SLOT_PORT, exit_port, 1, status & 0x7f);
    else
        report("init: the machine has no device to switch it off: do it by hand\n");
    return exit_register || exit_port;
}
