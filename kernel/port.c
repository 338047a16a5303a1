/* I/O ports, by capability. On a machine without them no such capability exists. */
#include "arch.h"
#include "cap_lookup.h"
#include "cap_range.h"
#include "syscall.h"
#include "thread.h"

static status_t port_of(struct thread *thread, unsigned right)
{
    word_t port = thread->registers.info;
    word_t width = thread->registers.message[0];
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_IO_PORT, right, &slot);

    if (status != STATUS_OK)
        return status;
    if ((width != 1 && width != 2 && width != 4) || port > 0xffff || !cap_range_holds(slot, port | width << 32))
        return STATUS_BAD_ARGUMENT;
    return STATUS_OK;
}

status_t syscall_port_in(struct thread *thread)
{
    struct registers *registers = &thread->registers;
    status_t status = port_of(thread, RIGHT_READ);

    if (status != STATUS_OK)
        return status;

    registers->message[0] = port_read((unsigned)registers->info, (unsigned)registers->message[0]);
    return STATUS_OK;
}

status_t syscall_port_out(struct thread *thread)
{
    struct registers *registers = &thread->registers;
    status_t status = port_of(thread, RIGHT_WRITE);

    if (status != STATUS_OK)
        return status;

    port_write((unsigned)registers->info, (unsigned)registers->message[0], (uint32_t)registers->message[1]);
    return STATUS_OK;
}
