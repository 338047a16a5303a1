/* The least that a machine can run: power off with success. tisslab bench boot measures its floor with it. */
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad _start

    .section .text.entry, "ax", @progbits
    .code32
    .global _start
_start:
    xorl %eax, %eax
    outb %al, $0xf4 /* isa-debug-exit */
1:  jmp 1b
    .section .note.GNU-stack, "", @progbits
