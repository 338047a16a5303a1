/*
 * Capabilities: slots, the derivation tree, and its rules.
 *
 * All capabilities derived from one stand behind it in a doubly linked list in preorder; depth tells how the list folds into a tree:
 * what follows a capability with a greater depth was derived from it. Three rules keep the tree exact:
 *   1. mint, retype and the kernel's own bindings make a child; copy makes a sibling, or a child if the source is its object's first.
 *   2. deleting a capability deletes its subtree, leaves first.
 *   3. an object's first capability, made by retype, is an ancestor of all others: the object goes exactly when that one goes.
 * Tables contain slots, and slots derive tables. No cycle can arise, since both lead from older to newer: an untyped and a table's first
 * capability never move (rule of cap_move). So a walk down has at most DEPTH_MAX * (NEST_MAX + 1) steps.
 */
#ifndef CAP_H
#define CAP_H

#include <tiss/abi.h>

#include "memory.h"
#include "panic.h"
#include "types.h"

struct thread;

#define NEST_MAX 4        /* tables in tables */
#define STEP_DELETIONS 8  /* leaves deleted by one call */
#define STEP_SLOTS 64     /* empty slots passed by one call */

enum slot_flags {
    SLOT_FIRST = 1,     /* its object's first capability */
    SLOT_DEVICE = 2,    /* untyped, frame: not RAM, never zeroed */
    SLOT_MAPPED = 4,    /* frame, page table: mapped where `space` and `value` say */
    SLOT_IN_THREAD = 8, /* held by a thread, which is found by its alignment */
    SLOT_IN_IRQ = 16,   /* held by an interrupt line */
    SLOT_FRESH = 32,    /* untyped: started anew, and nothing was made from it yet */
    SLOT_CALLS = 64,    /* endpoint with the right to call: type and right in one bit, for the fast path */
    SLOT_RECEIVES = 128, /* and with the right to receive */
};

struct slot {
    uint8_t type;      /* OBJECT_* */
    uint8_t rights;    /* RIGHT_* */
    uint8_t flags;     /* enum slot_flags */
    uint8_t size_bits; /* log2 of the object's bytes; up to here what cap_is() asks about, which so is few instructions */
    uint8_t depth;     /* in the derivation tree */
    uint8_t nest;      /* ctable, untyped: how deep in tables; page table: its level */
    uint16_t space;    /* vspace: its number; frame, page table: of the one it is mapped in; endpoint: threads that wait by it */
    uint64_t object;   /* memory: physical address; other objects: pointer; irq, io_port: first + (count << 32) */
    uint64_t value;    /* see the type's own file */
    uint32_t next;     /* slot_ref() of the neighbours in the derivation list, 0 for none */
    uint32_t prev;
};

_Static_assert(sizeof(struct slot) == 1 << CAP_BITS, "a slot is what the ABI says");

/* ---- the derivation list: a slot's physical address in units of its size fits in 32 bits up to 128 GiB of RAM */

static inline struct slot *slot_at(uint32_t ref)
{
    return ref == 0 ? NULL : direct((paddr_t)ref << CAP_BITS);
}

static inline uint32_t slot_ref(const struct slot *slot)
{
    return slot == NULL ? 0 : (uint32_t)(direct_paddr(slot) >> CAP_BITS);
}

/* The neighbours, or NULL. */
static inline struct slot *cap_next(const struct slot *slot)
{
    return slot_at(slot->next);
}

static inline struct slot *cap_prev(const struct slot *slot)
{
    return slot_at(slot->prev);
}

/* Has anything been derived from it? */
static inline bool cap_has_children(const struct slot *slot)
{
    return slot->next != 0 && cap_next(slot)->depth > slot->depth;
}

/* May this capability have another derived from it? STATUS_TOO_DEEP. */
static inline status_t cap_derivable(const struct slot *source)
{
    return source->depth < DEPTH_MAX ? STATUS_OK : STATUS_TOO_DEEP;
}

/* Make `slot`, whose link fields are undefined, a child of `parent`; its depth is set. Precondition: cap_derivable(parent). */
static inline void cap_insert_child(struct slot *parent, struct slot *slot)
{
    assert(parent->depth < DEPTH_MAX, parent->depth);
    slot->depth = (uint8_t)(parent->depth + 1);
    slot->prev = slot_ref(parent);
    slot->next = parent->next;
    if (parent->next != 0)
        cap_next(parent)->prev = slot_ref(slot);
    parent->next = slot_ref(slot);
}

/* ---- lookup */

/* Look up a capability of a thread's own table, of any type; STATUS_NO_CAP if the slot is empty or outside. By type: cap_lookup.h. */
status_t cap_any(struct thread *thread, word_t index, struct slot **slot);
/* The slot `index` of the table that capability `table` (0: the thread's own) is to. STATUS_BAD_ARGUMENT if it is outside. */
status_t cap_place(struct thread *thread, word_t table, unsigned rights, word_t index, struct slot **slot, struct slot **in_table);
/* The same, and it must be empty: STATUS_SLOT_FULL. Slot 0 never holds anything: STATUS_BAD_ARGUMENT. */
status_t cap_place_empty(struct thread *thread, word_t table, word_t index, struct slot **slot, struct slot **in_table);

/* ---- what becomes of capabilities */

/* The flags that follow from type and rights: SLOT_CALLS, SLOT_RECEIVES. */
unsigned cap_marks(const struct slot *slot);
/* Set them, after each change of either. */
void cap_mark(struct slot *slot);
/* Physical address of the memory that a capability is to; 0 if it is not to memory. */
paddr_t cap_paddr(const struct slot *slot);

/* Fill an empty slot with a copy of equal standing. Precondition: cap_copyable(source). */
status_t cap_copyable(const struct slot *source);
void cap_duplicate(struct slot *source, struct slot *slot, unsigned rights);
/* Fill an empty slot with a child that has the same meaning, marked as held inside an object. */
void cap_hold(struct slot *source, struct slot *slot, unsigned held_flag);

/* Move a capability to an empty slot; it keeps its place in the tree. */
void cap_relocate(struct slot *source, struct slot *slot);

/* Delete what was derived from a capability, and with `itself` that too. STATUS_AGAIN while more is left. */
status_t cap_destroy(struct slot *root, bool itself);
/* Delete a capability that is held inside an object and so has no children. An empty slot is left alone. */
void cap_release(struct slot *slot);

#endif
