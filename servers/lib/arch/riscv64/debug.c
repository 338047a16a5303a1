/*
 * Steps without help of the processor: user mode has no trap after one instruction, so a breakpoint is set where the next one leads.
 * Formats and codes: The RISC-V Instruction Set Manual, volume I, 2.2, 2.5 and 24 ("RV32/64G Instruction Set Listings"); compressed: 16.
 */
#include "debug.h"
#include <tiss/registers.h>

#define OPCODE_BRANCH 0x63
#define OPCODE_JALR 0x67
#define OPCODE_JAL 0x6f
#define ECALL 0x73U

/* Of compressed instructions: the quadrant, and funct3 above it. */
#define COMPRESSED(quadrant, funct3) ((quadrant) | (funct3) << 2)
#define C_J COMPRESSED(1, 5)
#define C_BEQZ COMPRESSED(1, 6)
#define C_BNEZ COMPRESSED(1, 7)
#define C_JUMP_REGISTER COMPRESSED(2, 4) /* C.JR and C.JALR, if no second register is named: else C.MV and C.ADD */

/* x1 to x31. */
static const uint16_t offsets[] = {
    REG_ra, REG_sp, REG_gp, REG_tp, REG_t0, REG_t1, REG_t2, REG_s0, REG_s1, REG_a0, REG_a1,  REG_a2,  REG_a3, REG_a4, REG_a5, REG_a6,
    REG_a7, REG_s2, REG_s3, REG_s4, REG_s5, REG_s6, REG_s7, REG_s8, REG_s9, REG_s10, REG_s11, REG_t3, REG_t4, REG_t5, REG_t6,
};

static word_t register_of(const struct debuggee *debuggee, unsigned number)
{
    word_t value = 0;

    if (number != 0)
        thread_read(debuggee->thread, offsets[number - 1] / sizeof(word_t), &value);
    return value;
}

/* Bits [low, low + count) of an instruction, put at `to`. */
static word_t bits(uint32_t instruction, unsigned low, unsigned count, unsigned to)
{
    return (word_t)(instruction >> low & ((1U << count) - 1)) << to;
}

static word_t sign_extended(word_t value, unsigned width)
{
    word_t sign = 1UL << (width - 1);

    return (value ^ sign) - sign;
}

static bool branch_taken(unsigned condition, word_t one, word_t other)
{
    bool holds = condition < 2 ? one == other : condition < 6 ? (int64_t)one < (int64_t)other : one < other;

    return condition & 1 ? !holds : holds; /* each condition is followed by its contrary */
}

/* Where an instruction of 32 bits leads. */
static word_t successor(const struct debuggee *debuggee, word_t pc, uint32_t instruction)
{
    word_t one = register_of(debuggee, instruction >> 15 & 31);
    word_t offset;

    if (instruction == ECALL)
        return register_of(debuggee, 1); /* the kernel's rule: a system call resumes at ra */
    switch (instruction & 0x7f) {
    case OPCODE_JAL:
        offset = bits(instruction, 21, 10, 1) | bits(instruction, 20, 1, 11) | bits(instruction, 12, 8, 12) | bits(instruction, 31, 1, 20);
        return pc + sign_extended(offset, 21);
    case OPCODE_JALR:
        return (one + sign_extended(instruction >> 20, 12)) & ~1UL;
    case OPCODE_BRANCH:
        offset = bits(instruction, 8, 4, 1) | bits(instruction, 25, 6, 5) | bits(instruction, 7, 1, 11) | bits(instruction, 31, 1, 12);
        if (branch_taken(instruction >> 12 & 7, one, register_of(debuggee, instruction >> 20 & 31)))
            return pc + sign_extended(offset, 13);
        return pc + 4;
    default:
        return pc + 4;
    }
}

/* Where an instruction of 16 bits leads. */
static word_t successor_compressed(const struct debuggee *debuggee, word_t pc, uint32_t instruction)
{
    unsigned full = instruction >> 7 & 31;
    word_t tested = register_of(debuggee, 8 + (full & 7));
    word_t jump = bits(instruction, 3, 3, 1) | bits(instruction, 11, 1, 4) | bits(instruction, 2, 1, 5) | bits(instruction, 7, 1, 6) |
                  bits(instruction, 6, 1, 7) | bits(instruction, 9, 2, 8) | bits(instruction, 8, 1, 10) | bits(instruction, 12, 1, 11);
    word_t branch = bits(instruction, 3, 2, 1) | bits(instruction, 10, 2, 3) | bits(instruction, 2, 1, 5) | bits(instruction, 5, 2, 6) |
                    bits(instruction, 12, 1, 8);

    switch (COMPRESSED(instruction & 3, instruction >> 13)) {
    case C_J:
        return pc + sign_extended(jump, 12);
    case C_BEQZ:
        return pc + (tested == 0 ? sign_extended(branch, 9) : 2);
    case C_BNEZ:
        return pc + (tested != 0 ? sign_extended(branch, 9) : 2);
    case C_JUMP_REGISTER:
        return full != 0 && (instruction >> 2 & 31) == 0 ? register_of(debuggee, full) & ~1UL : pc + 2;
    default:
        return pc + 2;
    }
}

status_t debug_step_arm(struct debuggee *debuggee)
{
    word_t pc, next;
    uint32_t instruction = 0;
    status_t status = thread_read(debuggee->thread, REG_PC / sizeof(word_t), &pc);

    if (status != STATUS_OK)
        return status;
    if (pc < debuggee->start || pc >= debuggee->end)
        return STATUS_BAD_ARGUMENT;
    memcpy(&instruction, debuggee->text + (pc - debuggee->start), debuggee->end - pc < 4 ? 2 : 4);
    next = (instruction & 3) == 3 ? successor(debuggee, pc, instruction) : successor_compressed(debuggee, pc, instruction & 0xffff);
    return next == pc ? STATUS_ALREADY : debug_break_set(debuggee, &debuggee->next, next);
}

status_t debug_step_disarm(struct debuggee *debuggee)
{
    (void)debuggee; /* its breakpoint is cleared on every machine */
    return STATUS_OK;
}

word_t debug_fault_pc(word_t cause, word_t pc)
{
    (void)cause;
    return pc; /* EBREAK is told where it stands */
}
