/* What the guest suite needs to know of this architecture. */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include <tiss/registers.h>

#define GUEST_LEVELS 4            /* of page tables */
#define GUEST_RETURN 0xc3UL       /* the instruction that returns */
#define GUEST_HAS_PORTS 1
#define GUEST_HAS_MESSAGES 1      /* interrupt lines that a device raises by a write */

/* PCI on q35: where a register block can be put, and the line of pin A of slots below 25 (QEMU's hw/isa/lpc_ich9.c). */
#define GUEST_PCI_CONFIG 0UL      /* by ports */
#define GUEST_PCI_MEMORY 0xe0000000UL
#define GUEST_PCI_LINE(slot) (20 + (slot) % 4)

/* Addresses where the kernel has its memory, its code and its data. */
static const word_t guest_kernel_addresses[] = {0xffff800000000000, 0xffff800000200000, 0xffffffff80100000, 0xffffffffffffff00};

/* registers.S: the registers that it fills, in its order, and which of them a plain system call uses up: status, and SYSCALL's own. */
#define HELD_COUNT 14
static const unsigned short held_offset[HELD_COUNT] = {
    REG_rax, REG_rbx, REG_rcx, REG_rdx, REG_rsi, REG_rbp, REG_r8, REG_r9, REG_r10, REG_r11, REG_r12, REG_r13, REG_r14, REG_r15,
};
#define HELD_OVER_CALL ((1u << HELD_COUNT) - 1 - (1u << 0 | 1u << 2 | 1u << 9))

/* Registers that a supervisor must not choose, and one of flags. */
static const unsigned short guest_sealed[] = {REG_cs, REG_ss, REG_vector, REG_error};
#define GUEST_FLAGS REG_rflags
#define GUEST_FLAGS_SEALED 0x3200UL /* IOPL and IF */

/* Instructions that fault: what the handler is told, and how far to go on behind them. */
struct guest_fault {
    void (*raise)(void);
    unsigned kind;
    unsigned length;
    word_t cause;
};

static inline void raise_illegal(void)
{
    __asm__ volatile("ud2");
}

static inline void raise_privileged(void)
{
    __asm__ volatile("hlt");
}

static inline void raise_breakpoint(void)
{
    __asm__ volatile("int3");
}

static inline void raise_division(void)
{
    __asm__ volatile("xorl %%ecx, %%ecx; movl $1, %%eax; xorl %%edx, %%edx; divl %%ecx" : : : "rax", "rcx", "rdx");
}

static const struct guest_fault guest_faults[] = {
    {raise_illegal, FAULT_ILLEGAL, 2, 6},
    {raise_privileged, FAULT_ILLEGAL, 1, 13},
    {raise_breakpoint, FAULT_BREAKPOINT, 0, 3}, /* told after the instruction */
    {raise_division, FAULT_ARITHMETIC, 2, 0},
};

#endif
