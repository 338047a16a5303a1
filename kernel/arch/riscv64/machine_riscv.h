/* Where this architecture's own devices are: from the device tree. */
#ifndef MACHINE_RISCV_H
#define MACHINE_RISCV_H

#include "machine.h"

struct machine_devices {
    struct range uart, exit, plic;
};

extern struct machine_devices machine_devices;

#endif
