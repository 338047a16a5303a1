/*
 * Into the kernel and out of it.
 *
 *     void trap_entry(void);                                       stvec
 *     _Noreturn void thread_return(struct registers *registers);
 *     void registers_capture(struct registers *registers);
 *
 * While a thread runs sscratch holds the hart's pointer; in the kernel it is 0 and tp holds the hart. So a trap that finds 0 there comes
 * from the kernel itself.
 */
#include <cpu.h>
#include <tiss/offsets.h>
#include <tiss/registers.h>

#include "fast.h"
#include "hart.h"

#define SAVE(register, offset) sd register, offset(t0)
#define RESTORE(register, offset) ld register, offset(t6)

    .section .text
    .balign 4 /* stvec's low bits are its mode */
    .global trap_entry
    .type trap_entry, @function
trap_entry:
    csrrw tp, sscratch, tp
    beqz tp, from_kernel
    sd t0, HART_SCRATCH(tp)
    csrr t0, scause
    addi t0, t0, -CAUSE_ECALL
    bnez t0, trap_slow
/*
 * The fast path: a short call to an idle receiver, and a short answer to a plain caller with nobody waiting. Each asks for everything before
 * it changes anything, so that falling off it is a jump; what it decides is fast.h's. The message registers are not touched. t0 is who calls,
 * t3 who goes on; the temporaries are dead over a message, and leave with nothing of the kernel's in them.
 */
    bnez a7, fast_reply_recv /* SYS_CALL */
    ld t0, HART_THREAD(tp)
    li t1, FAST_INFO_MAX + 1
    bgeu a1, t1, fast_not
    ld t1, THREAD_TABLE_COUNT(t0)
    bgeu a0, t1, fast_not
    ld t1, THREAD_TABLE_OBJECT(t0)
    slli t2, a0, CAP_BITS
    add t1, t1, t2
    lbu t2, SLOT_FLAGS(t1)
    andi t2, t2, SLOT_CALLS
    beqz t2, fast_not
    ld t2, SLOT_OBJECT(t1)
    ld t3, ENDPOINT_IDLE(t2)
    beqz t3, fast_not
    lw t4, HART_ATTENTION(tp)
    bnez t4, fast_not
    lhu t4, THREAD_NESTING(t0)
    andi t5, t4, CALLS_MAX /* a power of two, and the most that there is */
    bnez t5, fast_not
    sd zero, ENDPOINT_IDLE(t2)
    li t5, FAST_CALLED
    add t4, t4, t5
    addi t4, t4, 1
    sw t4, THREAD_NESTING(t3)
    li t4, THREAD_AWAITING
    sb t4, THREAD_STATE(t0)
    sd t3, THREAD_CALLEE(t0)
    sd t0, THREAD_CALLER(t3)
    ld a0, SLOT_VALUE(t1) /* the badge */

/* From t0, which is blocked, to t3, which gets a0, a1, the message registers, and STATUS_OK. */
fast_switch:
    sd t3, HART_THREAD(tp)
    sd a1, REG_a1(t0)
    sd ra, REG_pc(t0)
    sd sp, REG_sp(t0)
    sd gp, REG_gp(t0)
    csrrw t4, sscratch, tp
    sd t4, REG_tp(t0)
    ld t4, THREAD_ROOT(t3)
    ld t5, HART_ROOT(tp)
    beq t4, t5, 1f
    sd t4, HART_ROOT(tp)
    csrw satp, t4
1:  ld t4, REG_status(t3)
    csrw sstatus, t4
    ld ra, REG_pc(t3) /* and with it nothing is left of the sender's ra */
    csrw sepc, ra
    ld sp, REG_sp(t3)
    ld gp, REG_gp(t3)
    ld tp, REG_tp(t3)
    li t0, 0
    li t1, 0
    li t2, 0
    li t3, 0
    li t5, 0
    li t6, 0
    sret

