/* What the guest suite needs to know of this architecture. */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include <tiss/registers.h>

#define GUEST_LEVELS 3            /* of page tables */
#define GUEST_RETURN 0x8082UL     /* the instruction that returns */
#define GUEST_HAS_PORTS 0
#define GUEST_HAS_MESSAGES 0      /* the PLIC has wires alone */

/* PCI on virt: the configuration of bus 0, where a register block can be put, and the line of a slot's pin A (QEMU's hw/riscv/virt.c). */
#define GUEST_PCI_CONFIG 0x30000000UL
#define GUEST_PCI_MEMORY 0x40000000UL
#define GUEST_PCI_LINE(slot) (32 + (slot) % 4)

/* Addresses where the kernel has its memory, its code and its data. */
static const word_t guest_kernel_addresses[] = {0xffffffc080000000, 0xffffffc080400000, 0xffffffff80200000, 0xffffffffffffff00};

/* registers.S: the registers that it fills, in its order, and which of them a plain system call uses up: number, and where it resumes. */
#define HELD_COUNT 29
static const unsigned short held_offset[HELD_COUNT] = {
    REG_ra, REG_gp, REG_tp, REG_t0, REG_t1, REG_t2, REG_t3, REG_t4, REG_t5,  REG_t6,  REG_s0, REG_s1, REG_s2, REG_s3, REG_s4,
    REG_s5, REG_s6, REG_s7, REG_s8, REG_s9, REG_s10, REG_s11, REG_a1, REG_a2, REG_a3, REG_a4, REG_a5, REG_a6, REG_a7,
};
#define HELD_OVER_CALL ((1u << HELD_COUNT) - 1 - (1u << 0 | 1u << 28))

/* Registers that a supervisor must not choose; there are no flags. */
static const unsigned short guest_sealed[] = {REG_status};
#define GUEST_FLAGS REG_status
#define GUEST_FLAGS_SEALED 0UL

/* Instructions that fault: what the handler is told, and how far to go on behind them. */
struct guest_fault {
    void (*raise)(void);
    unsigned kind;
    unsigned length;
    word_t cause;
};

static inline void raise_illegal(void)
{
    __asm__ volatile(".4byte 0xc0001073"); /* writes a counter */
}

static inline void raise_privileged(void)
{
    __asm__ volatile(".4byte 0x12000073" : : : "memory"); /* sfence.vma */
}

static inline void raise_breakpoint(void)
{
    __asm__ volatile(".4byte 0x00100073");
}

static inline void raise_misaligned(void)
{
    static word_t words[2];
    __asm__ volatile("lr.d zero, (%0)" : : "r"((char *)words + 1) : "memory");
}

static const struct guest_fault guest_faults[] = {
    {raise_illegal, FAULT_ILLEGAL, 4, 2},
    {raise_privileged, FAULT_ILLEGAL, 4, 2},
    {raise_breakpoint, FAULT_BREAKPOINT, 4, 3},
    {raise_misaligned, FAULT_ALIGNMENT, 4, 4},
};

#endif
