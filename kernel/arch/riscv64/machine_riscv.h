/* Where this architecture's own devices are, from the device tree, and what its files share of them. */
#ifndef MACHINE_RISCV_H
#define MACHINE_RISCV_H

#include "machine.h"

struct machine_devices {
    struct range uart, exit, plic;
};

extern struct machine_devices machine_devices;

/* irq.c: serve every line that has interrupted. */
void plic_serve(void);

#endif
