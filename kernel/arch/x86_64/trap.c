/* What the processor's vectors mean, and the tables that lead to trap.S. */
#include "apic.h"
#include "arch.h"
#include "fpu.h"
#include "hart.h"
#include "panic.h"
#include "thread.h"

#define USER_HALF_BITS 47 /* a canonical address of the user half has no bit from here on */

/* Page fault error code (SDM 4.7). */
#define ERROR_WRITE 0x02
#define ERROR_FETCH 0x10

#define GATE_INTERRUPT 0x8e00 /* present, for the kernel alone, interrupts off */
#define GATE_USER 0x6000      /* user mode may raise it by INT n */
#define TSS_AVAILABLE 0x89

_Static_assert(offsetof(struct hart, cpu.self) == HART_SELF, "hart_self() reads it");
_Static_assert(offsetof(struct hart, cpu.tss.rsp[0]) == HART_RSP0, "trap.S writes it");
_Static_assert(HART_CPU == HART_SELF, "struct hart_cpu starts with it");
_Static_assert(sizeof(struct task_state) == 104, "SDM 8.7");
_Static_assert(sizeof(((struct hart_cpu *)0)->gdt) == SELECTOR_TSS + 16, "a descriptor for each selector");
_Static_assert(REGISTERS_SIZE % 16 == 0, "the processor pushes its frame at a multiple of 16");
_Static_assert(REG_ss + 8 == REGISTERS_SIZE && REG_rip - REG_vector == 16, "trap.S completes the processor's frame");

void trap_kernel(struct registers *registers);
_Noreturn void trap_emergency(struct registers *registers);

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t ist; /* 0, or 1 + enum emergency */
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

/* What lgdt and lidt read. */
struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

const struct exception exceptions[EXCEPTIONS] = { /* by vector; of a page fault the error code tells the access */
    [0] = {"division error", FAULT_ARITHMETIC, 0},
    [VECTOR_DEBUG] = {"debug exception", FAULT_BREAKPOINT, 0},
    [VECTOR_NMI] = {"non-maskable interrupt", FAULT_OTHER, 0},
    [VECTOR_BREAKPOINT] = {"breakpoint", FAULT_BREAKPOINT, 0},
    [6] = {"invalid instruction", FAULT_ILLEGAL, 0},
    [VECTOR_FPU_OFF] = {"floating point is off", FAULT_ILLEGAL, 0},
    [VECTOR_DOUBLE_FAULT] = {"double fault", FAULT_OTHER, 0},
    [10] = {"invalid TSS", FAULT_OTHER, 0},
    [11] = {"segment not present", FAULT_OTHER, 0},
    [12] = {"stack fault", FAULT_OTHER, 0},
    [13] = {"general protection", FAULT_ILLEGAL, 0},
    [VECTOR_PAGE_FAULT] = {"page fault", FAULT_PAGE, 0},
    [16] = {"floating point error", FAULT_ARITHMETIC, 0},
    [17] = {"misaligned access", FAULT_ALIGNMENT, 0},
    [VECTOR_MACHINE_CHECK] = {"machine check", FAULT_OTHER, 0},
    [19] = {"SIMD floating point error", FAULT_ARITHMETIC, 0},
};

static bool bases_by_instruction; /* CR4.FSGSBASE is on, so that user code has the instructions too */

struct hart hart_boot; /* the first, and yet the only one: entry.S makes it hart_self() */

static struct gate gates[VECTOR_COUNT] __attribute__((aligned(16)));

static vaddr_t fault_address(void)
{
    vaddr_t address;

    __asm__ volatile("movq %%cr2, %0" : "=r"(address));
    return address;
}

static word_t trap_cause(const struct registers *registers)
{
    return registers->vector | registers->error << 8;
}

static void user_fault(struct thread *thread)
{
    const struct registers *registers = &thread->registers;
    unsigned kind = exception_of(registers->vector)->fault;
    vaddr_t address = registers->rip;
    unsigned access = 0;

    if (kind == FAULT_PAGE) {
        address = fault_address();
        access = registers->error & ERROR_WRITE ? RIGHT_WRITE : registers->error & ERROR_FETCH ? RIGHT_EXECUTE : RIGHT_READ;
    }
    fault_raise(thread, kind, address, access, trap_cause(registers));
}

