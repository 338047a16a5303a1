/* A system in small, as boot leaves it: memory full of junk, a root table with untyped memory, and a thread to make system calls as. */
#ifndef WORLD_H
#define WORLD_H

#include "arch.h"
#include "cap.h"
#include "syscall.h"
#include "thread.h"

#define WORLD_SLOTS 256u
#define WORLD_MEMORY_BITS 21u
#define WORLD_DEVICE (1UL << 50) /* physical address of device memory: far from any that is there */
#define WORLD_DEVICE_BITS OBJECT_UNTYPED_MAX_BITS
#define WORLD_JUNK 0xa5

enum world_slot {
    WORLD_TABLE = 1, /* the root table itself */
    WORLD_UNTYPED,   /* 1 << WORLD_MEMORY_BITS bytes */
    WORLD_DEVICES,   /* device memory, 1 << WORLD_DEVICE_BITS bytes of it */
    WORLD_IRQ,       /* every line */
    WORLD_FREE = 8,  /* the first slot that is empty */
};

struct world {
    struct slot *table;
    struct thread *self; /* stopped: its calls are made by the test */
};

extern struct world world;

void world_init(void);
/* One more thread outside any untyped, stopped, with the root table as its own. */
struct thread *world_thread(void);
/* A system call of a thread: cap, info and the first words of its message. */
status_t world_invoke(struct thread *thread, unsigned number, word_t cap, word_t info, const word_t *words);
#define INVOKE(number, cap, info, ...) world_invoke(world.self, number, cap, info, (const word_t[5]){__VA_ARGS__})
/* The same call until it is not STATUS_AGAIN, at most `limit` times. */
status_t world_repeat(unsigned number, word_t cap, word_t info, const word_t *words, unsigned limit);
/* Make an object from WORLD_UNTYPED in a slot of the root table; returns that slot. It must succeed. */
struct slot *world_make(unsigned slot, unsigned type, unsigned size_bits);
/* The same, from another untyped. */
struct slot *world_make_from(unsigned untyped, unsigned slot, unsigned type, unsigned size_bits);

#endif
