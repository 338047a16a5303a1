#include "cast.h"

#include <string.h>

#include "arch/host.h"
#include "check.h"

#define THREAD_SLOT(index) (CAST_THREADS + 4 * (index))

void cast_begin(void)
{
    world_init();
    world_make(CAST_ENDPOINT, OBJECT_ENDPOINT, 0);
    world_make(CAST_OTHER_ENDPOINT, OBJECT_ENDPOINT, 0);
    world_make(CAST_NOTIFICATION, OBJECT_NOTIFICATION, 0);
    world_make(CAST_REPLY, OBJECT_REPLY, 0);
    world_make(CAST_OTHER_REPLY, OBJECT_REPLY, 0);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, CAST_BADGED, CAST_ENDPOINT, RIGHT_ALL, CAST_BADGE), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, CAST_BADGED_NOTIFICATION, CAST_NOTIFICATION, RIGHT_ALL, CAST_BADGE), STATUS_OK);
}

struct thread *cast_thread(unsigned index, unsigned priority, bool own_time)
{
    unsigned slot = THREAD_SLOT(index);
    struct thread *thread = (struct thread *)world_make(slot, OBJECT_THREAD, 0)->object;

    if (own_time) {
        world_make(slot + 1, OBJECT_SCHED_CONTEXT, 0);
        CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, slot + 1, priority, BUDGET_DEFAULT, BUDGET_DEFAULT), STATUS_OK);
    }
    CHECK_EQUAL(INVOKE(SYS_THREAD_CONFIGURE, slot, WORLD_TABLE, 0, own_time ? slot + 1 : 0, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_THREAD_START, slot, 0x1000 * (index + 1), 0x100000, index), STATUS_OK);
    return thread;
}

struct endpoint *cast_endpoint(unsigned slot)
{
    return (struct endpoint *)world.table[slot].object;
}

void cast_turn(struct thread *thread)
{
    for (unsigned i = 0; i < 20; i++) {
        if (sched_next() == &thread->registers)
            return;
        host.now += BUDGET_DEFAULT; /* whoever it is has had its turn */
        sched_tick();
    }
    check_failed(__FILE__, __LINE__, "a thread's turn does not come: it is in state %u and %s time", thread->state,
                 sched_time_of(thread) == NULL ? "has no" : "has");
}

status_t cast_act(struct thread *thread, unsigned number, word_t cap, word_t info, const word_t *words)
{
    cast_turn(thread);
    status_t status = world_invoke(thread, number, cap, info, words);
    cast_check();
    return status;
}

void cast_delete(unsigned slot)
{
    CHECK_EQUAL(world_repeat(SYS_CAP_DELETE, 0, slot, (const word_t[5]){0}, 1000), STATUS_OK);
    cast_check();
}
