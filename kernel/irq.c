#include "irq.h"

#include "cap_lookup.h"
#include "memory.h"
#include "notification.h"
#include "cap_range.h"
#include "syscall.h"
#include "thread.h"

/* What a line is bound to and by which capability: both, or neither. Revoking either ends the binding. */
struct binding {
    struct slot notification;
    struct slot line;
};

static struct binding bindings[IRQ_LINES] __attribute__((aligned(sizeof(struct binding))));

/* Slots are linked by physical address, so they are reached through the direct map. */
static struct binding *binding(word_t line)
{
    return direct(image_paddr(&bindings[line]));
}

void irq_handle(unsigned line)
{
    const struct slot *bound = &binding(line)->notification;

    if (bound->type == OBJECT_NOTIFICATION)
        notification_signal((struct notification *)bound->object, bound->value);
}

void irq_slot_released(struct slot *slot)
{
    struct binding *bound = binding((word_t)((struct binding *)align_down((vaddr_t)slot, sizeof(struct binding)) - binding(0)));
    struct slot *other = slot == &bound->line ? &bound->notification : &bound->line;

    irq_line_mask((unsigned)(bound - binding(0)));
    slot->flags &= (uint8_t)~SLOT_IN_IRQ; /* the other one does not have to tell this one */
    if (other->flags & SLOT_IN_IRQ)
        cap_release(other);
}

void irq_binding(unsigned line, const struct slot **notification, const struct slot **source)
{
    *notification = &binding(line)->notification;
    *source = &binding(line)->line;
}

/* ---- system calls */

/* The one line that a capability is to. */
static status_t line_of(struct thread *thread, struct slot **slot, unsigned *line)
{
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_IRQ, RIGHT_WRITE, slot);

    if (status != STATUS_OK)
        return status;
    *line = cap_range_first(*slot);
    return cap_range_count(*slot) == 1 && irq_line_usable(*line) ? STATUS_OK : STATUS_BAD_ARGUMENT;
}

status_t syscall_irq_bind(struct thread *thread)
{
    word_t trigger = thread->registers.message[0];
    struct slot *source;
    struct slot *slot;
    unsigned line;
    status_t status = line_of(thread, &slot, &line);

    if (status == STATUS_OK && trigger > TRIGGER_EDGE)
        status = STATUS_BAD_ARGUMENT;
    if (status == STATUS_OK)
        status = cap_lookup(thread, thread->registers.info, OBJECT_NOTIFICATION, RIGHT_WRITE, &source);
    if (status == STATUS_OK && binding(line)->notification.type != OBJECT_NULL)
        status = STATUS_ALREADY;
    if (status == STATUS_OK)
        status = cap_derivable(source);
    if (status == STATUS_OK)
        status = cap_derivable(slot);
    if (status == STATUS_OK && !irq_line_trigger(line, (unsigned)trigger))
        status = STATUS_BAD_ARGUMENT;
    if (status != STATUS_OK)
        return status;

    cap_hold(source, &binding(line)->notification, SLOT_IN_IRQ);
    cap_hold(slot, &binding(line)->line, SLOT_IN_IRQ);
    irq_line_unmask(line);
    return STATUS_OK;
}

status_t syscall_irq_ack(struct thread *thread)
{
    struct slot *slot;
    unsigned line;
    status_t status = line_of(thread, &slot, &line);

    if (status != STATUS_OK)
        return status;

    if (binding(line)->notification.type != OBJECT_NULL)
        irq_line_unmask(line);
    return STATUS_OK;
}

status_t syscall_irq_message(struct thread *thread)
{
    struct registers *registers = &thread->registers;
    struct slot *slot;
    paddr_t address;
    uint32_t data;
    unsigned line;
    status_t status = line_of(thread, &slot, &line);

    if (status == STATUS_OK && !irq_line_message(line, &address, &data))
        status = STATUS_BAD_ARGUMENT;
    if (status != STATUS_OK)
        return status;

    registers->message[0] = address;
    registers->message[1] = data;
    return STATUS_OK;
}
