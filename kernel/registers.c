#include "registers.h"

void registers_start(struct registers *registers, vaddr_t pc, vaddr_t sp, word_t argument)
{
    *registers = (struct registers){.cap = argument, REGISTERS_USER};
    registers_set_pc(registers, pc);
    registers_set_sp(registers, sp);
}