fast_reply_recv:
    addi t0, a7, -SYS_REPLY_RECV
    bnez t0, fast_signal
    ld t0, HART_THREAD(tp)
    li t1, FAST_INFO_MAX + 1
    bgeu a1, t1, fast_not
    ld t1, THREAD_TABLE_COUNT(t0)
    bgeu a0, t1, fast_not
    ld t1, THREAD_TABLE_OBJECT(t0)
    slli t2, a0, CAP_BITS
    add t1, t1, t2
    lbu t2, SLOT_FLAGS(t1)
    andi t2, t2, SLOT_RECEIVES
    beqz t2, fast_not
    ld t2, SLOT_OBJECT(t1)
    ld t1, ENDPOINT_QUEUE(t2)
    bnez t1, fast_not
    ld t1, ENDPOINT_SERVER(t2)
    bne t1, t0, fast_not
    lbu t1, THREAD_STANDING(t0)
    addi t1, t1, -THREAD_PLAIN
    bnez t1, fast_not
    lw t1, HART_ATTENTION(tp)
    bnez t1, fast_not
    ld t3, THREAD_CALLER(t0)
    li t4, THREAD_READY
    sb t4, THREAD_STATE(t3)
    sd zero, THREAD_CALLEE(t3)
    sd zero, THREAD_CALLER(t0)
    li t4, FAST_IDLE
    sw t4, THREAD_NESTING(t0)
    sd t2, THREAD_ENDPOINT(t0)
    sd t0, ENDPOINT_IDLE(t2)
    li a0, 0
    li a7, 0
    j fast_switch

/* Every register but a7 and ra is kept; t0 lies in HART_SCRATCH. */
fast_signal:
    addi t0, a7, -SYS_SIGNAL
    bnez t0, trap_slow
    csrw sepc, ra
    ld t0, HART_THREAD(tp)
    ld a7, THREAD_TABLE_COUNT(t0)
    bgeu a0, a7, fast_signal_not
    ld ra, THREAD_TABLE_OBJECT(t0)
    slli a7, a0, CAP_BITS
    add ra, ra, a7
    lhu a7, SLOT_TYPE(ra)
    andi a7, a7, FAST_SIGNALS_MASK
    addi a7, a7, -FAST_SIGNALS
    bnez a7, fast_signal_not
    ld t0, SLOT_OBJECT(ra)
    ld a7, NOTIFICATION_QUEUE(t0)
    bnez a7, fast_signal_not
    ld a7, NOTIFICATION_BOUND(t0)
    bnez a7, fast_signal_not
    ld ra, SLOT_VALUE(ra)
    ld a7, NOTIFICATION_BITS(t0)
    or a7, a7, ra
    sd a7, NOTIFICATION_BITS(t0)
    csrr ra, sepc
    li a7, 0
    ld t0, HART_SCRATCH(tp)
    csrrw tp, sscratch, tp
    sret
fast_signal_not:
    csrr ra, sepc
    li a7, SYS_SIGNAL
    j trap_slow

fast_not:
    li t1, 0
    li t2, 0
    li t3, 0
    li t4, 0
    li t5, 0
trap_slow:
    ld t0, HART_THREAD(tp)
    REGISTERS_UNTRAPPED(SAVE)
    ld t1, HART_SCRATCH(tp)
    sd t1, REG_t0(t0)
    csrr t1, sscratch
    sd t1, REG_tp(t0)
    csrr t1, sepc
    sd t1, REG_pc(t0)
    csrr t1, sstatus
    sd t1, REG_status(t0)
    csrw sscratch, zero
    ld sp, HART_STACK(tp)
    li s0, 0
    li ra, 0
    call trap_user
    /* fall through */

    .global thread_return
    .type thread_return, @function
thread_return:
    mv t6, a0
    csrw sscratch, tp
    ld t0, REG_pc(t6)
    csrw sepc, t0
    ld t0, REG_status(t6)
    csrw sstatus, t0
    REGISTERS_UNTRAPPED(RESTORE) /* t6 comes last */
    sret
    .size thread_return, . - thread_return

/* The kernel's own mistake. Its stack may be what is wrong: report from another. */
from_kernel:
    csrrw tp, sscratch, tp
    sd t0, HART_SCRATCH(tp)
    la t0, trapped
    REGISTERS_UNTRAPPED(SAVE)
    ld t1, HART_SCRATCH(tp)
    sd t1, REG_t0(t0)
    csrr t1, sepc
    sd t1, REG_pc(t0)
    csrr t1, sstatus
    sd t1, REG_status(t0)
    la sp, emergency_stack_top
    mv a0, t0
    li ra, 0
    tail trap_kernel
    .size trap_entry, . - trap_entry

    .global registers_capture
    .type registers_capture, @function
registers_capture:
    sd t0, REG_t0(a0)
    mv t0, a0
    ld a0, REG_t0(t0)
    sd a0, REG_t6(t0)
    REGISTERS_UNTRAPPED(SAVE)
    sd ra, REG_pc(t0)
    csrr t1, sstatus
    sd t1, REG_status(t0)
    ret
    .size registers_capture, . - registers_capture

    .section .bss
    .balign 16
trapped:
    .skip REGISTERS_SIZE
    .balign 16
    .skip 4096
emergency_stack_top:
