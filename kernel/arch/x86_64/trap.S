/*
 * _Noreturn void thread_return(struct registers *registers);
 * void registers_capture(struct registers *registers);
 * void syscall_enter(void);         where SYSCALL jumps to
 * char exception_vectors[];         a stub for each exception's vector, EXCEPTION_STRIDE bytes apart
 * char interrupt_vectors[];         and for each interrupt's, INTERRUPT_STRIDE bytes apart
 *
 * From user mode the processor pushes its frame straight into the end of the current thread's struct registers: TSS.rsp[0] points there
 * whenever user code runs. SYSCALL changes no stack, so its entry writes the same members itself. NMI, double fault and machine check may
 * come at any instruction, also before SWAPGS or on a broken stack: they have stacks of their own (IST), with the hart's address at the
 * top, and never return.
 */
#include <cpu.h>
#include <tiss/offsets.h>
#include <tiss/registers.h>

#include "hart.h"
#include "fast.h"

/* Exceptions that push an error code (SDM table 6-1); the others get a 0. */
#define ERROR_CODES (1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30)
#define EMERGENCY_VECTORS (1 << VECTOR_NMI | 1 << VECTOR_DOUBLE_FAULT | 1 << VECTOR_MACHINE_CHECK)

/* RSP points to struct registers. */
#define SAVE(name, offset) movq %name, offset(%rsp)
#define RESTORE(name, offset) movq offset(%rsp), %name

    .text
    .balign EXCEPTION_STRIDE
    .globl exception_vectors
    .type exception_vectors, @function
exception_vectors:
    number = 0
    .rept VECTOR_IRQ
    .balign EXCEPTION_STRIDE
    .if !(ERROR_CODES >> number & 1)
    pushq $0
    .endif
    pushq $number
    .if EMERGENCY_VECTORS >> number & 1
    jmp trap_enter_emergency
    .else
    jmp trap_enter
    .endif
    number = number + 1
    .endr
    .size exception_vectors, . - exception_vectors

    .balign INTERRUPT_STRIDE
    .globl interrupt_vectors
    .type interrupt_vectors, @function
interrupt_vectors:
    .rept VECTOR_COUNT - VECTOR_IRQ
    .balign INTERRUPT_STRIDE
    .byte 0x6a, number                         /* pushq $number, in its short form whatever the assembler thinks */
    jmp trap_enter_interrupt
    number = number + 1
    .endr
    .size interrupt_vectors, . - interrupt_vectors

    .type trap_enter_interrupt, @function
trap_enter_interrupt:
    pushq (%rsp)                               /* the vector where it belongs, */
    movq $0, 8(%rsp)                           /* and no error code below it */
    /* on to trap_enter */
    .size trap_enter_interrupt, . - trap_enter_interrupt

    .type trap_enter, @function
trap_enter:
    subq $REG_vector, %rsp                     /* from user mode: now the thread itself */
    testb $3, REG_cs(%rsp)
    jz trap_enter_kernel
    REGISTERS_UNTRAPPED(SAVE)
    swapgs
    movq %gs:HART_STACK, %rsp
    pushq $RFLAGS_ALWAYS                       /* no AC, which would turn SMAP off, and no DF from user mode */
    popfq
trap_call:
    xorl %ebp, %ebp                            /* unwinding ends here */
    call trap_user
    movq %rax, %rdi
    /* on to thread_return */

    .globl thread_return
    .type thread_return, @function
thread_return:
    leaq REGISTERS_SIZE(%rdi), %rax
    movq %rax, %gs:HART_RSP0
    movq %rdi, %rsp                            /* NMI aside nothing can interrupt from here to the end, and that has its own stack */
    cmpq $VECTOR_SYSCALL, REG_vector(%rsp)
    jne 1f
    /* By SYSRET, which takes RIP from RCX and RFLAGS from R11; trap_user() has seen that RIP is canonical (SDM volume 2, SYSRET). */
    REGISTERS_UNTRAPPED(RESTORE)
    movq REG_rip(%rsp), %rcx
    movq REG_rflags(%rsp), %r11
    movq REG_rsp(%rsp), %rsp
    swapgs
    sysretq
1:  REGISTERS_UNTRAPPED(RESTORE)
    addq $REG_rip, %rsp
    swapgs
    iretq
    .size thread_return, . - thread_return
    .size trap_enter, . - trap_enter

/*
 * SYSCALL left RIP in RCX and RFLAGS in R11, and has cleared what SFMASK names.
 *
 * The fast path: a short call to an idle receiver, and a short answer to a plain caller with nobody waiting. Each asks for everything before
 * it changes anything, so that falling off it is a jump; what it decides is fast.h's. The message registers are not touched. Interrupts are
 * off and NMI has its own stack, so RSP serves as a register: RAX is who calls, RSP who goes on.
 */
    .globl syscall_enter
    .type syscall_enter, @function
