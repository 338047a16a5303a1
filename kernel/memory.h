/* Physical memory as the kernel sees it: all RAM, less the kernel's own code and constants, stands at DIRECT_BASE. */
#ifndef MEMORY_H
#define MEMORY_H

#include "arch.h"
#include "types.h"

static inline void *direct(paddr_t paddr)
{
    return (void *)(paddr + DIRECT_BASE);
}

static inline paddr_t direct_paddr(const void *pointer)
{
    return (vaddr_t)pointer - DIRECT_BASE;
}

/* Of an object in the kernel's image. */
static inline paddr_t image_paddr(const void *pointer)
{
    return (vaddr_t)pointer - KERNEL_OFFSET;
}

/* A device's register of 32 bits. */
static inline volatile uint32_t *device_register(paddr_t registers, unsigned offset)
{
    return direct(registers + offset);
}

#endif
