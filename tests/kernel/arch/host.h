/* What the kernel asked of its architecture, and what the test has it answer. */
#ifndef HOST_H
#define HOST_H

#include "arch.h"

#define HOST_LOG 64

struct host_flush {
    unsigned asid;
    vaddr_t vaddr;
    bool page; /* one page, not all */
};

struct host {
    paddr_t root; /* what was activated last */
    unsigned asid;
    unsigned activations;
    struct host_flush flush[HOST_LOG]; /* the last ones, by flushes % HOST_LOG */
    unsigned flushes;
    unsigned code_changes;
    uint64_t now;   /* nanoseconds since host_init(), what timer_now() tells: the counter's frequency is 1 GHz, as the timer's */
    uint64_t timer; /* ticks set, 0: stopped */
    uint64_t timer_set_at;
    struct timer_rates rates;    /* for another timer_init() */
    uint64_t (*counter)(void);   /* NULL: `now` */
    bool unmasked[IRQ_LINES];
    char console[4096];
    unsigned console_length;
    void (*idle)(void); /* what happens while the processor waits; must make something ready; NULL: the timer comes */
    unsigned waits;
};

extern struct host host;

/* Before anything else. */
void host_init(void);
/* The last flush. */
const struct host_flush *host_last_flush(void);

#endif
