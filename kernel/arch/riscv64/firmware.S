/*
 * A page of machine-mode firmware for QEMU's virt machine: what OpenSBI would do for this kernel, in a few instructions.
 * QEMU's reset code jumps to 0x80000000 with a0 = hart, a1 = device tree. Everything that is S-mode's to handle is delegated, memory is
 * opened to it, the timer compare (Sstc) and the counters are made its own; then the kernel starts at KERNEL_PHYSICAL. Harts but the
 * first sleep. A trap that reaches machine mode all the same stops the machine with status 0x7e.
 */
#include <cpu.h>

#define EXIT_DEVICE 0x100000
#define EXIT_VALUE (0x7e << 16 | 0x3333)
#define MSTATUS_MPP_S (1 << 11)
#define MSTATUS_MPP (3 << 11)
#define CSR_MENVCFG 0x30a
#define MENVCFG_STCE 63
#define PMP_OPEN 0x1f /* naturally aligned power of two, read, write, execute */

    .section .text.entry, "ax"
    .global _start
_start:
    la t0, trapped
    csrw mtvec, t0
    bnez a0, sleep
    li t0, -1
    csrw pmpaddr0, t0
    li t0, PMP_OPEN
    csrw pmpcfg0, t0
    li t0, 0xb1ff /* every exception that user or supervisor mode can cause, but not ecall from S */
    csrw medeleg, t0
    li t0, 0x222
    csrw mideleg, t0
    li t0, 7
    csrw mcounteren, t0
    li t0, 1
    slli t0, t0, MENVCFG_STCE
    csrs CSR_MENVCFG, t0
    li t0, MSTATUS_MPP
    csrc mstatus, t0
    li t0, MSTATUS_MPP_S
    csrs mstatus, t0
    li t0, KERNEL_PHYSICAL
    csrw mepc, t0
    mret

    .balign 4
trapped:
    li t0, EXIT_DEVICE
    li t1, EXIT_VALUE
    sw t1, 0(t0)
sleep:
    wfi
    j sleep
