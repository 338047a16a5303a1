#include "fpu.h"

#include "arch.h"
#include "hart.h"
#include "thread.h"

void fpu_take(struct thread *thread)
{
    struct hart *hart = hart_self();

    if (!thread->fpu_used)
        fpu_state_start(&thread->fpu);
    thread->fpu_used = true;
    fpu_switch(hart->fpu_owner, thread);
    hart->fpu_owner = thread;
}

void fpu_forget(struct thread *thread)
{
    struct hart *hart = hart_self();

    thread->fpu_used = false;
    if (hart->fpu_owner == thread)
        hart->fpu_owner = NULL;
}
