/* Making a thread. */
#include "cost.h"

#define MEMORY_BITS 16

static char stack[256] __attribute__((aligned(16)));

static void never(void)
{
    for (;;)
        ;
}

/*
 * Until it can run. Inside: making the thread and its scheduling context from untyped memory, the context's priority and budget, table,
 * address space, time and fault endpoint of the thread, and its start, after which it is ready. It shares its creator's table and address
 * space; its stack is there.
 */
TEST(thread_create)
{
    word_t memory = make_sized(OBJECT_UNTYPED, MEMORY_BITS), thread = slot_new(), time = slot_new();
    word_t faults = minted(supervisor_endpoint(), RIGHT_WRITE, 2);

    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        ok(untyped_retype(memory, OBJECT_THREAD, 0, thread, 0, 0, NULL));
        ok(untyped_retype(memory, OBJECT_SCHED_CONTEXT, 0, time, 0, 0, NULL));
        ok(sched_configure(time, LOW, 10000000, 10000000));
        ok(thread_configure(thread, SLOT_TABLE, SLOT_VSPACE, time, faults, 0));
        ok(thread_start(thread, (word_t)never, (word_t)stack + sizeof(stack), 0));
        mark_end();
        sample_take();
        while (cap_revoke(0, memory) == STATUS_AGAIN)
            ;
        expect(is_empty(thread) && is_empty(time), thread, time);
    }
    samples_tell();
}
