/* void _start(const struct start_info *start): where a program begins, on an empty stack, its argument in a0. */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    li s0, 0                    /* a backtrace ends here */
    li ra, 0
    andi sp, sp, -16
    call start_program
    unimp
    .size _start, . - _start

/* void thread_begin(void (*run)(void)): the same for a further thread, the function to run in a0. */
    .text
    .globl thread_begin
    .type thread_begin, @function
thread_begin:
    li s0, 0
    li ra, 0
    andi sp, sp, -16
    jalr a0
    unimp
    .size thread_begin, . - thread_begin

    .section .note.GNU-stack, "", @progbits
