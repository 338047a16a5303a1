/* Breakpoints in another thread's text, and its steps. */
#include "debug.h"
#include "arch.h"
#include <tiss/registers.h>

_Static_assert(sizeof(((struct debug_break *)0)->bytes) >= ARCH_BREAK_BYTES, "what a breakpoint covers is kept");

status_t debug_break_set(struct debuggee *debuggee, struct debug_break *one, word_t at)
{
    static const uint16_t instruction = ARCH_BREAK;
    uint8_t *place = debuggee->text + (at - debuggee->start);

    if (at < debuggee->start || at >= debuggee->end || debuggee->end - at < ARCH_BREAK_BYTES)
        return STATUS_BAD_ARGUMENT;
    memcpy(one->bytes, place, ARCH_BREAK_BYTES);
    one->at = at;
    one->set = true;
    memcpy(place, &instruction, ARCH_BREAK_BYTES);
    arch_code_written();
    return STATUS_OK;
}

void debug_break_clear(struct debuggee *debuggee, struct debug_break *one)
{
    if (!one->set)
        return;
    memcpy(debuggee->text + (one->at - debuggee->start), one->bytes, ARCH_BREAK_BYTES);
    one->set = false;
    arch_code_written();
}

status_t debug_step(struct debuggee *debuggee)
{
    return debug_step_arm(debuggee);
}

status_t debug_stopped(struct debuggee *debuggee, const struct message *fault, word_t *pc)
{
    word_t told = fault->words[FAULT_WORD_PC];
    status_t status = debug_step_disarm(debuggee);

    debug_break_clear(debuggee, &debuggee->next);
    *pc = debug_fault_pc(fault->words[FAULT_WORD_CAUSE], told);
    if (status == STATUS_OK && *pc != told)
        status = thread_write(debuggee->thread, REG_PC / sizeof(word_t), *pc);
    return status;
}
