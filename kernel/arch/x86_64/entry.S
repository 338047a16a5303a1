/*
 * _Noreturn void _start(void);
 *
 * The first instruction, by the PVH protocol (xen/include/public/arch-x86/hvm/start_info.h): 32-bit protected mode, flat segments,
 * paging off, interrupts off, EBX = physical address of struct hvm_start_info. Ends in kernel_main() on the kernel stack.
 *
 * Of the linker script it needs: .boot.text and .boot.data where they are loaded (symbols are physical addresses), the note in a
 * PT_NOTE segment, bss_start and bss_end on 4 bytes, kernel_stack.
 */
#include <cpu.h>
#include <tiss/abi.h>

#include "hart.h"

#define NOTE_PHYS32_ENTRY 18                   /* XEN_ELFNOTE_PHYS32_ENTRY */
#define PHYSICAL(symbol) (symbol - KERNEL_OFFSET)

#define CPUID_EXTENDED 0x80000000
#define CPUID_FEATURES 0x80000001
#define CPUID_NEEDED (1 << 29 | 1 << 20)       /* in EDX: long mode, NX */
#define UART_DATA 0x3f8
#define EXIT_PORT 0xf4
#define EXIT_STATUS 0x7f                       /* as a panic */

#define LARGE_PAGE 0x200000
#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE)

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, NOTE_PHYS32_ENTRY              /* bytes of the name, of what follows it; type */
    .asciz "Xen"
    .quad _start

    .section .boot.text, "ax", @progbits
    .code32
    .globl _start
    .type _start, @function
_start:
    cli
    cld
    movl %ebx, %esi                            /* CPUID writes EBX */
    movl $CPUID_EXTENDED, %eax
    cpuid
    cmpl $CPUID_FEATURES, %eax
    jb boot_refuse
    movl $CPUID_FEATURES, %eax
    cpuid
    notl %edx
    testl $CPUID_NEEDED, %edx
    jnz boot_refuse

    movl $PHYSICAL(bss_start), %edi
    movl $PHYSICAL(bss_end), %ecx
    subl %edi, %ecx
    shrl $2, %ecx
    xorl %eax, %eax
    rep stosl

    /* The first GiB in large pages, three times: where it is, since this code runs there; from DIRECT_BASE; from KERNEL_OFFSET.
     * Everything may be written and run: paging_enable() replaces these tables by the kernel's own. */
    movl $PHYSICAL(boot_directory), %edi
    movl $(TABLE_FLAGS | PTE_LARGE), %eax
    movl $512, %ecx
1:  movl %eax, (%edi)
    addl $8, %edi
    addl $LARGE_PAGE, %eax
    decl %ecx
    jnz 1b
    movl $PHYSICAL(boot_directory + TABLE_FLAGS), PHYSICAL(boot_pointers)
    movl $PHYSICAL(boot_directory + TABLE_FLAGS), PHYSICAL(boot_pointers + 8 * PAGE_TABLE_INDEX(KERNEL_OFFSET, 2))
    movl $PHYSICAL(boot_pointers + TABLE_FLAGS), PHYSICAL(boot_root)
    movl $PHYSICAL(boot_pointers + TABLE_FLAGS), PHYSICAL(boot_root + 8 * PAGE_TABLE_INDEX(DIRECT_BASE, 3))
    movl $PHYSICAL(boot_pointers + TABLE_FLAGS), PHYSICAL(boot_root + 8 * PAGE_TABLE_INDEX(KERNEL_OFFSET, 3))

    /* To long mode, in the order of SDM 9.8.5. */
    movl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $PHYSICAL(boot_root), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $(EFER_LONG_MODE | EFER_NX), %eax
    wrmsr
    movl %cr0, %eax
    orl $(CR0_PAGING | CR0_WRITE_PROTECT | CR0_PROTECTION), %eax
    movl %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $SELECTOR_KERNEL_CODE, $boot_long
    .size _start, . - _start

/* The processor is too old to say it in any other way. */
    .type boot_refuse, @function
boot_refuse:
    movl $boot_refusal, %esi
    movw $UART_DATA, %dx
1:  lodsb
    testb %al, %al
    jz 2f
    outb %al, %dx
    jmp 1b
2:  movb $EXIT_STATUS, %al
    outb %al, $EXIT_PORT
3:  hlt
    jmp 3b
    .size boot_refuse, . - boot_refuse

    .code64
    .type boot_long, @function
boot_long:
    movabsq $boot_kernel, %rax
    jmp *%rax
    .size boot_long, . - boot_long

    .section .boot.data, "a", @progbits
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff                   /* SELECTOR_KERNEL_CODE: 64-bit */
boot_gdt_pointer:
    .word boot_gdt_pointer - boot_gdt - 1
    .long boot_gdt
boot_refusal:
    .asciz "TissOS: this processor lacks 64-bit mode or no-execute pages: choose another processor model\r\n"

    .text
    .type boot_kernel, @function
boot_kernel:
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movl %esi, %esi                            /* firmware's upper half means nothing */
    movq %rsi, boot_start_info(%rip)

    /* hart_self() is right from here on. */
    movq $hart_boot, %rax
    movq %rax, HART_SELF(%rax)
    movq %rax, %rdx
    shrq $32, %rdx
    movl $MSR_GS_BASE, %ecx
    wrmsr

    movq $kernel_stack + KERNEL_STACK_SIZE, %rsp
    xorl %ebp, %ebp                            /* unwinding ends here */
    pushq $0
    jmp kernel_main
    .size boot_kernel, . - boot_kernel

    .bss
    .balign PAGE_SIZE
boot_root:
    .skip PAGE_SIZE
boot_pointers:
    .skip PAGE_SIZE
boot_directory:
    .skip PAGE_SIZE

    .section .note.GNU-stack, "", @progbits
