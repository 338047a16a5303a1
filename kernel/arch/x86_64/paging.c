/* Activation of page tables, the protections of the processor, and what goes stale. */
#include "arch.h"
#include "paging.h"
#include "pcid.h"

#define CPUID_EXTENDED_FEATURES 0x80000001U
#define CPUID_EXTENDED_EDX_PAGES_1G (1U << 26)
#define CPUID_7_EBX_FSGSBASE (1U << 0)
#define CPUID_7_EBX_SMEP (1U << 7)
#define CPUID_7_EBX_SMAP (1U << 20)
#define CPUID_7_ECX_UMIP (1U << 2)
#define CPUID_1_EDX_MACHINE_CHECK (1U << 7)
#define CPUID_1_EDX_GLOBAL_PAGES (1U << 13)

static unsigned identifiers; /* address-space identifiers, 1 if they are off */

/* CR4: what the processor has of protections and of what the kernel uses. */
static uint64_t features_wanted(void)
{
    struct cpuid features = cpuid(1);
    struct cpuid extended = cpuid(0).eax >= 7 ? cpuid(7) : (struct cpuid){0};
    uint64_t cr4 = CR4_PAE;

    cr4 |= features.edx & CPUID_1_EDX_MACHINE_CHECK ? CR4_MACHINE_CHECK : 0;
    cr4 |= features.edx & CPUID_1_EDX_GLOBAL_PAGES ? CR4_GLOBAL_PAGES : 0;
    cr4 |= extended.ebx & CPUID_7_EBX_FSGSBASE ? CR4_FSGSBASE : 0;
    cr4 |= extended.ebx & CPUID_7_EBX_SMEP ? CR4_SMEP : 0;
    cr4 |= extended.ebx & CPUID_7_EBX_SMAP ? CR4_SMAP : 0;
    cr4 |= extended.ecx & CPUID_7_ECX_UMIP ? CR4_UMIP : 0;
    identifiers = pcid_count(features.ecx, extended.ebx);
    cr4 |= identifiers > 1 ? CR4_PCID : 0;
    return cr4;
}

static void root_load(uint64_t cr3)
{
    __asm__ volatile("movq %0, %%cr3" : : "r"(cr3) : "memory");
}

static void flush_by_identifier(uint64_t type, unsigned asid, vaddr_t vaddr)
{
    const struct pcid_flush what = {asid, vaddr};

    __asm__ volatile("invpcid %0, %1" : : "m"(what), "r"(type) : "memory");
}

/*
 * NX is on since entry.S, which refuses a processor without. Floating point is off until a thread uses it (TS): see fpu.c.
 * CR4.PCIDE may be set now: CR3 is a page's address, so its identifier is 0 (SDM 4.10.1).
 */
unsigned paging_enable(paddr_t root)
{
    uint64_t cr0 = CR0_PROTECTION | CR0_MONITOR_FPU | CR0_TASK_SWITCHED | CR0_NUMERIC_ERROR | CR0_WRITE_PROTECT | CR0_PAGING;

    root_load(root);
    __asm__ volatile("movq %0, %%cr4" : : "r"(features_wanted()) : "memory");
    __asm__ volatile("movq %0, %%cr0" : : "r"(cr0) : "memory");
    return identifiers;
}

word_t space_word(paddr_t root, unsigned asid)
{
    return pcid_root(root, asid, identifiers);
}

void space_activate(word_t word)
{
    root_load(word);
}

unsigned space_leaf_levels(void)
{
    return cpuid(CPUID_EXTENDED_FEATURES).edx & CPUID_EXTENDED_EDX_PAGES_1G ? 3 : 2;
}

void space_flush_page_of(unsigned asid, vaddr_t vaddr)
{
    flush_by_identifier(PCID_FLUSH_PAGE, asid, vaddr);
}

void space_flush(unsigned asid)
{
    uint64_t cr3;

    if (identifiers > 1) {
        flush_by_identifier(PCID_FLUSH_SPACE, asid, 0);
        return;
    }
    __asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
    root_load(cr3);
}
