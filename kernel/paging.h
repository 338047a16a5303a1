/* The kernel's own page tables, made once at boot: code executable, constants read-only, all else writable, nothing both. */
#ifndef PAGING_H
#define PAGING_H

#include "arch.h"
#include "machine.h"
#include "types.h"

#define PAGE_ENTRIES 512u

/* Index into the table of a level; level 0 maps 4 KiB pages. */
static inline unsigned page_index(vaddr_t vaddr, unsigned level)
{
    return (unsigned)(vaddr >> (PAGE_BITS + 9 * level)) % PAGE_ENTRIES;
}

/* Make the tables and activate them. Returns the number of address-space identifiers. */
unsigned paging_init(const struct machine *machine);
paddr_t paging_kernel_root(void);
/* The upper half of the root, which every address space shares. */
const pte_t *paging_kernel_half(void);

#endif
