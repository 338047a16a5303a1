/* Interrupt lines: each can be bound to a notification. */
#ifndef IRQ_H
#define IRQ_H

#include "types.h"

struct slot;

/* A capability that a line held is about to go: the line falls silent. */
void irq_slot_released(struct slot *slot);

#endif
