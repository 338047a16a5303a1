/* Activation of page tables, the protections of the processor, and what goes stale. */
#include "apic.h"
#include "arch.h"
#include "paging.h"

#define CPUID_EXTENDED_FEATURES 0x80000001U
#define CPUID_EXTENDED_EDX_PAGES_1G (1U << 26)
#define CPUID_7_EBX_FSGSBASE (1U << 0)
#define CPUID_7_EBX_SMEP (1U << 7)
#define CPUID_7_EBX_SMAP (1U << 20)
#define CPUID_7_ECX_UMIP (1U << 2)
#define CPUID_1_EDX_MACHINE_CHECK (1U << 7)
#define CPUID_1_EDX_GLOBAL_PAGES (1U << 13)

void paging_map_arch(const struct machine *machine)
{
    (void)machine; /* both stand at fixed addresses */
    paging_map_device(IOAPIC_PADDR, PAGE_SIZE);
    paging_map_device(LAPIC_PADDR, PAGE_SIZE);
}

static uint64_t protections(void)
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
    return cr4;
}

static void root_load(paddr_t root)
{
    __asm__ volatile("movq %0, %%cr3" : : "r"(root) : "memory");
}

/*
 * NX is on since entry.S, which refuses a processor without. Floating point is off until a thread uses it (TS): see fpu.c.
 * There is one address-space identifier: PCIDs are not in QEMU's processor models, so entering a space forgets all but global pages.
 */
unsigned paging_enable(paddr_t root)
{
    uint64_t cr0 = CR0_PROTECTION | CR0_MONITOR_FPU | CR0_TASK_SWITCHED | CR0_NUMERIC_ERROR | CR0_WRITE_PROTECT | CR0_PAGING;

    root_load(root);
    __asm__ volatile("movq %0, %%cr4" : : "r"(protections()) : "memory");
    __asm__ volatile("movq %0, %%cr0" : : "r"(cr0) : "memory");
    return 1;
}

void space_activate(paddr_t root, unsigned asid)
{
    (void)asid;
    root_load(root);
}

unsigned space_leaf_levels(void)
{
    return cpuid(CPUID_EXTENDED_FEATURES).edx & CPUID_EXTENDED_EDX_PAGES_1G ? 3 : 2;
}

void space_code_changed(void)
{
    /* the processor sees to it: SDM 12.6 asks for a jump, and there are many on the way to user mode */
}

void space_flush_page(unsigned asid, vaddr_t vaddr)
{
    (void)asid; /* if the space is not the active one there is nothing to forget, and nothing lost */
    __asm__ volatile("invlpg (%0)" : : "r"(vaddr) : "memory");
}

void space_flush(unsigned asid)
{
    paddr_t root;

    (void)asid;
    __asm__ volatile("movq %%cr3, %0" : "=r"(root));
    root_load(root);
}
