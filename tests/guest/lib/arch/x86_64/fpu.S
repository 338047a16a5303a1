/*
 * void fpu_put(const word_t words[FPU_WORDS], bool wide);
 * void fpu_get(word_t words[FPU_WORDS], bool wide);
 *
 * All of the unit: YMM0 to YMM15 of four words each (without `wide` the lower two), MXCSR, and an integer on the x87 stack, which
 * fpu_get takes from it and puts back.
 */
#define EACH(op) op(0); op(1); op(2); op(3); op(4); op(5); op(6); op(7); op(8); op(9); op(10); op(11); op(12); op(13); op(14); op(15)
#define PUT(n) movups 32 * n(%rdi), %xmm##n
#define PUT_WIDE(n) vmovups 32 * n(%rdi), %ymm##n
#define GET(n) movups %xmm##n, 32 * n(%rdi)
#define GET_WIDE(n) vmovups %ymm##n, 32 * n(%rdi)

    .text
    .globl fpu_put
    .type fpu_put, @function
fpu_put:
    testb %sil, %sil
    jz 1f
    EACH(PUT_WIDE)
    jmp 2f
1:  EACH(PUT)
2:  ldmxcsr 512(%rdi)
    fninit
    fildll 520(%rdi)
    ret
    .size fpu_put, . - fpu_put

    .globl fpu_get
    .type fpu_get, @function
fpu_get:
    testb %sil, %sil
    jz 1f
    EACH(GET_WIDE)
    jmp 2f
1:  EACH(GET)
2:  movq $0, 512(%rdi)
    stmxcsr 512(%rdi)
    movq $0, 520(%rdi)
    fxam                        /* C0 and C3: the top of the stack is empty */
    fnstsw %ax
    andw $0x4500, %ax
    cmpw $0x4100, %ax
    je 3f
    fistpll 520(%rdi)
    fildll 520(%rdi)
3:  ret
    .size fpu_get, . - fpu_get

    .section .note.GNU-stack, "", @progbits
