/* Steps by the trap flag: the processor raises a debug exception after one instruction (SDM 18.3.1.4). */
#include "debug.h"
#include <tiss/registers.h>

#define FLAG_TRAP 0x100UL
#define CAUSE_VECTOR 0xff
#define VECTOR_BREAKPOINT 3

static status_t flag_write(const struct debuggee *debuggee, word_t flag)
{
    word_t flags;
    status_t status = thread_read(debuggee->thread, REG_rflags / sizeof(word_t), &flags);

    return status == STATUS_OK ? thread_write(debuggee->thread, REG_rflags / sizeof(word_t), (flags & ~FLAG_TRAP) | flag) : status;
}

status_t debug_step_arm(struct debuggee *debuggee)
{
    return flag_write(debuggee, FLAG_TRAP);
}

status_t debug_step_disarm(struct debuggee *debuggee)
{
    return flag_write(debuggee, 0);
}

word_t debug_fault_pc(word_t cause, word_t pc)
{
    return (cause & CAUSE_VECTOR) == VECTOR_BREAKPOINT ? pc - 1 : pc; /* INT3 is told after it was run */
}
