/*
 * void fpu_put(const word_t words[FPU_WORDS], bool wide);
 * void fpu_get(word_t words[FPU_WORDS], bool wide);
 *
 * All of the unit: f0 to f31, then fcsr. The suite is compiled for a processor without, so these are their encodings.
 */
#define EACH(op) \
    op(0); op(1); op(2); op(3); op(4); op(5); op(6); op(7); op(8); op(9); op(10); op(11); op(12); op(13); op(14); op(15); \
    op(16); op(17); op(18); op(19); op(20); op(21); op(22); op(23); op(24); op(25); op(26); op(27); op(28); op(29); op(30); op(31)
#define A0 10
#define PUT(n) .word (8 * n) << 20 | A0 << 15 | 3 << 12 | n << 7 | 0x07                                       /* fld */
#define GET(n) .word (8 * n) >> 5 << 25 | n << 20 | A0 << 15 | 3 << 12 | ((8 * n) & 31) << 7 | 0x27           /* fsd */

    .text
    .globl fpu_put
    .type fpu_put, @function
fpu_put:
    EACH(PUT)
    ld t0, 256(a0)
    csrw 0x003, t0
    ret
    .size fpu_put, . - fpu_put

    .globl fpu_get
    .type fpu_get, @function
fpu_get:
    EACH(GET)
    csrr t0, 0x003
    sd t0, 256(a0)
    ret
    .size fpu_get, . - fpu_get

    .section .note.GNU-stack, "", @progbits
