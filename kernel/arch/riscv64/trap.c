#include "arch.h"
#include "fpu.h"
#include "hart.h"
#include "panic.h"
#include "machine_riscv.h"
#include "thread.h"

#define CAUSE_INTERRUPT (1UL << 63) /* 4.1.8 */
#define CAUSE_TIMER 5
#define CAUSE_EXTERNAL 9
#define CAUSE_ILLEGAL 2

struct hart hart_boot;

const struct exception exceptions[EXCEPTIONS] = { /* by cause */
    [0] = {"misaligned fetch", FAULT_ALIGNMENT, RIGHT_EXECUTE},
    [1] = {"fetch from no memory", FAULT_OTHER, RIGHT_EXECUTE},
    [CAUSE_ILLEGAL] = {"illegal instruction", FAULT_ILLEGAL, 0},
    [3] = {"breakpoint", FAULT_BREAKPOINT, 0},
    [4] = {"misaligned load", FAULT_ALIGNMENT, RIGHT_READ},
    [5] = {"load from no memory", FAULT_OTHER, RIGHT_READ},
    [6] = {"misaligned store", FAULT_ALIGNMENT, RIGHT_WRITE},
    [7] = {"store to no memory", FAULT_OTHER, RIGHT_WRITE},
    [12] = {"fetch page fault", FAULT_PAGE, RIGHT_EXECUTE},
    [13] = {"load page fault", FAULT_PAGE, RIGHT_READ},
    [15] = {"store page fault", FAULT_PAGE, RIGHT_WRITE},
};

void trap_entry(void);
_Noreturn void trap_kernel(struct registers *registers);

void trap_init(struct hart *hart)
{
    extern word_t boot_hartid;

    hart->cpu.hartid = boot_hartid;
    csr_write("scounteren", 7); /* programs read time and instret themselves: 4.1.5 */
    csr_write("sie", SIE_EXTERNAL); /* the timer's comes with timer_set() */
}

static void interrupt(word_t cause)
{
    if (cause == CAUSE_TIMER) {
        timer_stop();
        sched_tick();
    } else if (cause == CAUSE_EXTERNAL) {
        plic_serve();
    }
}

struct registers *trap_user(void)
{
    struct thread *thread = hart_self()->thread;
    word_t cause = csr_read("scause");

    if (cause & CAUSE_INTERRUPT) {
        interrupt(cause & ~CAUSE_INTERRUPT);
    } else if (cause == CAUSE_ECALL) {
        thread->registers.pc = thread->registers.ra; /* the ABI: a syscall resumes there */
        syscall_handle(thread);
    } else if (cause == CAUSE_ILLEGAL && fpu_is_wanted(thread)) {
        fpu_take(thread); /* if it was no instruction of the unit after all, it comes again and is a fault */
    } else {
        const struct exception *exception = exception_of(cause);
        fault_raise(thread, exception->fault, csr_read("stval"), exception->access, cause);
    }
    return sched_next();
}

void trap_kernel(struct registers *registers)
{
    word_t cause = csr_read("scause");

    panic_trap(registers, cause, cause, csr_read("stval"));
}

void cpu_wait(void)
{
    __asm__ volatile("wfi" ::: "memory"); /* wakes on what sie enables, though sstatus.SIE is off: 3.3.3 */
    word_t pending = csr_read("sip") & csr_read("sie");

    if (pending & SIE_TIMER)
        interrupt(CAUSE_TIMER);
    if (pending & SIE_EXTERNAL)
        interrupt(CAUSE_EXTERNAL);
}

bool registers_write(struct registers *registers, unsigned index, word_t value)
{
    if (index * sizeof(word_t) == REG_status)
        return false;
    ((word_t *)registers)[index] = value;
    return true;
}
