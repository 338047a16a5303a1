/*
 * void registers_hold(struct held *held);
 * void registers_over_call(struct held *held);
 *
 * Fill every register but the stack pointer and the one that points to `held`: the i-th of held_offset with held->seed + i. Then count
 * held->rounds up until held->stop is set, or make the plain system call held->number without arguments; and write the registers, as they
 * are then, to held->seen. Spinning takes t0, which is put back at the end.
 */
#include "held.h"

    .text
    .globl registers_hold
    .type registers_hold, @function
registers_hold:
    addi sp, sp, -128
    sd ra, 0(sp)
    sd gp, 8(sp)
    sd tp, 16(sp)
    sd s0, 24(sp)
    sd s1, 32(sp)
    sd s2, 40(sp)
    sd s3, 48(sp)
    sd s4, 56(sp)
    sd s5, 64(sp)
    sd s6, 72(sp)
    sd s7, 80(sp)
    sd s8, 88(sp)
    sd s9, 96(sp)
    sd s10, 104(sp)
    sd s11, 112(sp)
    ld ra, HELD_SEED(a0)
    addi ra, ra, 0
    ld gp, HELD_SEED(a0)
    addi gp, gp, 1
    ld tp, HELD_SEED(a0)
    addi tp, tp, 2
    ld t0, HELD_SEED(a0)
    addi t0, t0, 3
    ld t1, HELD_SEED(a0)
    addi t1, t1, 4
    ld t2, HELD_SEED(a0)
    addi t2, t2, 5
    ld t3, HELD_SEED(a0)
    addi t3, t3, 6
    ld t4, HELD_SEED(a0)
    addi t4, t4, 7
    ld t5, HELD_SEED(a0)
    addi t5, t5, 8
    ld t6, HELD_SEED(a0)
    addi t6, t6, 9
    ld s0, HELD_SEED(a0)
    addi s0, s0, 10
    ld s1, HELD_SEED(a0)
    addi s1, s1, 11
    ld s2, HELD_SEED(a0)
    addi s2, s2, 12
    ld s3, HELD_SEED(a0)
    addi s3, s3, 13
    ld s4, HELD_SEED(a0)
    addi s4, s4, 14
    ld s5, HELD_SEED(a0)
    addi s5, s5, 15
    ld s6, HELD_SEED(a0)
    addi s6, s6, 16
    ld s7, HELD_SEED(a0)
    addi s7, s7, 17
    ld s8, HELD_SEED(a0)
    addi s8, s8, 18
    ld s9, HELD_SEED(a0)
    addi s9, s9, 19
    ld s10, HELD_SEED(a0)
    addi s10, s10, 20
    ld s11, HELD_SEED(a0)
    addi s11, s11, 21
    ld a1, HELD_SEED(a0)
    addi a1, a1, 22
    ld a2, HELD_SEED(a0)
    addi a2, a2, 23
    ld a3, HELD_SEED(a0)
    addi a3, a3, 24
    ld a4, HELD_SEED(a0)
    addi a4, a4, 25
    ld a5, HELD_SEED(a0)
    addi a5, a5, 26
    ld a6, HELD_SEED(a0)
    addi a6, a6, 27
    ld a7, HELD_SEED(a0)
    addi a7, a7, 28
1:  ld t0, HELD_ROUNDS(a0)
    addi t0, t0, 1
    sd t0, HELD_ROUNDS(a0)
    ld t0, HELD_STOP(a0)
    beqz t0, 1b
    ld t0, HELD_SEED(a0)
    addi t0, t0, 3
    sd ra, HELD_SEEN + 0(a0)
    sd gp, HELD_SEEN + 8(a0)
    sd tp, HELD_SEEN + 16(a0)
    sd t0, HELD_SEEN + 24(a0)
    sd t1, HELD_SEEN + 32(a0)
    sd t2, HELD_SEEN + 40(a0)
    sd t3, HELD_SEEN + 48(a0)
    sd t4, HELD_SEEN + 56(a0)
    sd t5, HELD_SEEN + 64(a0)
    sd t6, HELD_SEEN + 72(a0)
    sd s0, HELD_SEEN + 80(a0)
    sd s1, HELD_SEEN + 88(a0)
    sd s2, HELD_SEEN + 96(a0)
    sd s3, HELD_SEEN + 104(a0)
    sd s4, HELD_SEEN + 112(a0)
    sd s5, HELD_SEEN + 120(a0)
    sd s6, HELD_SEEN + 128(a0)
    sd s7, HELD_SEEN + 136(a0)
    sd s8, HELD_SEEN + 144(a0)
    sd s9, HELD_SEEN + 152(a0)
    sd s10, HELD_SEEN + 160(a0)
    sd s11, HELD_SEEN + 168(a0)
    sd a1, HELD_SEEN + 176(a0)
    sd a2, HELD_SEEN + 184(a0)
    sd a3, HELD_SEEN + 192(a0)
    sd a4, HELD_SEEN + 200(a0)
    sd a5, HELD_SEEN + 208(a0)
    sd a6, HELD_SEEN + 216(a0)
    sd a7, HELD_SEEN + 224(a0)
    ld ra, 0(sp)
    ld gp, 8(sp)
    ld tp, 16(sp)
    ld s0, 24(sp)
    ld s1, 32(sp)
    ld s2, 40(sp)
    ld s3, 48(sp)
    ld s4, 56(sp)
    ld s5, 64(sp)
    ld s6, 72(sp)
    ld s7, 80(sp)
    ld s8, 88(sp)
    ld s9, 96(sp)
    ld s10, 104(sp)
    ld s11, 112(sp)
    addi sp, sp, 128
    ret
    .size registers_hold, . - registers_hold

    .globl registers_over_call
    .type registers_over_call, @function
