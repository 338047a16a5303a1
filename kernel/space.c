#include "space.h"

#include "hart.h"
#include "memory.h"
#include "paging.h"
#include "panic.h"
#include "string.h"
#include "syscall.h"
#include "thread.h"

#define VPN_BITS 26 /* of a page number in the user half */
#define VPN_MASK ((1UL << VPN_BITS) - 1)

_Static_assert(USER_TOP >> PAGE_BITS <= 1UL << VPN_BITS, "a user page number fits");

struct space {
    paddr_t root; /* 0: the number is free */
    word_t generation : 48;
    word_t next_free : 16; /* of a free one that was used before: number of the next, plus 1 */
};

static struct space spaces[SPACES_MAX];
static unsigned identifiers; /* of the processor */
static unsigned never_used;  /* from here on numbers were never used */
static unsigned free_first;  /* number of a free one that was used before, plus 1; 0: none */

void space_init(unsigned count)
{
    identifiers = count;
}

/* The processor's identifier for a space: number 0 is the kernel's own, so the first space has 1. Without enough of them all share 0,
 * and every switch flushes. */
static unsigned identifier(unsigned number)
{
    return identifiers > SPACES_MAX ? number + 1 : 0;
}

bool space_available(void)
{
    return free_first != 0 || never_used < SPACES_MAX;
}

static unsigned number_take(void)
{
    if (free_first == 0)
        return never_used++;
    unsigned number = free_first - 1;
    free_first = spaces[number].next_free;
    return number;
}

void space_create(struct slot *slot)
{
    pte_t *root = direct(slot->object);

    assert(space_available(), never_used);
    unsigned number = number_take();
    memcpy(root + PAGE_ENTRIES / 2, paging_kernel_half(), PAGE_SIZE / 2);
    spaces[number].root = slot->object;
    spaces[number].generation++;
    slot->space = (uint16_t)number;
    slot->value = spaces[number].generation;
    space_flush(identifier(number));
}

void space_destroy(struct slot *slot)
{
    struct hart *hart = hart_self();

    assert(spaces[slot->space].root == slot->object, slot->space, slot->object);
    if (hart->root == space_root(slot)) {
        hart->root = space_root(NULL);
        space_activate(hart->root);
    }
    spaces[slot->space].root = 0;
    spaces[slot->space].next_free = free_first & 0xffff;
    free_first = slot->space + 1u;
}

bool space_number_means(const struct slot *slot)
{
    const struct space *space = &spaces[slot->space];

    return slot->space < never_used && space->root == slot->object && space->generation == slot->value;
}

word_t space_root(const struct slot *vspace)
{
    return vspace == NULL ? space_word(paging_kernel_root(), 0) : space_word(vspace->object, identifier(vspace->space));
}

void space_enter(struct hart *hart, const struct thread *thread)
{
    word_t root = thread->root != 0 ? thread->root : space_root(NULL);

    if (root != hart->root) {
        hart->root = root;
        space_activate(root);
    }
}

/* ---- tables */

/* The entry for an address at a level, or NULL with the level whose entry is no table. */
static pte_t *entry_at(paddr_t root, vaddr_t vaddr, unsigned level, unsigned *missing)
{
    pte_t *table = direct(root);

    for (unsigned at = PAGE_LEVELS - 1; at > level; at--) {
        pte_t entry = table[page_index(vaddr, at)];
        if (!pte_present(entry) || !pte_is_table(entry, at)) {
            *missing = at;
            return NULL;
        }
        table = direct(pte_paddr(entry));
    }
    return &table[page_index(vaddr, level)];
}

static word_t mapping(vaddr_t vaddr, word_t generation)
{
    return vaddr >> PAGE_BITS | generation << VPN_BITS;
}

static vaddr_t mapping_vaddr(word_t value)
{
    return (value & VPN_MASK) << PAGE_BITS;
}

/* The entry that maps what the capability is to, if that is still so. */
static pte_t *mapped_entry(const struct slot *slot, unsigned level)
{
    const struct space *space = &spaces[slot->space];
    unsigned missing;

    if (!(slot->flags & SLOT_MAPPED) || space->root == 0 || space->generation != slot->value >> VPN_BITS)
        return NULL;
    pte_t *entry = entry_at(space->root, mapping_vaddr(slot->value), level, &missing);
    return entry != NULL && pte_present(*entry) && pte_paddr(*entry) == slot->object ? entry : NULL;
}

static unsigned frame_level(const struct slot *frame)
{
    return (frame->size_bits - PAGE_BITS) / 9u;
}

/* What is mapped at all can be read. */
static inline pte_t frame_leaf(const struct slot *frame, unsigned rights, unsigned level)
{
    pte_t leaf = pte_leaf(frame->object, rights | RIGHT_READ, true, level);

    return frame->flags & SLOT_DEVICE ? pte_device(leaf) : leaf;
}

const pte_t *space_entry(const struct slot *frame)
{
    return mapped_entry(frame, frame_level(frame));
}

vaddr_t space_mapped_at(const struct slot *frame)
{
    return mapped_entry(frame, frame_level(frame)) != NULL ? mapping_vaddr(frame->value) : 0;
}

