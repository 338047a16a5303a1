/*
 * The system calls on frames and page tables. Nearly all mappings are of a page of 4 KiB, of RAM, that a capability maps for the first time,
 * where nothing is and all tables are: that is done here, in as few instructions as can be. Whatever else is asked, space.c sees to.
 */
#include "cap_lookup.h"
#include "mapping.h"
#include "space.h"
#include "syscall.h"
#include "thread.h"

/*
 * Map `count` pages of RAM, whose frames' slots and whose entries in the table that the space remembers are neighbours, as long as nothing is
 * unusual: each frame has the rights and is mapped nowhere, and nothing is in its place. Returns how many were mapped. What is the same for
 * all is found out once.
 */
static inline word_t pages_map(struct slot *frame, word_t count, const struct slot *vspace, vaddr_t vaddr, word_t rights)
{
    const struct slot asked = {
        .type = UINT8_MAX, .rights = (uint8_t)(rights | RIGHT_READ), .flags = SLOT_MAPPED | SLOT_DEVICE, .size_bits = UINT8_MAX};
    const struct slot wanted = {.type = OBJECT_FRAME, .rights = UINT8_MAX, .size_bits = PAGE_BITS};
    struct place at = mapping_place(vspace, vaddr);
    pte_t *entry = &spaces[at.number].table[page_index(vaddr, 0)];
    word_t mapped = 0;

    if (rights & RIGHT_EXECUTE)
        space_code_changed();
    for (; mapped < count && cap_is(frame, &asked, &wanted) && !pte_present(*entry); mapped++, entry++, frame++) {
        mapping_make(frame, entry, pte_leaf(frame->object, rights | RIGHT_READ, true, 0), at);
        at.value++;
        at.vaddr += PAGE_SIZE;
    }
    return mapped;
}

/* All that syscall_frame_map() does not do itself. */
static __attribute__((noinline)) status_t frame_map_any(struct thread *thread)
{
    struct registers *registers = &thread->registers;
    word_t rights = registers->message[1];
    struct slot *frame;
    struct slot *vspace;
    unsigned level = 0;
    status_t status = cap_lookup(thread, registers->cap, OBJECT_FRAME, 0, &frame);

    if (status == STATUS_OK)
        status = cap_lookup(thread, registers->info, OBJECT_VSPACE, RIGHT_WRITE, &vspace);
    if (status != STATUS_OK)
        return status;
    if (!rights_mappable(rights))
        return STATUS_BAD_ARGUMENT;
    if (~frame->rights & (rights | RIGHT_READ)) /* what is mapped at all can be read */
        return STATUS_NO_RIGHT;

    status = space_frame_map(frame, vspace, registers->message[0], (unsigned)rights, &level);
    registers->message[0] = level;
    return status;
}

status_t syscall_frame_map(struct thread *thread)
{
    const struct slot asked = {.type = UINT8_MAX, .rights = RIGHT_WRITE};
    const struct slot wanted = {.type = OBJECT_VSPACE, .rights = RIGHT_WRITE};
    struct registers *registers = &thread->registers;
    const struct slot *vspace = cap_at(thread, registers->info);
    vaddr_t vaddr = registers->message[0];
    word_t rights = registers->message[1];

    if (cap_exists(thread, registers->cap) && cap_exists(thread, registers->info) && cap_is(vspace, &asked, &wanted) &&
        rights_mappable(rights) && vaddr % PAGE_SIZE == 0 && space_remembers(&spaces[vspace->space], vaddr) &&
        pages_map(cap_at(thread, registers->cap), 1, vspace, vaddr, rights) == 1) {
        registers->message[0] = 0;
        return STATUS_OK;
    }
    return frame_map_any(thread);
}

/* The pages of a batch from the first that is left, while they are as pages_map() wants them. */
static __attribute__((noinline)) word_t batch_map(struct slot *frame, word_t count, const struct slot *vspace, vaddr_t vaddr, word_t rights)
{
    word_t in_table = PAGE_ENTRIES - page_index(vaddr, 0);

    if (vaddr % PAGE_SIZE != 0 || !space_remembers(&spaces[vspace->space], vaddr))
        return 0;
    return pages_map(frame, count < in_table ? count : in_table, vspace, vaddr, rights);
}

/* If where a frame was mapped is gone, forget it: then nothing is unusual about the frame. */
static bool frame_refresh(struct slot *frame)
{
    if (frame->type != OBJECT_FRAME || !(frame->flags & SLOT_MAPPED) || space_entry(frame) != NULL)
        return false;
    mapping_end(frame, NULL);
    return true;
}

