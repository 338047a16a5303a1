/* A pretended architecture: its page table entries are its own, so that nothing passes by knowing a real one's. */
#ifndef CPU_H
#define CPU_H

#include <facts.h> /* PAGE_LEVELS ...: as the real one that the ABI is of */
#include <tiss/abi.h>

#include "types.h"

/* The program is linked low: its memory, seen as physical, starts at 2 GiB, so no pointer passes for a physical address. */
#define KERNEL_OFFSET 0xffffffff80000000UL
#define DIRECT_BASE KERNEL_OFFSET

#define EXCEPTIONS 4
#define REGISTERS_USER(set) set(info, 0)

struct hart_cpu {
    word_t unused;
};

struct fpu_state {
    word_t unused;
};

extern struct hart hart_boot;

static inline struct hart *hart_self(void)
{
    return &hart_boot;
}

/* host.counter if there is one, else host.now. */
uint64_t counter_read(void);

static inline unsigned lowest_bit(word_t word)
{
    return (unsigned)__builtin_ctzl(word);
}

enum host_pte {
    PTE_PRESENT = 0x001,
    PTE_TABLE = 0x002,
    PTE_READ = 0x010, /* the rights, shifted */
    PTE_WRITE = 0x020,
    PTE_EXECUTE = 0x040,
    PTE_DEVICE = 0x080,
    PTE_USER = 0x100,
    PTE_LEVEL = 0x200, /* and above: the level it was made for */
};

static inline pte_t pte_leaf(paddr_t paddr, word_t rights, bool user, unsigned level)
{
    return paddr | PTE_PRESENT | (rights & 7) << 4 | (user ? PTE_USER : 0) | level * PTE_LEVEL;
}

static inline pte_t pte_device(pte_t pte)
{
    return pte | PTE_DEVICE;
}

static inline pte_t pte_table(paddr_t paddr)
{
    return paddr | PTE_PRESENT | PTE_TABLE;
}

static inline bool pte_present(pte_t pte)
{
    return pte & PTE_PRESENT;
}

static inline bool pte_is_table(pte_t pte, unsigned level)
{
    return level > 0 && pte_present(pte) && pte & PTE_TABLE;
}

static inline paddr_t pte_paddr(pte_t pte)
{
    return pte & ~0xfffUL;
}

/* What was asked for is logged. */
void space_code_changed(void);
void space_flush_page(unsigned asid, vaddr_t vaddr);

static inline void space_page_appeared(unsigned asid, vaddr_t vaddr)
{
    space_flush_page(asid, vaddr);
}

#endif
