/* Threads that send, call or receive one message: for cases about who meets whom, and who goes meanwhile. */
#ifndef MEETING_H
#define MEETING_H

#include "guest.h"

/*
 * Each counts in `progress`: 1 before its message call, 2 behind it; result[0] is the status and result[1] the first word that came.
 */

/* Started: sends a message of this one word, or calls with it. */
struct worker *sender(word_t endpoint, unsigned priority, word_t word, bool call);
/* For worker_run, with the endpoint as the argument. */
void receive_one(struct worker *self);

#endif
