/* Decode and dispatch. */
#include "syscall.h"

#include "arch.h"
#include "cap_lookup.h"
#include "invariants.h"
#include "panic.h"
#include "thread.h"

#define SYSCALL_HANDLER(upper, lower) [SYS_##upper] = syscall_##lower,
static status_t (*const handlers[SYS_COUNT])(struct thread *) = {SYSCALLS(SYSCALL_HANDLER)};
#undef SYSCALL_HANDLER

void syscall_handle(struct thread *thread)
{
    word_t number = thread->registers.number;
    status_t status = number < SYS_COUNT ? handlers[number](thread) : STATUS_NO_SYSCALL;

    if (status != STATUS_SET)
        thread->registers.number = status;
    invariants_after_syscall();
}

status_t syscall_kernel_panic(struct thread *thread)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_KERNEL, RIGHT_WRITE, &slot);

    if (!BUILD_DEBUG)
        return STATUS_NO_SYSCALL;
    if (status != STATUS_OK)
        return status;
    assert(slot->type != OBJECT_KERNEL, (word_t)thread, slot->type); /* what was asked for: a fact that does not hold */
    return STATUS_OK;
}
