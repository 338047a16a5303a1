/*
 * stress_code(struct script *script): make the script's calls, one after the other, from where it stands; then a breakpoint. Runs wherever
 * it is copied to, without a stack: the stack pointer, which the kernel keeps, holds the script.
 */
#include "stress.h"

    .section .text.stress, "ax", @progbits
    .balign 4
    .globl stress_code
stress_code:
    mv sp, a0
1:  ld t0, STRESS_AT(sp)
    ld t1, STRESS_END(sp)
    bgeu t0, t1, 3f
    addi t1, t0, STRESS_ENTRY
    sd t1, STRESS_AT(sp)
    ld a0, STRESS_CAP(t0)
    ld a1, STRESS_INFO(t0)
    ld a2, STRESS_WORDS + 0(t0)
    ld a3, STRESS_WORDS + 8(t0)
    ld a4, STRESS_WORDS + 16(t0)
    ld a5, STRESS_WORDS + 24(t0)
    ld a6, STRESS_WORDS + 32(t0)
    ld s0, STRESS_WORDS + 40(t0)
    ld s1, STRESS_WORDS + 48(t0)
    ld s2, STRESS_WORDS + 56(t0)
    ld s3, STRESS_WORDS + 64(t0)
    ld s4, STRESS_WORDS + 72(t0)
    ld s5, STRESS_WORDS + 80(t0)
    ld s6, STRESS_WORDS + 88(t0)
    ld s7, STRESS_WORDS + 96(t0)
    ld s8, STRESS_WORDS + 104(t0)
    ld s9, STRESS_WORDS + 112(t0)
    ld s10, STRESS_WORDS + 120(t0)
    ld s11, STRESS_WORDS + 128(t0)
    ld a7, STRESS_NUMBER(t0)
    lla ra, 2f
    ecall
2:  ld t0, STRESS_AT(sp)
    sd a7, STRESS_STATUS - STRESS_ENTRY(t0)
    j 1b
3:  ebreak
    j 3b
    .globl stress_code_end
stress_code_end:

    .section .note.GNU-stack, "", @progbits
