/* The echo server's protocol: the smallest there is, for measuring calls and for trying out a crash. */
#ifndef ECHO_H
#define ECHO_H

#include "tiss.h"

/* Labels of requests. */
enum echo_request {
    /* Answer: REPLY_OK and the same words. */
    ECHO_WORDS = 1,
    /* Writes to address 0 and so faults; the caller is told peer_gone. */
    ECHO_CRASH = 2,
};

#endif
