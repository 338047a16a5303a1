/* Where this architecture's own devices are: from the device tree. */
#ifndef MACHINE_RISCV_H
#define MACHINE_RISCV_H

#include "types.h"

struct machine_devices {
    paddr_t uart;
    paddr_t exit;
    paddr_t plic;
    uint64_t plic_size;
};

extern struct machine_devices machine_devices;

#endif
