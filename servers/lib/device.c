/* Byte registers of a device: in memory or behind ports, as the kernel found them. */
#include "tiss.h"

bool device_open(struct device *device, const char *name)
{
    const struct start_info *start = start_information();
    int place = start_device(name);
    char interrupt[sizeof(start->cap[0].name)];

    if (place < 0)
        return false;
    format(interrupt, sizeof(interrupt), "%s-irq", name);
    device->registers = (volatile uint8_t *)start->device_vaddr[place];
    device->ports = start_cap(name);
    device->first = start->device[place].port;
    device->interrupt = start_cap(interrupt);
    device->signal = 1UL << place;
    return true;
}

uint8_t device_read(const struct device *device, word_t offset)
{
    word_t value = 0;

    if (device->registers)
        return device->registers[offset];
    if (port_in(device->ports, device->first + offset, 1, &value) != STATUS_OK)
        start_fault();
    return (uint8_t)value;
}

void device_write(const struct device *device, word_t offset, uint8_t value)
{
    if (device->registers)
        device->registers[offset] = value;
    else if (port_out(device->ports, device->first + offset, 1, value) != STATUS_OK)
        start_fault();
}
