/* The functions of kernel/arch.h for what has no state that the tested files could see: floating point and interrupt messages. */
#include <string.h>

#include "arch.h"
#include "check.h"
#include "fpu.h"
#include "thread.h"

void fpu_state_start(struct fpu_state *state)
{
    memset(state, 0, sizeof(*state));
}

void fpu_switch(struct thread *owner, struct thread *thread)
{
    CHECK(owner != thread && thread->fpu_used);
    CHECK(owner == NULL || owner->fpu_used);
}

/* The last line is one of messages, and so of edges alone. */
bool irq_line_trigger(unsigned line, unsigned trigger)
{
    return line < IRQ_LINES - 1 || trigger == TRIGGER_EDGE;
}

bool irq_line_message(unsigned line, paddr_t *address, uint32_t *data)
{
    *address = 0xfee00000;
    *data = line;
    return line == IRQ_LINES - 1;
}