/*
 * What user code changes without the kernel, and no trap saves: the bases of FS and GS, each thread's own, and the segment registers, which
 * mean next to nothing in 64-bit mode, but hold a few values that another thread could read. Exchanged when another thread is to run.
 *
 * A path that is written for speed needs of this, from a thread to another: RDFSBASE and WRFSBASE, with a store and a load. It cannot do
 * with less by remembering what it wrote, since a thread changes its base by WRFSBASE, or to 0 by loading FS, unnoticed; and comparing
 * costs as much as WRFSBASE. GS base is dead over a message, so WRGSBASE of any register that is 0 (RAX, the status) after the last SWAPGS
 * does for it. Loading FS and GS sets their bases on some processors, so it comes before.
 */
static void segments_switch(struct registers *from, const struct registers *to)
{
    if (bases_by_instruction)
        __asm__ volatile("rdfsbase %0; swapgs; rdgsbase %1; movl %4, %%ds; movl %4, %%es; movl %4, %%fs; movl %4, %%gs;"
                         "wrgsbase %3; swapgs; wrfsbase %2"
                         : "=&r"(from->fs_base), "=&r"(from->gs_base)
                         : "r"(to->fs_base), "r"(to->gs_base), "r"(0));
    else {
        from->fs_base = msr_read(MSR_FS_BASE);
        from->gs_base = msr_read(MSR_OTHER_GS_BASE);
        __asm__ volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs; swapgs; movl %0, %%gs; swapgs" : : "r"(0));
        msr_write(MSR_FS_BASE, to->fs_base);
        msr_write(MSR_OTHER_GS_BASE, to->gs_base);
    }
}

struct registers *trap_user(void)
{
    struct hart *hart = hart_self();
    struct thread *thread = hart->thread;
    word_t vector = thread->registers.vector;

    if (vector == VECTOR_SYSCALL)
        syscall_handle(thread);
    else if (vector >= VECTOR_IRQ)
        interrupt_serve(vector);
    else if (vector == VECTOR_FPU_OFF)
        fpu_take(thread);
    else
        user_fault(thread);

    struct thread *last = hart->thread; /* NULL if it has ended itself */
    struct registers *registers = sched_next();
    /* IRET and SYSRET to an address that is not canonical would trap in the kernel: it is the thread's fault, so say so to its handler. */
    while (registers->rip >> USER_HALF_BITS != 0) {
        fault_raise(hart->thread, FAULT_PAGE, registers->rip, RIGHT_EXECUTE, VECTOR_PAGE_FAULT | ERROR_FETCH << 8);
        registers = sched_next();
    }
    if (hart->thread != last) {
        struct registers nobody;
        segments_switch(last == NULL ? &nobody : &last->registers, registers);
        fpu_follow(hart);
    }
    return registers;
}

void trap_emergency(struct registers *registers)
{
    word_t vector = registers->vector;
    bool has_address = vector == VECTOR_PAGE_FAULT || vector == VECTOR_DOUBLE_FAULT;

    registers->fs_base = registers->gs_base = 0; /* no trap saves them */
    panic_trap(registers, vector, trap_cause(registers), has_address ? fault_address() : 0);
}

void trap_kernel(struct registers *registers)
{
    if (registers->vector < VECTOR_IRQ || !hart_self()->idle)
        trap_emergency(registers);
    interrupt_serve(registers->vector);
}

void cpu_wait(void)
{
    __asm__ volatile("sti; hlt; cli" ::: "memory"); /* STI lets no interrupt in before HLT is waiting (SDM volume 2, STI) */
}

static bool is_canonical(word_t address)
{
    return (word_t)((int64_t)(address << 16) >> 16) == address;
}

bool registers_write(struct registers *registers, unsigned index, word_t value)
{
    switch (index * sizeof(word_t)) {
    case REG_vector:
    case REG_error:
    case REG_cs:
    case REG_ss:
        return false;
    case REG_fs_base:
    case REG_gs_base:
        if (!is_canonical(value)) /* loading it would trap in the kernel */
            return false;
        break;
    case REG_rflags:
        value = (registers->rflags & ~RFLAGS_USER) | (value & RFLAGS_USER);
        break;
    default:
        break;
    }
    ((word_t *)registers)[index] = value;
    registers->vector = 0; /* to user mode by IRET, which restores RCX and R11 too */
    return true;
}