syscall_enter:
    swapgs
    testq %rax, %rax                           /* SYS_CALL */
    jnz fast_reply_recv
    movq %gs:HART_THREAD, %rax
    movq %rsp, REG_rsp(%rax)
    movq %rcx, REG_rip(%rax)
    movq %r11, REG_rflags(%rax)
    cmpq $FAST_INFO_MAX, %rsi
    ja fast_call_not
    cmpq THREAD_TABLE_COUNT(%rax), %rdi
    jae fast_call_not
    movq %rdi, %rcx
    shlq $CAP_BITS, %rcx
    addq THREAD_TABLE_OBJECT(%rax), %rcx
    testb $SLOT_CALLS, SLOT_FLAGS(%rcx)
    jz fast_call_not
    movq SLOT_OBJECT(%rcx), %r11
    movq ENDPOINT_IDLE(%r11), %rsp
    testq %rsp, %rsp
    jz fast_call_not
    cmpw $CALLS_MAX, THREAD_NESTING(%rax)
    jae fast_call_not
    cmpl $0, %gs:HART_ATTENTION
    jne fast_call_attention
fast_call_commit:
    movq $0, ENDPOINT_IDLE(%r11)
    movzwl THREAD_NESTING(%rax), %r11d
    addl $FAST_CALLED + 1, %r11d
    movl %r11d, THREAD_NESTING(%rsp)
    movb $THREAD_AWAITING, THREAD_STATE(%rax)
    movq %rsp, THREAD_CALLEE(%rax)
    movq %rax, THREAD_CALLER(%rsp)
    movq %rsi, REG_rsi(%rax)
    movq SLOT_VALUE(%rcx), %rdi                /* the badge */

/* From RAX, which is blocked, to RSP, which gets RDI, RSI, the message registers, and STATUS_OK. */
fast_switch:
    movq %rsp, %gs:HART_THREAD
    rdfsbase %rcx
    movq %rcx, REG_fs_base(%rax)
    movq REG_fs_base(%rsp), %rcx
    wrfsbase %rcx
    movq THREAD_ROOT(%rsp), %rcx
    cmpq %rcx, %gs:HART_ROOT
    je 1f
    movq %rcx, %gs:HART_ROOT
    movq %rcx, %cr3
1:  leaq REGISTERS_SIZE(%rsp), %rcx
    movq %rcx, %gs:HART_RSP0
    movq REG_rip(%rsp), %rcx
    movq REG_rflags(%rsp), %r11
    movq REG_rsp(%rsp), %rsp
    xorl %eax, %eax
    swapgs
    wrgsbase %rax                              /* dead over a message, and nobody's to see */
    sysretq

fast_reply_recv:
    cmpq $SYS_REPLY_RECV, %rax
    jne fast_signal
    movq %gs:HART_THREAD, %rax
    movq %rsp, REG_rsp(%rax)
    movq %rcx, REG_rip(%rax)
    movq %r11, REG_rflags(%rax)
    cmpq $FAST_INFO_MAX, %rsi
    ja fast_reply_not
    cmpq THREAD_TABLE_COUNT(%rax), %rdi
    jae fast_reply_not
    movq %rdi, %rcx
    shlq $CAP_BITS, %rcx
    addq THREAD_TABLE_OBJECT(%rax), %rcx
    testb $SLOT_RECEIVES, SLOT_FLAGS(%rcx)
    jz fast_reply_not
    movq SLOT_OBJECT(%rcx), %rcx
    cmpq $0, ENDPOINT_QUEUE(%rcx)
    jne fast_reply_not
    cmpq %rax, ENDPOINT_SERVER(%rcx)
    jne fast_reply_not
    cmpb $THREAD_PLAIN, THREAD_STANDING(%rax)
    jne fast_reply_not
    cmpl $0, %gs:HART_ATTENTION
    jne fast_reply_attention
fast_reply_commit:
    movq THREAD_CALLER(%rax), %rsp
    movb $THREAD_READY, THREAD_STATE(%rsp)
    movq $0, THREAD_CALLEE(%rsp)
    movq $0, THREAD_CALLER(%rax)
    movl $FAST_IDLE, THREAD_NESTING(%rax)
    movq %rcx, THREAD_ENDPOINT(%rax)
    movq %rax, ENDPOINT_IDLE(%rcx)
    movq %rsi, REG_rsi(%rax)
    xorl %edi, %edi
    jmp fast_switch

/* Floating point that is on is turned off, as at any switch; its registers stay where they are until somebody else needs them. RDI is free:
 * all that can fail was asked. */
    .macro fast_attention otherwise, commit
    cmpl $ATTENTION_FPU, %gs:HART_ATTENTION
    jne \otherwise
    movl $0, %gs:HART_ATTENTION
    movq %cr0, %rdi
    orq $CR0_TASK_SWITCHED, %rdi
    movq %rdi, %cr0
    jmp \commit
    .endm
