/*
 * Process-context identifiers (SDM 4.10.1): with them an address space's translations outlive a switch to another. They are used where
 * INVPCID is too, since a space must be flushed also when it is not the active one; else there is one identifier, 0, and entering a space
 * forgets all but global pages. Pure: also built for the host, since no processor model of TCG has them.
 */
#ifndef PCID_H
#define PCID_H

#include "types.h"

#define PCID_COUNT 4096u
#define CPUID_1_ECX_PCID (1U << 17)
#define CPUID_7_EBX_INVPCID (1U << 10)
#define CR3_KEEP (1UL << 63) /* with CR4.PCIDE: what is remembered of the identifier stays good */

/* What INVPCID reads (SDM volume 2, INVPCID), and its types. */
struct pcid_flush {
    uint64_t asid;
    vaddr_t vaddr; /* of PCID_FLUSH_PAGE */
};

#define PCID_FLUSH_PAGE 0UL
#define PCID_FLUSH_SPACE 1UL

/* How many identifiers a processor has that says this of itself in CPUID leaves 1 and 7. */
static inline unsigned pcid_count(uint32_t leaf_1_ecx, uint32_t leaf_7_ebx)
{
    return leaf_1_ecx & CPUID_1_ECX_PCID && leaf_7_ebx & CPUID_7_EBX_INVPCID ? PCID_COUNT : 1;
}

/* CR3 for a root table. Identifier 0 is shared by spaces that have none of their own, so entering it forgets. */
static inline uint64_t pcid_root(paddr_t root, unsigned asid, unsigned count)
{
    return count == 1 ? root : root | asid | (asid == 0 ? 0 : CR3_KEEP);
}

#endif
