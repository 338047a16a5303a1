/* What space.c and frame.c share: what is behind a space's number, and what a slot says of where it is mapped. */
#ifndef MAPPING_H
#define MAPPING_H

#include "cap.h"
#include "memory.h"
#include "paging.h"
#include "panic.h"
#include "space.h"

#define VPN_BITS 26 /* of a page number in the user half */
#define VPN_MASK ((1UL << VPN_BITS) - 1)

_Static_assert(USER_TOP >> PAGE_BITS <= 1UL << VPN_BITS, "a user page number fits");

#define REGION_BITS (PAGE_BITS + 9) /* of addresses with one last page table */
#define REGION_NONE (~0UL)
#define REGION_LAST (USER_TOP >> REGION_BITS) /* not all of it is in the user half, so its table is never remembered */

struct space {
    paddr_t root; /* 0: the number is free */
    word_t identifier : 16; /* of the processor, for the space that has the number */
    word_t generation : 48; /* of the space, or of the next one */
    word_t region; /* where a page was mapped last, or REGION_NONE; and the last page table there: */
    pte_t *table;  /* as long as no table is taken from the space */
};

extern struct space spaces[SPACES_MAX];

/* The entry for an address at a level, or NULL with the level whose entry is no table. */
pte_t *entry_at(paddr_t root, vaddr_t vaddr, unsigned level, unsigned *missing);

/* Is the page table of this address the one that the space remembers? */
static inline bool space_remembers(const struct space *space, vaddr_t vaddr)
{
    unsigned missing;

    if (space->region != vaddr >> REGION_BITS)
        return false;
    assert(entry_at(space->root, vaddr, 0, &missing) == &space->table[page_index(vaddr, 0)], space->root, vaddr);
    return true;
}

static inline void space_remember(struct space *space, vaddr_t vaddr, pte_t *entry)
{
    if (vaddr >> REGION_BITS == REGION_LAST)
        return;
    space->region = vaddr >> REGION_BITS;
    space->table = entry - page_index(vaddr, 0);
}

static inline void space_forget(struct space *space)
{
    space->region = REGION_NONE;
}

static inline word_t mapping(vaddr_t vaddr, word_t generation)
{
    return vaddr >> PAGE_BITS | generation << VPN_BITS;
}

static inline vaddr_t mapping_vaddr(word_t value)
{
    return (value & VPN_MASK) << PAGE_BITS;
}

static inline bool mapping_lives(const struct slot *slot)
{
    return slot->flags & SLOT_MAPPED && spaces[slot->space].generation == slot->value >> VPN_BITS;
}

static inline bool entry_maps(const pte_t *entry, paddr_t paddr)
{
    return pte_present(*entry) && pte_paddr(*entry) == paddr;
}

/* Where a mapping is. */
struct place {
    unsigned number; /* of the space */
    unsigned identifier;
    word_t value; /* for the slot */
    vaddr_t vaddr;
};

static inline struct place mapping_place(const struct slot *vspace, vaddr_t vaddr)
{
    return (struct place){vspace->space, spaces[vspace->space].identifier, mapping(vaddr, vspace->value), vaddr};
}

/* A frame becomes what an entry maps, where nothing was. */
static inline void mapping_make(struct slot *frame, pte_t *entry, pte_t leaf, struct place at)
{
    *entry = leaf;
    frame->flags |= SLOT_MAPPED;
    frame->space = (uint16_t)at.number;
    frame->value = at.value;
    space_page_appeared(at.identifier, at.vaddr);
}

/* What the entry maps, the frame, is mapped no more. NULL: it is not any more. */
static inline void mapping_end(struct slot *frame, pte_t *entry)
{
    vaddr_t vaddr = mapping_vaddr(frame->value);

    frame->flags &= (uint8_t)~SLOT_MAPPED;
    frame->value = 0;
    if (entry != NULL) {
        *entry = 0;
        space_flush_page(spaces[frame->space].identifier, vaddr);
    }
}

static inline unsigned frame_level(const struct slot *frame)
{
    return (frame->size_bits - PAGE_BITS) / 9u;
}

/* What is mapped at all can be read. */
static inline pte_t frame_leaf(const struct slot *frame, word_t rights, unsigned level)
{
    pte_t leaf = pte_leaf(frame->object, rights | RIGHT_READ, true, level);

    return frame->flags & SLOT_DEVICE ? pte_device(leaf) : leaf;
}

/* Something is allowed, nothing unknown, and not writing and executing at once, which as a number are more than the others. */
static inline bool rights_mappable(word_t rights)
{
    _Static_assert(RIGHT_READ == 1 && RIGHT_WRITE == 2 && RIGHT_EXECUTE == 4, "the rights of a mapping are the lowest, writing and executing last");
    return rights - 1 < (RIGHT_WRITE | RIGHT_EXECUTE) - 1;
}

#endif
