/*
 * x86_64: constants, instructions that C lacks, and the formats of page table entries.
 * "SDM" is Intel's Software Developer's Manual, volume 3 unless said.
 */
#ifndef CPU_H
#define CPU_H

#define ELF_MACHINE 62
#define PAGE_LEVELS 4
#define PAGE_LEAF_LEVELS 2 /* not every processor has 1 GiB pages */

#define KERNEL_PHYSICAL 0x100000 /* where the image is loaded */
#define BOOT_SEGMENT boot PT_LOAD FLAGS(5); /* kernel.lds.S: the part that is linked where it is loaded */
#define BOOT_PLACE :boot
#define KERNEL_OFFSET 0xffffffff80000000
#define DIRECT_BASE 0xffff800000000000

#define IRQ_PINS 24  /* lines that are pins of the I/O APIC */
#define IRQ_LINES 88 /* the others are messages: a vector each */
#define PORTS 0x10000
#define EXCEPTIONS VECTOR_IRQ

/* Segments: the order is what SYSCALL and SYSRET compute from MSR_STAR (SDM 5.8.8). */
#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_DATA 0x1b
#define SELECTOR_USER_CODE 0x23
#define SELECTOR_TSS 0x28

/* Vectors. Below 32 the processor's exceptions stand. */
#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_FPU_OFF 7
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PAGE_FAULT 14
#define VECTOR_MACHINE_CHECK 18
#define VECTOR_IRQ 32                        /* and IRQ_LINES of them */
#define VECTOR_TIMER (VECTOR_IRQ + IRQ_LINES)
#define VECTOR_SPURIOUS 127                  /* the low four bits are ones in every local APIC */
#define VECTOR_COUNT 128
#define EXCEPTION_STRIDE 16                  /* bytes of code for each vector in trap.S */
#define INTERRUPT_STRIDE 8
#define VECTOR_SYSCALL 256                   /* no vector: what `vector` holds after SYSCALL */

#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_OTHER_GS_BASE 0xc0000102 /* that SWAPGS takes: the user's while the kernel runs */
#define EFER_SYSCALL 0x001
#define EFER_LONG_MODE 0x100
#define EFER_NX 0x800

#define CR0_PROTECTION 0x00000001
#define CR0_MONITOR_FPU 0x00000002
#define CR0_TASK_SWITCHED 0x00000008
#define CR0_NUMERIC_ERROR 0x00000020
#define CR0_WRITE_PROTECT 0x00010000
#define CR0_PAGING 0x80000000
#define CR4_PAE 0x000020
#define CR4_MACHINE_CHECK 0x000040
#define CR4_GLOBAL_PAGES 0x000080
#define CR4_FXSAVE 0x000200
#define CR4_SIMD_EXCEPTIONS 0x000400
#define CR4_UMIP 0x000800
#define CR4_FSGSBASE 0x010000
#define CR4_PCID 0x020000
#define CR4_XSAVE 0x040000
#define CR4_SMEP 0x100000
#define CR4_SMAP 0x200000

#define RFLAGS_ALWAYS 0x2
#define RFLAGS_TRAP 0x100
#define RFLAGS_INTERRUPT 0x200
#define RFLAGS_DIRECTION 0x400
#define RFLAGS_NESTED 0x4000
#define RFLAGS_USER 0x40dd5 /* CF PF AF ZF SF TF DF OF AC: what user code can change itself */
#define RFLAGS_ACCESS 0x40000 /* AC: turns SMAP off in the kernel, alignment checks on in user space */

#define REGISTERS_USER(set) set(cs, SELECTOR_USER_CODE); set(ss, SELECTOR_USER_DATA); set(rflags, RFLAGS_ALWAYS | RFLAGS_INTERRUPT)

#define PAGE_TABLE_INDEX(vaddr, level) (((vaddr) >> (12 + 9 * (level))) & 511)
#define PTE_PRESENT 0x001
#define PTE_WRITE 0x002
#define PTE_USER 0x004
#define PTE_WRITE_THROUGH 0x008
#define PTE_CACHE_OFF 0x010
#define PTE_ACCESSED 0x020
#define PTE_DIRTY 0x040
#define PTE_LARGE 0x080
#define PTE_GLOBAL 0x100

/* struct hart_cpu's members for trap.S, from the start of struct hart; trap.c asserts them. */
#define HART_SELF 40
#define HART_RSP0 112

#ifndef __ASSEMBLER__

#include <tiss/abi.h>

#include "types.h"

struct hart;

