/*
 * void registers_hold(struct held *held);
 * void registers_over_call(struct held *held);
 *
 * Fill every register but the stack pointer and the one that points to `held`: the i-th of held_offset with held->seed + i. Then count
 * held->rounds up until held->stop is set, or make the plain system call held->number without arguments; and write the registers, as they
 * are then, to held->seen.
 */
#include "held.h"

    .text
    .globl registers_hold
    .type registers_hold, @function
registers_hold:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq HELD_SEED(%rdi), %rax
    addq $0, %rax
    movq HELD_SEED(%rdi), %rbx
    addq $1, %rbx
    movq HELD_SEED(%rdi), %rcx
    addq $2, %rcx
    movq HELD_SEED(%rdi), %rdx
    addq $3, %rdx
    movq HELD_SEED(%rdi), %rsi
    addq $4, %rsi
    movq HELD_SEED(%rdi), %rbp
    addq $5, %rbp
    movq HELD_SEED(%rdi), %r8
    addq $6, %r8
    movq HELD_SEED(%rdi), %r9
    addq $7, %r9
    movq HELD_SEED(%rdi), %r10
    addq $8, %r10
    movq HELD_SEED(%rdi), %r11
    addq $9, %r11
    movq HELD_SEED(%rdi), %r12
    addq $10, %r12
    movq HELD_SEED(%rdi), %r13
    addq $11, %r13
    movq HELD_SEED(%rdi), %r14
    addq $12, %r14
    movq HELD_SEED(%rdi), %r15
    addq $13, %r15
1:  incq HELD_ROUNDS(%rdi)
    cmpq $0, HELD_STOP(%rdi)
    je 1b
    movq %rax, HELD_SEEN + 0(%rdi)
    movq %rbx, HELD_SEEN + 8(%rdi)
    movq %rcx, HELD_SEEN + 16(%rdi)
    movq %rdx, HELD_SEEN + 24(%rdi)
    movq %rsi, HELD_SEEN + 32(%rdi)
    movq %rbp, HELD_SEEN + 40(%rdi)
    movq %r8, HELD_SEEN + 48(%rdi)
    movq %r9, HELD_SEEN + 56(%rdi)
    movq %r10, HELD_SEEN + 64(%rdi)
    movq %r11, HELD_SEEN + 72(%rdi)
    movq %r12, HELD_SEEN + 80(%rdi)
    movq %r13, HELD_SEEN + 88(%rdi)
    movq %r14, HELD_SEEN + 96(%rdi)
    movq %r15, HELD_SEEN + 104(%rdi)
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size registers_hold, . - registers_hold

    .globl registers_over_call
    .type registers_over_call, @function
registers_over_call:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq HELD_SEED(%rdi), %rbx
    addq $1, %rbx
    movq HELD_SEED(%rdi), %rcx
    addq $2, %rcx
    movq HELD_SEED(%rdi), %rdx
    addq $3, %rdx
    movq HELD_SEED(%rdi), %rsi
    addq $4, %rsi
    movq HELD_SEED(%rdi), %rbp
    addq $5, %rbp
    movq HELD_SEED(%rdi), %r8
    addq $6, %r8
    movq HELD_SEED(%rdi), %r9
    addq $7, %r9
    movq HELD_SEED(%rdi), %r10
    addq $8, %r10
    movq HELD_SEED(%rdi), %r11
    addq $9, %r11
    movq HELD_SEED(%rdi), %r12
    addq $10, %r12
    movq HELD_SEED(%rdi), %r13
    addq $11, %r13
    movq HELD_SEED(%rdi), %r14
    addq $12, %r14
    movq HELD_SEED(%rdi), %r15
    addq $13, %r15
    movq HELD_NUMBER(%rdi), %rax
    syscall
    movq %rax, HELD_SEEN + 0(%rdi)
    movq %rbx, HELD_SEEN + 8(%rdi)
    movq %rcx, HELD_SEEN + 16(%rdi)
    movq %rdx, HELD_SEEN + 24(%rdi)
    movq %rsi, HELD_SEEN + 32(%rdi)
    movq %rbp, HELD_SEEN + 40(%rdi)
    movq %r8, HELD_SEEN + 48(%rdi)
    movq %r9, HELD_SEEN + 56(%rdi)
    movq %r10, HELD_SEEN + 64(%rdi)
    movq %r11, HELD_SEEN + 72(%rdi)
    movq %r12, HELD_SEEN + 80(%rdi)
    movq %r13, HELD_SEEN + 88(%rdi)
    movq %r14, HELD_SEEN + 96(%rdi)
    movq %r15, HELD_SEEN + 104(%rdi)
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size registers_over_call, . - registers_over_call

    .section .note.GNU-stack, "", @progbits