/* Something is allowed, nothing unknown, and not writing and executing at once. */
static bool rights_mappable(word_t rights)
{
    return rights != 0 && (rights & ~(word_t)(RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE)) == 0 &&
           (rights & (RIGHT_WRITE | RIGHT_EXECUTE)) != (RIGHT_WRITE | RIGHT_EXECUTE);
}

status_t space_frame_map(struct slot *frame, const struct slot *vspace, vaddr_t vaddr, unsigned rights, unsigned *level)
{
    word_t size = 1UL << frame->size_bits;
    unsigned at = frame_level(frame);

    if (vaddr % size != 0 || vaddr >= USER_TOP || size > USER_TOP - vaddr || !rights_mappable(rights) || at >= space_leaf_levels())
        return STATUS_BAD_ARGUMENT;
    if (mapped_entry(frame, at) != NULL)
        return STATUS_ALREADY;
    pte_t *entry = entry_at(vspace->object, vaddr, at, level);
    if (entry == NULL)
        return STATUS_NO_TABLE;
    if (pte_present(*entry))
        return STATUS_ALREADY;

    if (rights & RIGHT_EXECUTE)
        space_code_changed();
    *entry = frame_leaf(frame, rights, at);
    frame->flags |= SLOT_MAPPED;
    frame->space = vspace->space;
    frame->value = mapping(vaddr, vspace->value);
    space_flush_page(identifier(vspace->space), vaddr); /* a processor may remember that nothing was there */
    return STATUS_OK;
}

void space_frame_unmap(struct slot *frame)
{
    pte_t *entry = mapped_entry(frame, frame_level(frame));

    if (entry != NULL) {
        *entry = 0;
        space_flush_page(identifier(frame->space), mapping_vaddr(frame->value));
    }
    frame->flags &= (uint8_t)~SLOT_MAPPED;
    frame->value = 0;
}

status_t space_table_map(struct slot *table, const struct slot *vspace, vaddr_t vaddr, unsigned *level)
{
    unsigned missing = 0;

    if (vaddr >= USER_TOP)
        return STATUS_BAD_ARGUMENT;
    if (mapped_entry(table, table->nest) != NULL)
        return STATUS_ALREADY;
    if (entry_at(vspace->object, vaddr, 0, &missing) != NULL)
        return STATUS_ALREADY;
    pte_t *entry = entry_at(vspace->object, vaddr, missing, level);
    if (pte_present(*entry)) /* a large page covers it */
        return STATUS_ALREADY;

    if (table->flags & SLOT_MAPPED) /* where it was is gone, but not what it maps, which no capability accounts for here */
        memset(direct(table->object), 0, PAGE_SIZE);
    *entry = pte_table(table->object);
    *level = missing;
    table->flags |= SLOT_MAPPED;
    table->nest = (uint8_t)missing;
    table->space = vspace->space;
    table->value = mapping(vaddr, vspace->value);
    space_flush(identifier(vspace->space));
    return STATUS_OK;
}

void space_table_unmap(struct slot *table)
{
    pte_t *entry = mapped_entry(table, table->nest);

    if (entry != NULL) {
        *entry = 0;
        space_flush(identifier(table->space));
    }
    table->flags &= (uint8_t)~SLOT_MAPPED;
    table->value = 0;
}

/* ---- system calls */

status_t syscall_frame_map(struct thread *thread)
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

status_t syscall_frame_map_batch(struct thread *thread)
{
    struct registers *registers = &thread->registers;
    word_t first = registers->cap;
    word_t count = registers->info;
    vaddr_t vaddr = registers->message[1];
    word_t rights = registers->message[2];
    struct slot *vspace;
    struct slot *frame;
    unsigned level = 0;
    word_t mapped = 0;
    status_t status = cap_lookup(thread, registers->message[0], OBJECT_VSPACE, RIGHT_WRITE, &vspace);

    if (status == STATUS_OK && (count == 0 || count > BATCH_MAX || rights & ~(word_t)(RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE)))
        status = STATUS_BAD_ARGUMENT;
    while (status == STATUS_OK && mapped < count) {
        status = cap_lookup(thread, first + mapped, OBJECT_FRAME, (unsigned)rights | RIGHT_READ, &frame);
        if (status == STATUS_OK && frame->size_bits != PAGE_BITS)
            status = STATUS_BAD_ARGUMENT;
        if (status == STATUS_OK)
            status = space_frame_map(frame, vspace, vaddr + mapped * PAGE_SIZE, (unsigned)rights, &level);
        if (status == STATUS_OK)
            mapped++;
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
    pte_t *entry = mapped_entry(frame, frame_level(frame));
    if (entry == NULL || !rights_mappable(rights))
        return STATUS_BAD_ARGUMENT;
    if (~frame->rights & (rights | RIGHT_READ))
        return STATUS_NO_RIGHT;

    if (rights & RIGHT_EXECUTE)
        space_code_changed();
    *entry = frame_leaf(frame, (unsigned)rights, frame_level(frame));
    space_flush_page(identifier(frame->space), mapping_vaddr(frame->value));
    return STATUS_OK;
}

status_t syscall_frame_unmap(struct thread *thread)
{
    struct slot *frame;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_FRAME, 0, &frame);

    if (status != STATUS_OK)
        return status;

    space_frame_unmap(frame);
    return STATUS_OK;
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
