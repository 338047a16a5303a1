/*
 * stress_code(struct script *script): make the script's calls, one after the other, from where it stands; then a breakpoint. Runs wherever
 * it is copied to, without a stack: the stack pointer, which the kernel keeps, holds the script.
 */
#include "stress.h"

    .section .text.stress, "ax", @progbits
    .globl stress_code
stress_code:
    movq %rdi, %rsp
1:  movq STRESS_AT(%rsp), %rcx
    cmpq STRESS_END(%rsp), %rcx
    jae 2f
    addq $STRESS_ENTRY, STRESS_AT(%rsp)
    movq STRESS_CAP(%rcx), %rdi
    movq STRESS_INFO(%rcx), %rsi
    movq STRESS_WORDS + 0(%rcx), %rdx
    movq STRESS_WORDS + 8(%rcx), %r8
    movq STRESS_WORDS + 16(%rcx), %r9
    movq STRESS_WORDS + 24(%rcx), %r10
    movq STRESS_WORDS + 32(%rcx), %rbx
    movq STRESS_WORDS + 40(%rcx), %rbp
    movq STRESS_WORDS + 48(%rcx), %r12
    movq STRESS_WORDS + 56(%rcx), %r13
    movq STRESS_WORDS + 64(%rcx), %r14
    movq STRESS_WORDS + 72(%rcx), %r15
    movq STRESS_NUMBER(%rcx), %rax
    syscall
    movq STRESS_AT(%rsp), %rcx
    movq %rax, STRESS_STATUS - STRESS_ENTRY(%rcx)
    jmp 1b
2:  int3
    jmp 2b
    .globl stress_code_end
stress_code_end:

    .section .note.GNU-stack, "", @progbits
