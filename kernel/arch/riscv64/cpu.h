/* RISC-V 64: constants and what is too small for a call. Sections cited are of the Privileged Architecture, version 1.12. */
#ifndef CPU_H
#define CPU_H

#include <tiss/abi.h>

#define PAGE_LEVELS 3      /* Sv39 */
#define PAGE_LEAF_LEVELS 3 /* 1 GiB pages are part of Sv39 */
#define KERNEL_PHYSICAL ABI_UL(0x80200000)
#define BOOT_SEGMENT /* none: kernel.lds.S would make an empty one at address 0, and QEMU take that for where the image begins */
#define BOOT_PLACE
#define KERNEL_OFFSET ABI_UL(0xffffffff00000000)
#define DIRECT_BASE ABI_UL(0xffffffc000000000)
#define IRQ_LINES 128
#define PORTS 0
#define EXCEPTIONS 16
#define ELF_MACHINE 243

#define SATP_SV39 ABI_UL(8)
#define SATP_MODE_SHIFT 60
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK ABI_UL(0xffff)

#define SSTATUS_SPIE 0x20
#define SSTATUS_UXL_64 (ABI_UL(2) << 32)
#define SSTATUS_FS 0x6000
/* To U-mode, interrupts on there; SUM off: the kernel cannot touch user pages. */
#define REGISTERS_USER(set) set(status, SSTATUS_UXL_64 | SSTATUS_SPIE)

#define SIE_TIMER 0x20
#define SIE_EXTERNAL 0x200

#define CAUSE_ECALL 8 /* in scause: from user mode, 4.1.8 */

#define CSR_STIMECMP 0x14d /* extension Sstc; assemblers before it know no name */

#define PTE_VALID 0x01 /* 4.3.1 */
#define PTE_READ 0x02
#define PTE_WRITE 0x04
#define PTE_EXECUTE 0x08
#define PTE_USER 0x10
#define PTE_GLOBAL 0x20
#define PTE_ACCESSED 0x40
#define PTE_DIRTY 0x80
#define PTE_LEAF (PTE_READ | PTE_WRITE | PTE_EXECUTE)

#define FPU_CONTROL 256 /* offset in struct fpu_state, for fpu.S */

#ifndef __ASSEMBLER__

#include "bits.h"
#include "types.h"

struct hart_cpu {
    word_t hartid; /* as the firmware counts */
};

struct fpu_state {
    uint64_t registers[32];
    uint64_t control; /* fcsr */
};

/* tp holds it as long as the kernel runs. */
static inline struct hart *hart_self(void)
{
    struct hart *hart;

    __asm__("mv %0, tp" : "=r"(hart));
    return hart;
}

#define csr_read(csr)                                              \
    ({                                                             \
        word_t csr_value;                                          \
        __asm__ volatile("csrr %0, " csr : "=r"(csr_value)::"memory"); \
        csr_value;                                                 \
    })
#define csr_write(csr, value) __asm__ volatile("csrw " csr ", %0" ::"r"((word_t)(value)) : "memory")
#define csr_set(csr, bits) __asm__ volatile("csrs " csr ", %0" ::"r"((word_t)(bits)) : "memory")
#define csr_clear(csr, bits) __asm__ volatile("csrc " csr ", %0" ::"r"((word_t)(bits)) : "memory")

static inline uint64_t counter_read(void)
{
    return csr_read("time");
}

/* fpu.c: the thread trapped by an instruction that may be one of the unit, which it may not use now. */
struct thread;
bool fpu_is_wanted(const struct thread *thread);

/* The base instructions cannot count zeroes, and Zbb is not everywhere that this kernel runs (Unicorn lacks it). */
static inline unsigned lowest_bit(word_t word)
{
    return lowest_bit_by_table(word);
}

static inline pte_t pte_leaf(paddr_t paddr, word_t rights, bool user, unsigned level)
{
    _Static_assert(RIGHT_READ << 1 == PTE_READ && RIGHT_WRITE << 1 == PTE_WRITE && RIGHT_EXECUTE << 1 == PTE_EXECUTE, "rights are shifted");
    const pte_t bits = rights << 1 | (user ? PTE_USER : PTE_GLOBAL) | PTE_VALID | PTE_ACCESSED | PTE_DIRTY;

    (void)level;
    return paddr >> 2 | bits; /* its low twelve bits are zero */
}

/* The platform knows by the address that it is a device's (PMAs, 3.6); entries say nothing of it without Svpbmt. */
static inline pte_t pte_device(pte_t pte)
{
    return pte;
}

static inline pte_t pte_table(paddr_t paddr)
{
    return paddr >> 12 << 10 | PTE_VALID;
}

static inline bool pte_present(pte_t pte)
{
    return pte & PTE_VALID;
}

static inline bool pte_is_table(pte_t pte, unsigned level)
{
    return level > 0 && (pte & (PTE_VALID | PTE_LEAF)) == PTE_VALID;
}

static inline paddr_t pte_paddr(pte_t pte)
{
    return pte >> 10 << 12; /* the bits above are never set */
}

static inline void space_code_changed(void)
{
    __asm__ volatile("fence.i" ::: "memory");
}

static inline void space_flush_page(unsigned asid, vaddr_t vaddr)
{
    __asm__ volatile("sfence.vma %0, %1" ::"r"(vaddr), "r"((word_t)asid) : "memory");
}

/* A processor may remember that nothing was there (4.2.1). */
static inline void space_page_appeared(unsigned asid, vaddr_t vaddr)
{
    space_flush_page(asid, vaddr);
}

#endif
#endif
