/*
 * Address spaces: page tables as objects, frames mapped by capability.
 *
 * Spaces are numbered; a number that is used again gets a new generation. A frame's or table's capability says where it is mapped by
 * number and generation, so it can outlive the space: it then means nothing. In such a slot `value` is the page number of the virtual
 * address (low 26 bits) and the generation above it.
 */
#ifndef SPACE_H
#define SPACE_H

#include "cap.h"
#include "types.h"

struct hart;
struct thread;

#define SPACES_MAX 1024 /* address spaces at once */

/* `identifiers`: how many address-space identifiers the processor has. */
void space_init(unsigned identifiers);
/* Is there a number for one more? */
bool space_available(void);
/* Make an address space of the zeroed page `slot->object`. Precondition: space_available(). */
void space_create(struct slot *slot);
void space_destroy(struct slot *slot);
/* Does the number that a space's capability has stand for that space? */
bool space_number_means(const struct slot *slot);
/* What the processor is given to enter a space; NULL: the kernel's own, which has nothing of a program. */
word_t space_root(const struct slot *vspace);
/* Make a thread's address space the active one; the kernel's alone if it has none. */
void space_enter(struct hart *hart, const struct thread *thread);

/* The page table entry that maps a frame, NULL if its capability does not map it. */
pte_t *space_entry(const struct slot *frame);
/* Where a frame capability is mapped, 0 if it is not. */
vaddr_t space_mapped_at(const struct slot *frame);
/* Map a frame. STATUS_BAD_ARGUMENT, _ALREADY, _NO_TABLE with the level that lacks one. */
status_t space_frame_map(struct slot *frame, const struct slot *vspace, vaddr_t vaddr, unsigned rights, unsigned *level);
void space_frame_unmap(struct slot *frame);
/* Put a page table where one is missing, at the highest level. STATUS_BAD_ARGUMENT, _ALREADY. */
status_t space_table_map(struct slot *table, const struct slot *vspace, vaddr_t vaddr, unsigned *level);
void space_table_unmap(struct slot *table);

#endif
