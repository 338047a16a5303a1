/* Interrupt lines: each can be bound to a notification. */
#ifndef IRQ_H
#define IRQ_H

#include "types.h"

struct slot;

/* A capability that a line held is about to go: the line falls silent. */
void irq_slot_released(struct slot *slot);
/* What a line is bound to, and the capability that it was bound by: empty slots if it is not. */
void irq_binding(unsigned line, const struct slot **notification, const struct slot **source);

#endif
