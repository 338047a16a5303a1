/* The local APIC, and what irq.c, timer.c, paging.c and trap.c share of the interrupt controllers. */
#ifndef APIC_H
#define APIC_H

#include "memory.h"
#include "types.h"

#define LAPIC_PADDR 0xfee00000UL /* a page each, driven by irq.c and timer.c alone */
#define IOAPIC_PADDR 0xfec00000UL

/* Registers of the local APIC's timer, by byte offset (SDM 10.4.1). */
#define LAPIC_TIMER 0x320
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE 0x3e0

static inline uint32_t lapic_read(unsigned offset)
{
    return *device_register(LAPIC_PADDR, offset);
}

static inline void lapic_write(unsigned offset, uint32_t value)
{
    *device_register(LAPIC_PADDR, offset) = value;
}

/* Serve the interrupt of this vector, at least VECTOR_IRQ, and tell the controller. */
void interrupt_serve(word_t vector);

#endif
