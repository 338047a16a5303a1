#include "paging.h"

#include "arch.h"
#include "space.h"
#include "hart.h"

word_t space_word(paddr_t root, unsigned asid)
{
    return SATP_SV39 << SATP_MODE_SHIFT | (word_t)asid << SATP_ASID_SHIFT | root >> PAGE_BITS;
}

unsigned paging_enable(paddr_t root)
{
    csr_write("satp", space_word(root, SATP_ASID_MASK)); /* bits that are not there read back as 0: 4.1.11 */
    word_t asids = csr_read("satp") >> SATP_ASID_SHIFT & SATP_ASID_MASK;
    csr_write("satp", space_word(root, 0));
    __asm__ volatile("sfence.vma" ::: "memory");
    if (asids < SPACES_MAX)
        hart_self()->attention |= ATTENTION_ALWAYS; /* all spaces share an identifier: entering one takes a fence */
    return (unsigned)asids + 1;
}

void space_activate(word_t word)
{
    csr_write("satp", word);
    if ((word >> SATP_ASID_SHIFT & SATP_ASID_MASK) == 0) /* shared by all spaces where there are too few identifiers, and the kernel's own */
        __asm__ volatile("sfence.vma" ::: "memory");
}

unsigned space_leaf_levels(void)
{
    return PAGE_LEVELS;
}

void space_flush(unsigned asid)
{
    __asm__ volatile("sfence.vma zero, %0" ::"r"((word_t)asid) : "memory");
}
