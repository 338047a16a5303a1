/* void worker_begin(struct worker *worker): where a thread of the suite begins, its argument in a0. */
    .text
    .globl worker_begin
    .type worker_begin, @function
worker_begin:
    li s0, 0                    /* a backtrace ends here */
    li ra, 0
    andi sp, sp, -16
    call worker_main
    unimp
    .size worker_begin, . - worker_begin

    .section .note.GNU-stack, "", @progbits
