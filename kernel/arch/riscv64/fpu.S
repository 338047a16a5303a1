/*
 * void fpu_save(struct fpu_state *state);
 * void fpu_load(const struct fpu_state *state);
 * bool fpu_has_double(void);
 *
 * With sstatus.FS on. Alone of the kernel this is assembled for a processor with F and D: see build.mk.
 */
#include <cpu.h>

#define EACH(op) \
    op(0); op(1); op(2); op(3); op(4); op(5); op(6); op(7); op(8); op(9); op(10); op(11); op(12); op(13); op(14); op(15); \
    op(16); op(17); op(18); op(19); op(20); op(21); op(22); op(23); op(24); op(25); op(26); op(27); op(28); op(29); op(30); op(31)
#define SAVE(n) fsd f##n, 8 * n(a0)
#define LOAD(n) fld f##n, 8 * n(a0)

    .text
    .globl fpu_save
    .type fpu_save, @function
fpu_save:
    EACH(SAVE)
    frcsr t0
    sd t0, FPU_CONTROL(a0)
    ret
    .size fpu_save, . - fpu_save

    .globl fpu_load
    .type fpu_load, @function
fpu_load:
    EACH(LOAD)
    ld t0, FPU_CONTROL(a0)
    fscsr t0
    ret
    .size fpu_load, . - fpu_load

/* By trying an instruction of D: misa is machine mode's, and device trees tell it in two ways. */
    .globl fpu_has_double
    .type fpu_has_double, @function
fpu_has_double:
    la t0, 1f
    csrrw t0, stvec, t0
    li a0, 0
    fmv.d.x ft0, zero
    li a0, 1
    .balign 4                   /* of stvec */
1:  csrw stvec, t0
    ret
    .size fpu_has_double, . - fpu_has_double

    .section .note.GNU-stack, "", @progbits
