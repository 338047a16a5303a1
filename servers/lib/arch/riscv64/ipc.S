/*
 * status_t ipc(word_t number, word_t cap, struct message *message)
 *
 * A message syscall: load every message register, trap, store them all back. struct message begins as struct registers does, so the
 * offsets are the same. The kernel keeps sp, tp and gp and resumes at ra; what C wants kept is saved here.
 */
#include <tiss/registers.h>

#define LOAD(name, offset) ld name, offset(t0)
#define STORE(name, offset) sd name, offset(t0)
#define FRAME 112

    .text
    .globl ipc
    .type ipc, @function
ipc:
    addi sp, sp, -FRAME
    sd ra, 0(sp)
    sd s0, 8(sp)
    sd s1, 16(sp)
    sd s2, 24(sp)
    sd s3, 32(sp)
    sd s4, 40(sp)
    sd s5, 48(sp)
    sd s6, 56(sp)
    sd s7, 64(sp)
    sd s8, 72(sp)
    sd s9, 80(sp)
    sd s10, 88(sp)
    sd s11, 96(sp)
    sd a2, 104(sp)
    mv t0, a2
    mv a7, a0
    mv a0, a1
    LOAD(a1, REG_a1)
    REGISTERS_MESSAGE(LOAD)
    lla ra, 1f
    ecall
1:  ld t0, 104(sp)
    STORE(a7, REG_a7)
    STORE(a0, REG_a0)
    STORE(a1, REG_a1)
    REGISTERS_MESSAGE(STORE)
    mv a0, a7
    ld ra, 0(sp)
    ld s0, 8(sp)
    ld s1, 16(sp)
    ld s2, 24(sp)
    ld s3, 32(sp)
    ld s4, 40(sp)
    ld s5, 48(sp)
    ld s6, 56(sp)
    ld s7, 64(sp)
    ld s8, 72(sp)
    ld s9, 80(sp)
    ld s10, 88(sp)
    ld s11, 96(sp)
    addi sp, sp, FRAME
    ret
    .size ipc, . - ipc

    .section .note.GNU-stack, "", @progbits
