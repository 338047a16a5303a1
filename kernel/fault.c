/* Faults: a thread's own mistake, told to its fault endpoint as a call from it. */
#include "arch.h"
#include "endpoint.h"
#include "thread.h"

const struct exception *exception_of(word_t number)
{
    static const struct exception unknown = {"unexpected exception or interrupt", FAULT_OTHER, 0};

    return number < EXCEPTIONS && exceptions[number].name != NULL ? &exceptions[number] : &unknown;
}

void fault_raise(struct thread *thread, unsigned kind, vaddr_t address, unsigned access, word_t cause)
{
    struct slot *handler = &thread->slots[THREAD_FAULT];
    const struct registers *registers = &thread->registers;
    unsigned nesting = thread->caller != NULL && thread->caller->fault.pending ? thread->caller->fault.nesting + 1 : 0;

    if (handler->type != OBJECT_ENDPOINT || nesting >= FAULTS_MAX || thread->nesting >= CALLS_MAX) {
        thread_give_up(thread);
        return;
    }
    thread->fault = (struct fault){true, nesting, kind, {address, registers_pc(registers), access, cause, registers_sp(registers)}};
    endpoint_send(handler, thread, true);
}
