/* The way out of the machine. */
#include "arch.h"
#include "machine_riscv.h"
#include "memory.h"

#define FINISHER_FAIL 0x3333 /* sifive_test: status in the high half */
#define FINISHER_PASS 0x5555

void machine_exit(unsigned status)
{
    *device_register(machine_devices.exit.start, 0) = status == 0 ? FINISHER_PASS : status << 16 | FINISHER_FAIL;
    for (;;)
        __asm__ volatile("wfi");
}

/* There are no ports, and nobody has a capability to one. */
uint32_t port_read(unsigned port, unsigned width)
{
    (void)port, (void)width;
    return 0;
}

void port_write(unsigned port, unsigned width, uint32_t value)
{
    (void)port, (void)width, (void)value;
}