/* What the processor reads in 64-bit mode (SDM 8.7). */
struct task_state {
    uint32_t reserved;
    uint64_t rsp[3]; /* rsp[0]: the stack of a trap from user mode */
    uint64_t reserved_rsp;
    uint64_t ist[7]; /* emergency stacks; IDT entries count them from 1 */
    uint64_t reserved_ist;
    uint16_t reserved_map;
    uint16_t map; /* offset of the I/O permission map: beyond the limit, so that there is none */
} __attribute__((packed));

enum emergency { EMERGENCY_FAULT, EMERGENCY_NMI, EMERGENCIES };

#define EMERGENCY_WORDS 512

/* A processor's own tables. */
struct hart_cpu {
    struct hart *self; /* what hart_self() loads through GS */
    uint64_t gdt[7];   /* null, the segments in the order of their selectors, two words of TSS */
    uint32_t padding;  /* puts rsp[0] on 8 bytes */
    struct task_state tss;
    word_t emergency[EMERGENCIES][EMERGENCY_WORDS]; /* stacks of what may come at any instruction */
};

/* The area of XSAVE with x87, SSE and AVX (SDM volume 1, 13.4); FXSAVE uses the first 512 bytes. */
struct fpu_state {
    uint8_t area[832] __attribute__((aligned(64)));
};

/* This hart. Valid from entry.S on: the GS base is the kernel's own whenever C runs. */
static inline struct hart *hart_self(void)
{
    struct hart *hart;

    __asm__("movq %%gs:%c1, %0" : "=r"(hart) : "i"(HART_SELF));
    return hart;
}

static inline unsigned lowest_bit(word_t word)
{
    return (unsigned)__builtin_ctzl(word);
}

/* ---- page table entries (SDM 4.5) */

#define PTE_NO_EXECUTE (1UL << 63)
#define PTE_PADDR 0x000ffffffffff000UL

static inline pte_t pte_leaf(paddr_t paddr, word_t rights, bool user, unsigned level)
{
    pte_t bits = PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY;

    bits |= rights & RIGHT_WRITE ? PTE_WRITE : 0;
    bits |= rights & RIGHT_EXECUTE ? 0 : PTE_NO_EXECUTE;
    bits |= user ? PTE_USER : PTE_GLOBAL;
    bits |= level > 0 ? PTE_LARGE : 0;
    return paddr | bits;
}

/* Strong uncacheable: entry 3 of the PAT as a reset leaves it (SDM 11.12.4), whatever the MTRRs say of the address (table 11-7). */
static inline pte_t pte_device(pte_t pte)
{
    return pte | PTE_CACHE_OFF | PTE_WRITE_THROUGH;
}

/* What a table allows is decided in its leaves. */
static inline pte_t pte_table(paddr_t paddr)
{
    return paddr | PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED;
}

static inline bool pte_present(pte_t pte)
{
    return (pte & PTE_PRESENT) != 0;
}

static inline bool pte_is_table(pte_t pte, unsigned level)
{
    return level > 0 && pte_present(pte) && (pte & PTE_LARGE) == 0;
}

static inline paddr_t pte_paddr(pte_t pte)
{
    return pte & PTE_PADDR;
}

/* The processor sees to it: SDM 12.6 asks for a jump, and there are many on the way to user mode. */
static inline void space_code_changed(void)
{
}

/* paging.c: by INVPCID. */
void space_flush_page_of(unsigned asid, vaddr_t vaddr);

static inline void space_flush_page(unsigned asid, vaddr_t vaddr)
{
    if (asid != 0)
        space_flush_page_of(asid, vaddr);
    else /* there are no identifiers: if the space is not the active one there is nothing to forget, and nothing lost */
        __asm__ volatile("invlpg (%0)" : : "r"(vaddr) : "memory");
}

/* The processor never remembers that nothing was there (SDM 4.10.4.3). */
static inline void space_page_appeared(unsigned asid, vaddr_t vaddr)
{
    (void)asid;
    (void)vaddr;
}

/* ---- instructions */

static inline uint64_t msr_read(unsigned msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void msr_write(unsigned msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(unsigned leaf)
{
    struct cpuid result;

    __asm__ volatile("cpuid" : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx) : "a"(leaf), "c"(0));
    return result;
}

static inline uint64_t counter_read(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* ---- trap.S */

/* Where trap.S's stubs of vector 0 and of VECTOR_IRQ stand; the others follow, EXCEPTION_STRIDE and INTERRUPT_STRIDE bytes each. */
extern char exception_vectors[], interrupt_vectors[];
void syscall_enter(void);

/* ---- fpu.c */

/* Another thread is to run: turn the unit on if it owns that, off if not. */
void fpu_follow(struct hart *hart);

#endif
#endif
