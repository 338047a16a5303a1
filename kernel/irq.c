#include "irq.h"

#include "memory.h"
#include "notification.h"
#include "cap_range.h"
#include "syscall.h"
#include "thread.h"

/* What each line is bound to, an OBJECT_NULL slot if nothing. */
static struct slot bindings[IRQ_LINES] __attribute__((aligned(sizeof(struct slot))));

/* Slots are linked by physical address, so they are reached through the direct map. */
static struct slot *binding(word_t line)
{
    return direct(image_paddr(&bindings[line]));
}

void irq_handle(unsigned line)
{
    const struct slot *bound = binding(line);

    if (bound->type == OBJECT_NOTIFICATION)
        notification_signal((struct notification *)bound->object, bound->value);
}

void irq_slot_released(struct slot *slot)
{
    irq_line_mask((unsigned)(slot - binding(0)));
}

/* ---- system calls */

/* The one line that a capability is to. */
static status_t line_of(struct thread *thread, unsigned *line)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_IRQ, RIGHT_WRITE, &slot);

    if (status != STATUS_OK)
        return status;
    *line = cap_range_first(slot);
    return cap_range_count(slot) == 1 && irq_line_usable(*line) ? STATUS_OK : STATUS_BAD_ARGUMENT;
}

status_t syscall_irq_bind(struct thread *thread)
{
    struct slot *source;
    unsigned line;
    status_t status = line_of(thread, &line);

    if (status == STATUS_OK)
        status = cap_lookup(thread, thread->registers.info, OBJECT_NOTIFICATION, RIGHT_WRITE, &source);
    if (status == STATUS_OK && binding(line)->type != OBJECT_NULL)
        status = STATUS_ALREADY;
    if (status == STATUS_OK)
        status = cap_derivable(source);
    if (status != STATUS_OK)
        return status;

    cap_hold(source, binding(line), SLOT_IN_IRQ);
    irq_line_unmask(line);
    return STATUS_OK;
}

status_t syscall_irq_ack(struct thread *thread)
{
    unsigned line;
    status_t status = line_of(thread, &line);

    if (status != STATUS_OK)
        return status;

    if (binding(line)->type != OBJECT_NULL)
        irq_line_unmask(line);
    return STATUS_OK;
}
