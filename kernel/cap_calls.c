/* The system calls on capabilities: copy, mint, move, delete, revoke, identify. cap.c has the tree that they work on. */
#include "cap.h"
#include "cap_range.h"
#include "memory.h"
#include "space.h"
#include "syscall.h"
#include "thread.h"
#include "untyped.h"

struct transfer {
    struct slot *source;
    struct slot *slot;
};

/* What copy, mint and move have in common: cap is the destination table, info its slot, message[0] the source. */
static status_t transfer_decode(struct thread *thread, struct transfer *transfer)
{
    const struct registers *registers = &thread->registers;
    struct slot *table;
    status_t status = cap_any(thread, registers->message[0], &transfer->source);

    return status == STATUS_OK ? cap_place_empty(thread, registers->cap, registers->info, &transfer->slot, &table) : status;
}

status_t syscall_cap_copy(struct thread *thread)
{
    struct transfer transfer;
    status_t status = transfer_decode(thread, &transfer);

    if (status == STATUS_OK)
        status = cap_copyable(transfer.source);
    if (status != STATUS_OK)
        return status;

    cap_duplicate(transfer.source, transfer.slot, (unsigned)thread->registers.message[1]);
    return STATUS_OK;
}

/* May a capability with this badge or range be derived from the source? */
static status_t mint_check(const struct slot *source, word_t value)
{
    switch (source->type) {
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
        return source->value == 0 || source->value == value ? STATUS_OK : STATUS_BAD_ARGUMENT;
    case OBJECT_IRQ:
    case OBJECT_IO_PORT:
        return cap_range_holds(source, value) ? STATUS_OK : STATUS_BAD_ARGUMENT;
    case OBJECT_UNTYPED:
    case OBJECT_PAGE_TABLE:
        return STATUS_BAD_ARGUMENT; /* as cap_copyable() has it */
    default:
        return value == 0 ? STATUS_OK : STATUS_BAD_ARGUMENT;
    }
}

status_t syscall_cap_mint(struct thread *thread)
{
    word_t rights = thread->registers.message[1];
    word_t value = thread->registers.message[2];
    struct transfer transfer;
    status_t status = transfer_decode(thread, &transfer);

    if (status == STATUS_OK)
        status = mint_check(transfer.source, value);
    if (status == STATUS_OK)
        status = cap_derivable(transfer.source);
    if (status != STATUS_OK)
        return status;

    struct slot *slot = transfer.slot;
    cap_hold(transfer.source, slot, 0);
    slot->rights &= (uint8_t)rights;
    cap_mark(slot);
    if (slot->type == OBJECT_ENDPOINT || slot->type == OBJECT_NOTIFICATION)
        slot->value = value;
    else if (slot->type == OBJECT_IRQ || slot->type == OBJECT_IO_PORT)
        slot->object = value;
    return STATUS_OK;
}

status_t syscall_cap_move(struct thread *thread)
{
    struct transfer transfer;
    status_t status = transfer_decode(thread, &transfer);

    if (status != STATUS_OK)
        return status;
    const struct slot *source = transfer.source;
    if (source->type == OBJECT_UNTYPED || (source->type == OBJECT_CTABLE && source->flags & SLOT_FIRST))
        return STATUS_BAD_ARGUMENT;
    if (source->type == OBJECT_ENDPOINT && source->space > 0)
        return STATUS_ALREADY; /* they know it by its place */

    cap_relocate(transfer.source, transfer.slot);
    return STATUS_OK;
}

static status_t destroy(struct thread *thread, bool itself)
{
    struct slot *slot;
    struct slot *table;
    status_t status = cap_place(thread, thread->registers.cap, RIGHT_WRITE, thread->registers.info, &slot, &table);

    if (status != STATUS_OK)
        return status;
    if (slot->type == OBJECT_NULL)
        return itself ? STATUS_OK : STATUS_NO_CAP;
    return cap_destroy(slot, itself);
}

status_t syscall_cap_delete(struct thread *thread)
{
    return destroy(thread, true);
}

status_t syscall_cap_revoke(struct thread *thread)
{
    return destroy(thread, false);
}

static word_t identify_value(const struct slot *slot)
{
    switch (slot->type) {
    case OBJECT_UNTYPED:
        return untyped_used(slot);
    case OBJECT_FRAME:
        return space_mapped_at(slot);
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
    case OBJECT_CTABLE:
        return slot->value;
    case OBJECT_IRQ:
    case OBJECT_IO_PORT:
        return slot->object;
    default:
        return 0;
    }
}

status_t syscall_cap_identify(struct thread *thread)
{
    struct registers *registers = &thread->registers;
    struct slot *slot;
    struct slot *table;
    status_t status = cap_place(thread, registers->cap, RIGHT_READ, registers->info, &slot, &table);

    if (status != STATUS_OK)
        return status;

    registers->message[0] = slot->type;
    registers->message[1] = slot->rights;
    registers->message[2] = identify_value(slot);
    registers->message[3] = slot->size_bits;
    registers->message[4] = slot->depth;
    return STATUS_OK;
}
