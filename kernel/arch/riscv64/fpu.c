/*
 * Extensions F and D. A thread's own sstatus says whether it may use them (FS, 3.1.6.6): it is Off for all but the owner, so that nothing
 * has to be done when threads are switched. V stays off for all: nobody sets VS.
 */
#include "arch.h"
#include "string.h"
#include "thread.h"

_Static_assert(offsetof(struct fpu_state, control) == FPU_CONTROL, "fpu.S uses it");

void fpu_save(struct fpu_state *state);
void fpu_load(const struct fpu_state *state);
bool fpu_has_double(void);

static bool present;

void fpu_init(void)
{
    csr_set("sstatus", SSTATUS_FS);
    present = (csr_read("sstatus") & SSTATUS_FS) != 0 && fpu_has_double();
    csr_clear("sstatus", SSTATUS_FS);
}

bool fpu_is_wanted(const struct thread *thread)
{
    return present && (thread->registers.status & SSTATUS_FS) == 0;
}

/* Every register 0; rounding to nearest, no flags. */
void fpu_state_start(struct fpu_state *state)
{
    memset(state, 0, sizeof(*state));
}

void fpu_switch(struct thread *owner, struct thread *thread)
{
    csr_set("sstatus", SSTATUS_FS); /* for the kernel, until it returns */
    if (owner != NULL) {
        fpu_save(&owner->fpu);
        owner->registers.status &= ~(word_t)SSTATUS_FS;
    }
    fpu_load(&thread->fpu);
    thread->registers.status |= SSTATUS_FS;
}