registers_over_call:
    addi sp, sp, -128
    sd ra, 0(sp)
    sd gp, 8(sp)
    sd tp, 16(sp)
    sd s0, 24(sp)
    sd s1, 32(sp)
    sd s2, 40(sp)
    sd s3, 48(sp)
    sd s4, 56(sp)
    sd s5, 64(sp)
    sd s6, 72(sp)
    sd s7, 80(sp)
    sd s8, 88(sp)
    sd s9, 96(sp)
    sd s10, 104(sp)
    sd s11, 112(sp)
    ld gp, HELD_SEED(a0)
    addi gp, gp, 1
    ld tp, HELD_SEED(a0)
    addi tp, tp, 2
    ld t0, HELD_SEED(a0)
    addi t0, t0, 3
    ld t1, HELD_SEED(a0)
    addi t1, t1, 4
    ld t2, HELD_SEED(a0)
    addi t2, t2, 5
    ld t3, HELD_SEED(a0)
    addi t3, t3, 6
    ld t4, HELD_SEED(a0)
    addi t4, t4, 7
    ld t5, HELD_SEED(a0)
    addi t5, t5, 8
    ld t6, HELD_SEED(a0)
    addi t6, t6, 9
    ld s0, HELD_SEED(a0)
    addi s0, s0, 10
    ld s1, HELD_SEED(a0)
    addi s1, s1, 11
    ld s2, HELD_SEED(a0)
    addi s2, s2, 12
    ld s3, HELD_SEED(a0)
    addi s3, s3, 13
    ld s4, HELD_SEED(a0)
    addi s4, s4, 14
    ld s5, HELD_SEED(a0)
    addi s5, s5, 15
    ld s6, HELD_SEED(a0)
    addi s6, s6, 16
    ld s7, HELD_SEED(a0)
    addi s7, s7, 17
    ld s8, HELD_SEED(a0)
    addi s8, s8, 18
    ld s9, HELD_SEED(a0)
    addi s9, s9, 19
    ld s10, HELD_SEED(a0)
    addi s10, s10, 20
    ld s11, HELD_SEED(a0)
    addi s11, s11, 21
    ld a1, HELD_SEED(a0)
    addi a1, a1, 22
    ld a2, HELD_SEED(a0)
    addi a2, a2, 23
    ld a3, HELD_SEED(a0)
    addi a3, a3, 24
    ld a4, HELD_SEED(a0)
    addi a4, a4, 25
    ld a5, HELD_SEED(a0)
    addi a5, a5, 26
    ld a6, HELD_SEED(a0)
    addi a6, a6, 27
    ld a7, HELD_NUMBER(a0)
    lla ra, 1f
    ecall
1:
    sd ra, HELD_SEEN + 0(a0)
    sd gp, HELD_SEEN + 8(a0)
    sd tp, HELD_SEEN + 16(a0)
    sd t0, HELD_SEEN + 24(a0)
    sd t1, HELD_SEEN + 32(a0)
    sd t2, HELD_SEEN + 40(a0)
    sd t3, HELD_SEEN + 48(a0)
    sd t4, HELD_SEEN + 56(a0)
    sd t5, HELD_SEEN + 64(a0)
    sd t6, HELD_SEEN + 72(a0)
    sd s0, HELD_SEEN + 80(a0)
    sd s1, HELD_SEEN + 88(a0)
    sd s2, HELD_SEEN + 96(a0)
    sd s3, HELD_SEEN + 104(a0)
    sd s4, HELD_SEEN + 112(a0)
    sd s5, HELD_SEEN + 120(a0)
    sd s6, HELD_SEEN + 128(a0)
    sd s7, HELD_SEEN + 136(a0)
    sd s8, HELD_SEEN + 144(a0)
    sd s9, HELD_SEEN + 152(a0)
    sd s10, HELD_SEEN + 160(a0)
    sd s11, HELD_SEEN + 168(a0)
    sd a1, HELD_SEEN + 176(a0)
    sd a2, HELD_SEEN + 184(a0)
    sd a3, HELD_SEEN + 192(a0)
    sd a4, HELD_SEEN + 200(a0)
    sd a5, HELD_SEEN + 208(a0)
    sd a6, HELD_SEEN + 216(a0)
    sd a7, HELD_SEEN + 224(a0)
    ld ra, 0(sp)
    ld gp, 8(sp)
    ld tp, 16(sp)
    ld s0, 24(sp)
    ld s1, 32(sp)
    ld s2, 40(sp)
    ld s3, 48(sp)
    ld s4, 56(sp)
    ld s5, 64(sp)
    ld s6, 72(sp)
    ld s7, 80(sp)
    ld s8, 88(sp)
    ld s9, 96(sp)
    ld s10, 104(sp)
    ld s11, 112(sp)
    addi sp, sp, 128
    ret
    .size registers_over_call, . - registers_over_call

    .section .note.GNU-stack, "", @progbits
