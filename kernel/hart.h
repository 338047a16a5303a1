/* What one hardware thread owns: reached through its own pointer, so nothing here is locked. */
#ifndef HART_H
#define HART_H

/* Byte offsets for trap.S; sched.c asserts them. Those of other structures are in tiss/offsets.h, made from offsets.c. */
#define HART_THREAD 0
#define HART_STACK 8
#define HART_SCRATCH 16
#define HART_ROOT 24
#define HART_ATTENTION 32
#define HART_CPU 40

#define KERNEL_STACK_SIZE 8192
#define HARTS 1 /* that run threads */

#ifndef __ASSEMBLER__

#include "arch.h"
#include "timer_queue.h"
#include "types.h"

struct sched_context;

/* Why a message may not take the fast path. */
enum attention {
    ATTENTION_HELPING = 1, /* `running` helps the thread: it is of a caller that waits for it */
    ATTENTION_FPU = 2,     /* the thread has the floating-point unit, and turning it off is work */
    ATTENTION_ALWAYS = 4,  /* the processor lacks what the fast path needs */
};

struct hart {
    struct thread *thread; /* runs now, or ran last while the hart is idle */
    char *stack_top;       /* of the kernel stack */
    word_t scratch;        /* for trap.S */
    word_t root;           /* the active address space: space_root() */
    uint32_t attention;    /* enum attention: what a message cannot pass by */
    struct hart_cpu cpu;   /* the architecture's */
    struct thread *fpu_owner;      /* whose floating point the unit holds; NULL: nobody's */
    struct sched_context *running; /* the time that `thread` runs on; not in a queue; NULL while idle */
    bool idle;                     /* inside cpu_wait() */
    bool reschedule;               /* look again who is to run, and when the next timer is due */
    bool yielding;                 /* `running` should go behind others of its priority */
    uint64_t started;              /* since when `running` was not charged, ns */
    struct timer_queue timers;     /* what is to happen at a time */
    word_t ready_groups;           /* bit g: ready[g] is not 0 */
    word_t ready[PRIORITIES / 64]; /* bit r % 64 of word r / 64: the queue of priority PRIORITIES - 1 - r is not empty */
    struct sched_context *queue[PRIORITIES]; /* heads of circular lists */
};

#endif
#endif
