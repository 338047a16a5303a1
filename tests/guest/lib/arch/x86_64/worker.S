/* void worker_begin(struct worker *worker): where a thread of the suite begins, its argument in rdi. */
    .text
    .globl worker_begin
    .type worker_begin, @function
worker_begin:
    xorl %ebp, %ebp             /* a backtrace ends here */
    andq $-16, %rsp
    call worker_main
    ud2
    .size worker_begin, . - worker_begin

    .section .note.GNU-stack, "", @progbits
