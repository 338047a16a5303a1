/*
 * Between the files of the stress (tests/guest/stress.c): scripts of random system calls, and who must not be harmed by them.
 *
 * A script is a page: where its thread is, then entries of STRESS_ENTRY bytes. An entry holds what is in the registers of one system call,
 * and takes the status that it ended with. stress.S runs it; nothing else is mapped where its threads run.
 */
#ifndef STRESS_H
#define STRESS_H

#include <tiss/abi.h>
#include <tiss/registers.h>

#define STRESS_AT 0  /* offsets in a script: the next entry, */
#define STRESS_END 8 /* and where they end */
#define STRESS_FIRST 16

#define STRESS_NUMBER 0 /* offsets in an entry */
#define STRESS_CAP 8
#define STRESS_INFO 16
#define STRESS_WORDS 24
#define STRESS_STATUS (STRESS_WORDS + 8 * MESSAGE_WORDS)
#define STRESS_ENTRY (STRESS_STATUS + 8)

#ifndef __ASSEMBLER__

#include "guest.h"

#define STRESS_CODE 0x2040000000UL    /* where stress.S is mapped in the address spaces of the stress, */
#define STRESS_SCRIPTS 0x2040010000UL /* and the scripts, a page each */
#define STRESS_PAGES 64               /* from STRESS_CODE on that random mappings are likely to hit */
#define STRESS_ENTRIES ((PAGE_SIZE - STRESS_FIRST) / STRESS_ENTRY)
#define STRESS_SLOTS_BITS 3           /* log2 of the slots for each type in a table of the stress: type << STRESS_SLOTS_BITS and on */
#define STRESS_PRIORITIES 180         /* the stress runs below this */
#define STRESS_UNFINISHED ~0UL        /* the status of an entry whose call has not come back */

struct entry {
    word_t number, cap, info, words[MESSAGE_WORDS], status;
};

struct script {
    word_t at, end; /* as the script's thread sees them */
    struct entry entry[STRESS_ENTRIES];
};

_Static_assert(sizeof(struct entry) == STRESS_ENTRY && offsetof(struct entry, status) == STRESS_STATUS, "stress.S uses them");
_Static_assert(offsetof(struct script, entry) == STRESS_FIRST && sizeof(struct script) <= PAGE_SIZE, "stress.S uses them");

/* stress.S: runs the script that is its argument, and ends with a breakpoint. It is copied to a page of its own. */
extern const char stress_code[], stress_code_end[];

/* The next random number; 0 is no seed. */
word_t random_next(word_t *state);
/* Fill an entry with a random call. */
void random_entry(word_t *state, struct entry *entry);

/* Somebody with memory, a table and a server of his own, who works in rounds from now on and fails the case if he sees anything wrong. */
void bystander_start(void);
/* His rounds so far; and what he has is as it was, or the case fails. */
word_t bystander_check(void);
/* A capability to call his server with. */
word_t bystander_endpoint(void);

#endif
#endif
