/*
 * What init's own files share. Only main.c, service.c and fault.c change a server's state; build.c and wire.c make one from its manifest.
 */
#ifndef INIT_PRIVATE_H
#define INIT_PRIVATE_H

#include "init.h"

/* Badges on init's endpoint: a server's place plus 1; its faults come with one bit more. */
#define BADGE_FAULT 0x10000UL
#define BADGE_SERVER 0x0ffffUL

#define PRIORITY_INIT 240
#define PRIORITY_REPORTER 241 /* what init prints is out before init goes on */
#define SLICE_NS 10000000UL
#define DEVICES_MAX 4        /* of a server: struct manifest_server */
#define STARTS_IN_VAIN 3     /* crashes in a row without INIT_READY, after which a server is given up */

/* Where init maps a page for a moment, and where its second thread's stack ends. */
#define WINDOW 0x3e00000000UL
#define REPORTER_STACK_TOP 0x3e00010000UL
#define DEVICE_WINDOW 0x3e00020000UL

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A server's slots in init's table, counted from its first. */
enum own_slot {
    OWN_UNTYPED, /* everything the server is made of; revoking it takes the server down */
    OWN_TABLE,
    OWN_VSPACE,
    OWN_THREAD,
    OWN_SCHED,
    OWN_FAULT,        /* init's endpoint with the server's fault badge */
    OWN_NOTIFICATION, /* its interrupts, bound to its thread */
    OWN_SCRATCH,      /* what is made here and moved into its table */
    OWN_POOL,         /* half of the untyped, if the server is to hand out memory */
    OWN_SIGNAL,       /* the notification with each device's bit */
    OWN_PAGES = OWN_SIGNAL + DEVICES_MAX, /* page tables and frames, up to `next` */
};

struct server {
    const struct manifest_server *manifest;
    const struct archive_entry *program; /* NULL: its program is missing */
    uint32_t number;                     /* place in the manifest */
    enum server_state state;
    uint32_t starts;                     /* counts from 1 at the first */
    uint32_t in_vain;                    /* starts since it was last up */
    uint32_t endpoint;                   /* its service, kept through restarts; 0 for none */
    uint32_t slot;                       /* first of its slots, 0 before its first start */
    uint32_t slots;
    uint32_t next;                       /* the first unused of them */
    uint32_t caps;                       /* how many it was wired with, from slot 1 of its table on */
    char cap[COUNT_OF(((struct start_info *)0)->cap)][sizeof(((struct start_cap *)0)->name)];
    const char *failed_step;             /* why it could not be built */
    status_t failed_status;
};

struct device_frames {
    uint32_t slot; /* first of the frames over its registers */
    uint32_t pages;
};

/* All that init knows. One thread uses it. */
struct system {
    const struct boot_info *boot;
    uint32_t servers;
    struct server server[SERVERS_MAX];
    uint32_t endpoint;  /* init's own */
    uint32_t prompt;    /* a reply object: who waits for every server to be up */
    bool prompt_waits;
    bool told_ready;    /* the lab was told */
    uint32_t boot_next; /* the server whose turn it is */
    struct device_frames device[DEVICES_MAX];
};

extern struct system all;

/* memory.c: slots and memory of init's own. */
void memory_init(void);
uint32_t slot_take(uint32_t count); /* first of so many empty slots, 0 if the table is full */
status_t memory_make(word_t type, word_t size_bits, word_t slot);
status_t memory_map(word_t vaddr, word_t frame, word_t rights); /* into init's own space */
void devices_init(void);

/* archive.c: the boot archive. */
const struct archive_entry *archive_find(const char *name, uint32_t kind);
const void *archive_at(uint64_t offset);
void archive_symbol(const char *program, word_t address, char *text, size_t size);

/* build.c: make a server from its manifest, and take it down. Returns false with failed_step and failed_status set. */
bool server_build(struct server *server);
void server_destroy(struct server *server);
bool server_step(struct server *server, const char *step, status_t status);
bool server_make(struct server *server, word_t type, word_t size_bits, word_t slot);
bool server_map(struct server *server, word_t vaddr, word_t frame, word_t rights);
bool server_slot(struct server *server, word_t *slot);

/* wire.c: give a server its capabilities and devices, and note them in its start information. */
bool server_wire(struct server *server, struct start_info *info);

/* lab.c: the structured channel to the host. */
void lab_init(void);
void lab_write(uint16_t kind, const void *payload, size_t size);

/* report.c: lines for the console, by way of a second thread. */
void report_init(word_t console);
void report(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/* fault.c: a server faulted or ended. */
void server_faulted(struct server *server, const struct message *message);
void server_ended(struct server *server, word_t result);

/* service.c: init's protocol. Returns whether the caller is to be answered now. */
bool service_handle(struct message *message);

/* main.c */
void boot_continue(void); /* start the next server in the manifest's order, and answer who waits when there is none */
bool boot_done(void);     /* every server had its turn; the first time, the lab is told if all of them are up */
bool server_start(struct server *server);

/* power.c */
void power_init(void);
bool power_off(word_t status); /* returns, if at all, whether there is a device for it */

#endif