fast_call_attention:
    fast_attention fast_call_not, fast_call_commit
fast_reply_attention:
    fast_attention fast_reply_not, fast_reply_commit

/* Every register but RAX is kept; RCX and R11 are SYSCALL's own. */
fast_signal:
    cmpq $SYS_SIGNAL, %rax
    jne syscall_enter_slow
    movq %gs:HART_THREAD, %rax
    movq %rcx, REG_rip(%rax)
    movq %r11, REG_rflags(%rax)
    cmpq THREAD_TABLE_COUNT(%rax), %rdi
    jae fast_signal_not
    movq %rdi, %rcx
    shlq $CAP_BITS, %rcx
    addq THREAD_TABLE_OBJECT(%rax), %rcx
    movzwl SLOT_TYPE(%rcx), %r11d
    andl $FAST_SIGNALS_MASK, %r11d
    cmpl $FAST_SIGNALS, %r11d
    jne fast_signal_not
    movq SLOT_OBJECT(%rcx), %r11
    cmpq $0, NOTIFICATION_QUEUE(%r11)
    jne fast_signal_not
    cmpq $0, NOTIFICATION_BOUND(%r11)
    jne fast_signal_not
    movq SLOT_VALUE(%rcx), %rcx
    orq %rcx, NOTIFICATION_BITS(%r11)
    movq REG_rip(%rax), %rcx
    movq REG_rflags(%rax), %r11
    xorl %eax, %eax
    swapgs
    sysretq
fast_signal_not:
    movq REG_rip(%rax), %rcx
    movq REG_rflags(%rax), %r11
    movl $SYS_SIGNAL, %eax
    jmp syscall_enter_slow

    .macro fast_not number
    movq REG_rsp(%rax), %rsp
    movq REG_rip(%rax), %rcx
    movq REG_rflags(%rax), %r11
    movl $\number, %eax
    jmp syscall_enter_slow
    .endm
fast_call_not:
    fast_not SYS_CALL
fast_reply_not:
    fast_not SYS_REPLY_RECV
    .size syscall_enter, . - syscall_enter

    .type syscall_enter_slow, @function
syscall_enter_slow:
    movq %rsp, %gs:HART_SCRATCH
    movq %gs:HART_THREAD, %rsp
    REGISTERS_UNTRAPPED(SAVE)
    movq $VECTOR_SYSCALL, REG_vector(%rsp)
    movq $0, REG_error(%rsp)
    movq %rcx, REG_rip(%rsp)
    movq $SELECTOR_USER_CODE, REG_cs(%rsp)
    movq %r11, REG_rflags(%rsp)
    movq %gs:HART_SCRATCH, %rax
    movq %rax, REG_rsp(%rsp)
    movq $SELECTOR_USER_DATA, REG_ss(%rsp)
    movq %gs:HART_STACK, %rsp
    jmp trap_call
    .size syscall_enter_slow, . - syscall_enter_slow

/* An interrupt while the hart is idle, or a mistake of the kernel: struct registers stands on the kernel stack. */
    .type trap_enter_kernel, @function
trap_enter_kernel:
    REGISTERS_UNTRAPPED(SAVE)
    cld
    movq %rsp, %rdi
    call trap_kernel
    REGISTERS_UNTRAPPED(RESTORE)
    addq $REG_rip, %rsp
    iretq
    .size trap_enter_kernel, . - trap_enter_kernel

    .type trap_enter_emergency, @function
trap_enter_emergency:
    subq $REG_vector, %rsp
    REGISTERS_UNTRAPPED(SAVE)
    cld
    /* Whose GS base is loaded cannot be known here, so the hart's address comes from the stack. */
    movl $MSR_GS_BASE, %ecx
    movl REGISTERS_SIZE(%rsp), %eax
    movl REGISTERS_SIZE + 4(%rsp), %edx
    wrmsr
    movq %rsp, %rdi
    xorl %ebp, %ebp
    call trap_emergency
    ud2
    .size trap_enter_emergency, . - trap_enter_emergency

#define CAPTURE(name, offset) movq %name, offset(%rdi)

    .globl registers_capture
    .type registers_capture, @function
registers_capture:
    REGISTERS_UNTRAPPED(CAPTURE)
    movq $0, REG_fs_base(%rdi)
    movq $0, REG_gs_base(%rdi)
    movq $0, REG_vector(%rdi)
    movq $0, REG_error(%rdi)
    movq (%rsp), %rax
    movq %rax, REG_rip(%rdi)
    movq $SELECTOR_KERNEL_CODE, REG_cs(%rdi)
    pushfq
    popq REG_rflags(%rdi)
    leaq 8(%rsp), %rax
    movq %rax, REG_rsp(%rdi)
    movq $SELECTOR_KERNEL_DATA, REG_ss(%rdi)
    movq REG_rax(%rdi), %rax
    ret
    .size registers_capture, . - registers_capture

    .section .note.GNU-stack, "", @progbits
