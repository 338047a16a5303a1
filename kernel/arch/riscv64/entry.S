/*
 * The first instruction in S-mode, at KERNEL_PHYSICAL, translation off. Firmware gives (SBI boot protocol, and firmware.S):
 *
 *     _Noreturn void _start(word_t hartid, paddr_t devicetree);
 *
 * Makes a root table of 1 GiB pages (the kernel where it runs now, the kernel where it is linked, physical memory at DIRECT_BASE),
 * turns translation on, jumps to where it is linked, and calls kernel_main().
 */
#include <cpu.h>

#include "hart.h"

#define GIGABYTE_SHIFT 30
#define BOOT_DIRECT 8 /* GiB of physical memory in the boot tables */
#define ROOT_INDEX(vaddr) (((vaddr) >> GIGABYTE_SHIFT) & 511)
#define BOOT_PTE (PTE_VALID | PTE_READ | PTE_WRITE | PTE_EXECUTE | PTE_ACCESSED | PTE_DIRTY)

    .section .text.entry, "ax"
    .global _start
    .type _start, @function
_start:
    csrw sie, zero
    la t0, bss_start
    la t1, bss_end
1:  sd zero, 0(t0)
    addi t0, t0, 8
    bltu t0, t1, 1b

    /* the root table: identity and link address of the kernel, then the direct map */
    la t0, boot_root
    li t1, (KERNEL_PHYSICAL >> GIGABYTE_SHIFT << GIGABYTE_SHIFT) >> 2 | BOOT_PTE
    li t2, ROOT_INDEX(KERNEL_PHYSICAL) * 8
    add t2, t0, t2
    sd t1, 0(t2)
    li t2, ROOT_INDEX(KERNEL_PHYSICAL + KERNEL_OFFSET) * 8
    add t2, t0, t2
    sd t1, 0(t2)
    li t1, BOOT_PTE
    li t2, ROOT_INDEX(DIRECT_BASE) * 8
    add t2, t0, t2
    li t3, BOOT_DIRECT
    li t4, 1 << (GIGABYTE_SHIFT - 2)
2:  sd t1, 0(t2)
    add t1, t1, t4
    addi t2, t2, 8
    addi t3, t3, -1
    bnez t3, 2b

    srli t0, t0, PAGE_BITS
    li t1, SATP_SV39 << SATP_MODE_SHIFT
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    la t0, 3f
    li t1, KERNEL_OFFSET
    add t0, t0, t1
    jr t0

3:  la t0, trap_entry
    csrw stvec, t0
    csrw sscratch, zero /* in the kernel: see trap.S */
    la tp, hart_boot
    la t0, boot_devicetree
    sd a1, 0(t0)
    la t0, boot_hartid
    sd a0, 0(t0)
    la sp, kernel_stack
    li t0, KERNEL_STACK_SIZE
    add sp, sp, t0
    li s0, 0 /* the end of the frame chain */
    li ra, 0
    tail kernel_main
    .size _start, . - _start

    .section .bss
    .balign PAGE_SIZE
boot_root:
    .skip PAGE_SIZE
    .global boot_devicetree, boot_hartid
boot_devicetree:
    .skip 8
boot_hartid:
    .skip 8