static void gate_set(unsigned vector, unsigned attributes)
{
    vaddr_t offset = vector < VECTOR_IRQ ? (vaddr_t)exception_vectors + vector * EXCEPTION_STRIDE
                                         : (vaddr_t)interrupt_vectors + (vector - VECTOR_IRQ) * INTERRUPT_STRIDE;

    gates[vector] = (struct gate){
        .offset_low = (uint16_t)offset,
        .selector = SELECTOR_KERNEL_CODE,
        .ist = (uint16_t)(GATE_INTERRUPT | attributes),
        .offset_middle = (uint16_t)(offset >> 16),
        .offset_high = (uint32_t)(offset >> 32),
    };
}

static void segments_init(struct hart *hart)
{
    struct hart_cpu *cpu = &hart->cpu;
    vaddr_t tss = (vaddr_t)&cpu->tss;
    const uint64_t gdt[] = {
        0,
        0x00af9b000000ffff, /* SELECTOR_KERNEL_CODE (SDM 3.4.5: present, 64-bit, accessed already, so that the processor writes nothing) */
        0x00cf93000000ffff, /* SELECTOR_KERNEL_DATA */
        0x00cff3000000ffff, /* SELECTOR_USER_DATA */
        0x00affb000000ffff, /* SELECTOR_USER_CODE */
        (sizeof(cpu->tss) - 1) | (tss & 0xffffff) << 16 | (uint64_t)TSS_AVAILABLE << 40 | (tss >> 24 & 0xff) << 56,
        tss >> 32,
    };

    for (unsigned i = 0; i < array_count(gdt); i++)
        cpu->gdt[i] = gdt[i];
    cpu->tss.map = sizeof(cpu->tss);
    for (unsigned i = 0; i < EMERGENCIES; i++) {
        word_t *top = &cpu->emergency[i][EMERGENCY_WORDS - 2]; /* the processor takes it down to a multiple of 16 */
        top = (word_t *)align_down((vaddr_t)top, 16);
        *top = (vaddr_t)hart; /* trap.S finds it above the frame */
        cpu->tss.ist[i] = (vaddr_t)top;
    }
    struct table_pointer pointer = {sizeof(cpu->gdt) - 1, (vaddr_t)cpu->gdt};
    __asm__ volatile("lgdt %0; movl %1, %%ss; ltr %w2" : : "m"(pointer), "r"(SELECTOR_KERNEL_DATA), "r"(SELECTOR_TSS) : "memory");
    /* After a reset the LDT stands at address 0, 64 KiB large and valid (SDM table 10-1): a thread could map its own descriptors there. */
    __asm__ volatile("lldt %w0" : : "r"(0));
}

void trap_init(struct hart *hart)
{
    uint64_t cr4;

    __asm__("movq %%cr4, %0" : "=r"(cr4));
    bases_by_instruction = (cr4 & CR4_FSGSBASE) != 0;
    hart->attention |= bases_by_instruction ? 0 : ATTENTION_ALWAYS;
    hart->cpu.self = hart;
    msr_write(MSR_GS_BASE, (vaddr_t)hart);
    msr_write(MSR_OTHER_GS_BASE, 0);
    msr_write(MSR_FS_BASE, 0);
    segments_init(hart);

    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++)
        gate_set(vector, 0);
    gate_set(VECTOR_BREAKPOINT, GATE_USER);
    gate_set(VECTOR_DOUBLE_FAULT, 1 + EMERGENCY_FAULT);
    gate_set(VECTOR_NMI, 1 + EMERGENCY_NMI);
    gate_set(VECTOR_MACHINE_CHECK, 1 + EMERGENCY_NMI);
    struct table_pointer pointer = {sizeof(gates) - 1, (vaddr_t)gates};
    __asm__ volatile("lidt %0" : : "m"(pointer) : "memory");

    /* SYSRET adds 8 and 16 to its selector for SS and CS; its RPL of 3 is added here. */
    msr_write(MSR_STAR, (uint64_t)(SELECTOR_USER_DATA - 8) << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
    msr_write(MSR_LSTAR, (vaddr_t)syscall_enter);
    msr_write(MSR_SFMASK, RFLAGS_INTERRUPT | RFLAGS_DIRECTION | RFLAGS_TRAP | RFLAGS_ACCESS | RFLAGS_NESTED);
    msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SYSCALL);
}
