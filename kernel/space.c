#include "space.h"

#include "hart.h"
#include "mapping.h"
#include "memory.h"
#include "paging.h"
#include "panic.h"
#include "string.h"
#include "thread.h"

struct space spaces[SPACES_MAX];
static uint16_t next_free[SPACES_MAX]; /* of a free number that was used before: the next such, plus 1 */
static unsigned identifiers;           /* of the processor */
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
    if (free_first == 0) {
        spaces[never_used].generation = 1;
        return never_used++;
    }
    unsigned number = free_first - 1;
    free_first = next_free[number];
    return number;
}

void space_create(struct slot *slot)
{
    pte_t *root = direct(slot->object);

    assert(space_available(), never_used);
    unsigned number = number_take();
    memcpy(root + PAGE_ENTRIES / 2, paging_kernel_half(), PAGE_SIZE / 2);
    spaces[number].root = slot->object;
    spaces[number].identifier = identifier(number) & 0xffff;
    space_forget(&spaces[number]);
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
    spaces[slot->space].generation++; /* what was mapped there is over */
    next_free[slot->space] = (uint16_t)free_first;
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

/* ---- what is mapped */

pte_t *entry_at(paddr_t root, vaddr_t vaddr, unsigned level, unsigned *missing)
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

/* The entry that maps what the capability is to, if that is still so. */
static pte_t *mapped_entry(const struct slot *slot, unsigned level)
{
    unsigned missing;

    if (!mapping_lives(slot))
        return NULL;
    pte_t *entry = entry_at(spaces[slot->space].root, mapping_vaddr(slot->value), level, &missing);
    return entry != NULL && entry_maps(entry, slot->object) ? entry : NULL;
}

static pte_t *frame_entry(const struct slot *frame)
{
    return mapped_entry(frame, frame_level(frame));
}

pte_t *space_entry(const struct slot *frame)
{
    return frame_entry(frame);
}

vaddr_t space_mapped_at(const struct slot *frame)
{
    return frame_entry(frame) != NULL ? mapping_vaddr(frame->value) : 0;
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
    mapping_make(frame, entry, frame_leaf(frame, rights, at), mapping_place(vspace, vaddr));
    if (at == 0)
        space_remember(&spaces[vspace->space], vaddr, entry);
    return STATUS_OK;
}

void space_frame_unmap(struct slot *frame)
{
    mapping_end(frame, frame_entry(frame));
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
    space_flush(spaces[vspace->space].identifier);
    return STATUS_OK;
}

void space_table_unmap(struct slot *table)
{
    pte_t *entry = mapped_entry(table, table->nest);

    if (entry != NULL) {
        *entry = 0;
        space_forget(&spaces[table->space]);
        space_flush(spaces[table->space].identifier);
    }
    table->flags &= (uint8_t)~SLOT_MAPPED;
    table->value = 0;
}
