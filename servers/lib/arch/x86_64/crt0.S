/* void _start(const struct start_info *start): where a program begins, on an empty stack, its argument in rdi. */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp             /* a backtrace ends here */
    andq $-16, %rsp
    call start_program
    ud2
    .size _start, . - _start

/* void thread_begin(void (*run)(void)): the same for a further thread, the function to run in rdi. */
    .text
    .globl thread_begin
    .type thread_begin, @function
thread_begin:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call *%rdi
    ud2
    .size thread_begin, . - thread_begin

    .section .note.GNU-stack, "", @progbits
