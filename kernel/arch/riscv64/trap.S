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
#include <tiss/registers.h>

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