/* A page of a batch that batch_map() left. */
static status_t batch_one(struct thread *thread, word_t index, const struct slot *vspace, vaddr_t vaddr, unsigned rights, unsigned *level)
{
    struct slot *frame;
    status_t status = cap_lookup(thread, index, OBJECT_FRAME, rights | RIGHT_READ, &frame);

    if (status == STATUS_OK && frame->size_bits != PAGE_BITS)
        status = STATUS_BAD_ARGUMENT;
    return status == STATUS_OK ? space_frame_map(frame, vspace, vaddr, rights, level) : status;
}

status_t syscall_frame_map_batch(struct thread *thread)
{
    struct registers *registers = &thread->registers;
    word_t first = registers->cap;
    word_t count = registers->info;
    word_t index = registers->message[0];
    vaddr_t vaddr = registers->message[1];
    word_t rights = registers->message[2];
    struct slot *vspace;
    unsigned level = 0;
    word_t mapped = 0;
    status_t status;

    registers->message[0] = registers->message[1] = 0;
    status = cap_lookup(thread, index, OBJECT_VSPACE, RIGHT_WRITE, &vspace);
    if (status != STATUS_OK)
        return status;
    if (count == 0 || count > BATCH_MAX || !rights_mappable(rights))
        return STATUS_BAD_ARGUMENT;

    bool slots_exist = first + count > first && cap_exists(thread, first + count - 1);
    while (status == STATUS_OK && mapped < count) {
        if (slots_exist)
            mapped += batch_map(cap_at(thread, first + mapped), count - mapped, vspace, vaddr + mapped * PAGE_SIZE, rights);
        if (mapped == count)
            break;
        if (slots_exist && frame_refresh(cap_at(thread, first + mapped)))
            continue;
        status = batch_one(thread, first + mapped, vspace, vaddr + mapped * PAGE_SIZE, (unsigned)rights, &level);
        mapped += status == STATUS_OK;
    }
    registers->message[0] = mapped;
    registers->message[1] = level;
    return status;
}

status_t syscall_frame_protect(struct thread *thread)
{
    word_t rights = thread->registers.info;
    struct slot *frame;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_FRAME, 0, &frame);

    if (status != STATUS_OK)
        return status;
    pte_t *entry = space_entry(frame);
    if (entry == NULL || !rights_mappable(rights))
        return STATUS_BAD_ARGUMENT;
    if (~frame->rights & (rights | RIGHT_READ))
        return STATUS_NO_RIGHT;

    if (rights & RIGHT_EXECUTE)
        space_code_changed();
    *entry = frame_leaf(frame, (unsigned)rights, frame_level(frame));
    space_flush_page(spaces[frame->space].identifier, mapping_vaddr(frame->value));
    return STATUS_OK;
}

/* All that syscall_frame_unmap() does not do itself. */
static __attribute__((noinline)) status_t frame_unmap_any(struct thread *thread)
{
    struct slot *frame;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_FRAME, 0, &frame);

    if (status != STATUS_OK)
        return status;

    space_frame_unmap(frame);
    return STATUS_OK;
}

status_t syscall_frame_unmap(struct thread *thread)
{
    const struct slot asked = {.type = UINT8_MAX, .flags = SLOT_MAPPED, .size_bits = UINT8_MAX};
    const struct slot wanted = {.type = OBJECT_FRAME, .flags = SLOT_MAPPED, .size_bits = PAGE_BITS};
    word_t index = thread->registers.cap;
    struct slot *frame = cap_at(thread, index);

    if (cap_exists(thread, index) && cap_is(frame, &asked, &wanted) && mapping_lives(frame)) {
        const struct space *space = &spaces[frame->space];
        vaddr_t vaddr = mapping_vaddr(frame->value);
        if (space_remembers(space, vaddr) && entry_maps(&space->table[page_index(vaddr, 0)], frame->object)) {
            mapping_end(frame, &space->table[page_index(vaddr, 0)]);
            return STATUS_OK;
        }
    }
    return frame_unmap_any(thread);
}

status_t syscall_table_map(struct thread *thread)
{
    struct registers *registers = &thread->registers;
    struct slot *table;
    struct slot *vspace;
    unsigned level = 0;
    status_t status = cap_lookup(thread, registers->cap, OBJECT_PAGE_TABLE, 0, &table);

    if (status == STATUS_OK)
        status = cap_lookup(thread, registers->info, OBJECT_VSPACE, RIGHT_WRITE, &vspace);
    if (status != STATUS_OK)
        return status;

    status = space_table_map(table, vspace, registers->message[0], &level);
    registers->message[0] = level;
    return status;
}
