/*
 * init's protocol: what a server tells init and what it can ask. Every server has a capability "init" whose badge says who it is.
 *
 * The rule that keeps the system from waiting for itself: init's main thread calls nobody. What it prints goes through a second thread, so
 * a console that crashes while it prints init's line finds init ready to take the fault.
 */
#ifndef INIT_H
#define INIT_H

#include "tiss.h"

/* Labels of requests. */
enum init_request {
    /* The server is up. Answer: REPLY_OK. init starts the manifest's next server only then. */
    INIT_READY = 1,
    /* Sent by crt0 when main returned; words[0] its result. No answer: the server is taken down. */
    INIT_EXITED = 2,
    /* words[0] is a server's place in the manifest. Answer: REPLY_OK, words of enum init_list_word; REPLY_NONE beyond the last. */
    INIT_LIST = 3,
    /* words[0] is a server's place, words[1] a slot of its table. Answer: REPLY_OK for the first full slot from there on, words of
     * enum init_caps_word; REPLY_NONE if there is no further one. */
    INIT_CAPS = 4,
    /* Answer: REPLY_OK, words of enum init_memory_word. */
    INIT_MEMORY = 5,
    /* Needs the manifest's `control`. Answered when every server is up: the shell may prompt. The first time, the lab is told. */
    INIT_PROMPT = 6,
    /* Needs `control`. words[0] is a status, 0 to 255: the lab is told, the machine goes off, no answer comes. */
    INIT_POWER_OFF = 7,
};

/*
 * A server with the manifest's `watch` gets a signal when another is taken down. This bit says which: the one whose calls to any service
 * have this badge. When it comes, every capability that the other had is gone, and none that its next start has is there yet.
 */
#define INIT_GONE(badge) (1UL << (7 + (badge)))

#define INIT_NAME_WORDS 3 /* of a name: 24 bytes */

/* What INIT_LIST answers. Memory in bytes. */
enum init_list_word { LIST_NAME = 0, LIST_STATE = 3, LIST_STARTS, LIST_PRIORITY, LIST_MEMORY, LIST_USED, LIST_WORDS };

/* What INIT_CAPS answers; the five after the slot are cap_identify's results. The name is empty for what a server made itself. */
enum init_caps_word { CAPS_NAME = 0, CAPS_SLOT = 3, CAPS_TYPE, CAPS_RIGHTS, CAPS_VALUE, CAPS_SIZE_BITS, CAPS_DEPTH, CAPS_WORDS };

/* What INIT_MEMORY answers, in bytes. `used` is what init has given out of `untyped`, servers' memory included. */
enum init_memory_word { MEMORY_TOTAL, MEMORY_KERNEL, MEMORY_ARCHIVE, MEMORY_UNTYPED, MEMORY_USED, MEMORY_SERVERS, MEMORY_WORDS };

_Static_assert(INIT_GONE(1) > 1UL << 4 && INIT_GONE(SERVERS_MAX) != 0, "beside the bits of devices, in a word");
_Static_assert((int)LIST_WORDS <= MESSAGE_WORDS && (int)CAPS_WORDS <= MESSAGE_WORDS, "an answer fits in the registers of every machine");

/* States of a server. */
enum server_state {
    SERVER_WAITING,  /* for its turn at boot */
    SERVER_STARTING, /* runs, has not said INIT_READY */
    SERVER_UP,
    SERVER_ENDED,    /* its main returned */
    SERVER_FAILED,   /* could not be built, or crashed and is not to be started again */
};

#endif
