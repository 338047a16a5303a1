#include "registers.h"

#define SET(name, value) registers->name = (value)

void registers_init(struct registers *registers)
{
    REGISTERS_USER(SET);
}

void registers_start(struct registers *registers, vaddr_t pc, vaddr_t sp, word_t argument)
{
    *registers = (struct registers){.cap = argument};
    registers_init(registers);
    registers_set_pc(registers, pc);
    registers_set_sp(registers, sp);
}
