#include "world.h"

#include <string.h>

#include "arch/host.h"
#include "cap_range.h"
#include "check.h"
#include "hart.h"
#include "invariants.h"
#include "memory.h"
#include "paging.h"
#include "sched.h"
#include "space.h"

#define THREADS_MAX 4

struct world world;

static uint8_t memory[1 << WORLD_MEMORY_BITS] __attribute__((aligned(1 << WORLD_MEMORY_BITS)));
static struct slot root_table[WORLD_SLOTS] __attribute__((aligned(sizeof(struct slot))));
static struct {
    struct thread thread __attribute__((aligned(1 << OBJECT_THREAD_BITS)));
} threads[THREADS_MAX];
static unsigned threads_used;

struct thread *world_thread(void)
{
    CHECK(threads_used < THREADS_MAX);
    struct thread *thread = &threads[threads_used++].thread;
    cap_hold(&root_table[WORLD_TABLE], &thread->slots[THREAD_CTABLE], SLOT_IN_THREAD);
    return thread;
}

void world_init(void)
{
    memset(memory, WORLD_JUNK, sizeof(memory));
    root_table[WORLD_TABLE] = (struct slot){
        .type = OBJECT_CTABLE, .rights = RIGHT_ALL, .size_bits = 13, .object = (word_t)root_table, .value = WORLD_SLOTS};
    _Static_assert(WORLD_SLOTS << CAP_BITS == 1 << 13, "size_bits of the root table");
    root_table[WORLD_UNTYPED] = (struct slot){.type = OBJECT_UNTYPED,
                                              .rights = RIGHT_ALL,
                                              .flags = SLOT_FIRST,
                                              .size_bits = WORLD_MEMORY_BITS,
                                              .object = direct_paddr(memory)};
    root_table[WORLD_DEVICES] = (struct slot){.type = OBJECT_UNTYPED,
                                              .rights = RIGHT_ALL,
                                              .flags = SLOT_FIRST | SLOT_DEVICE,
                                              .size_bits = WORLD_DEVICE_BITS,
                                              .object = WORLD_DEVICE};
    root_table[WORLD_IRQ] = (struct slot){.type = OBJECT_IRQ, .rights = RIGHT_ALL, .object = range_value(0, IRQ_LINES)};
    space_init(0x10000);
    sched_init(hart_self(), NULL);
    hart_self()->root = space_root(NULL);
    invariants_init(root_table, WORLD_SLOTS, false);
    world.table = root_table;
    world.self = world_thread();
}

status_t world_invoke(struct thread *thread, unsigned number, word_t cap, word_t info, const word_t *words)
{
    struct registers *registers = &thread->registers;

    registers->number = number;
    registers->cap = cap;
    registers->info = info;
    memcpy(registers->message, words, 5 * sizeof(word_t));
    syscall_handle(thread);
    return registers->number;
}

status_t world_repeat(unsigned number, word_t cap, word_t info, const word_t *words, unsigned limit)
{
    for (unsigned i = 0; i < limit; i++) {
        status_t status = world_invoke(world.self, number, cap, info, words);
        if (status != STATUS_AGAIN)
            return status;
    }
    check_failed(__FILE__, __LINE__, "system call %u was not done after %u steps", number, limit);
}

struct slot *world_make_from(unsigned untyped, unsigned slot, unsigned type, unsigned size_bits)
{
    const word_t words[5] = {size_bits, slot, 0, 0};

    CHECK_EQUAL(world_repeat(SYS_UNTYPED_RETYPE, untyped, type, words, 2 + (1u << WORLD_MEMORY_BITS) / PAGE_SIZE), STATUS_OK);
    return &world.table[slot];
}

struct slot *world_make(unsigned slot, unsigned type, unsigned size_bits)
{
    return world_make_from(WORLD_UNTYPED, slot, type, size_bits);
}
