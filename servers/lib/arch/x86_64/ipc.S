/*
 * status_t ipc(word_t number, word_t cap, struct message *message)
 *
 * A message syscall: load every message register, trap, store them all back. struct message begins as struct registers does, so the
 * offsets are the same. The kernel keeps rsp alone; what C wants kept is saved here.
 */
#include <tiss/registers.h>

#define LOAD(name, offset) movq offset(%rcx), %name
#define STORE(name, offset) movq %name, offset(%rcx)

    .text
    .globl ipc
    .type ipc, @function
ipc:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdx
    movq %rdx, %rcx
    movq %rdi, %rax
    movq %rsi, %rdi
    LOAD(rsi, REG_rsi)
    REGISTERS_MESSAGE(LOAD)
    syscall
    popq %rcx
    STORE(rax, REG_rax)
    STORE(rdi, REG_rdi)
    STORE(rsi, REG_rsi)
    REGISTERS_MESSAGE(STORE)
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size ipc, . - ipc

    .section .note.GNU-stack, "", @progbits
