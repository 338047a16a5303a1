/* A client and a server that meet at CAST_ENDPOINT, and a third thread, suspended at first. */
#ifndef PAIR_H
#define PAIR_H

#include "cast.h"

#define EP CAST_ENDPOINT
#define CLIENT 0
#define SERVER 1
#define OTHER 2
#define SLOT(index) (CAST_THREADS + 4 * (index))
#define LABEL(label) ((word_t)(label) << INFO_LABEL_SHIFT)
#define LENGTH(words) ((word_t)(words) << INFO_LENGTH_SHIFT)
#define CAPS(count) ((word_t)(count) << INFO_CAPS_SHIFT)
#define RECEIVE(slot) ((word_t)(slot) << INFO_RECEIVE_SHIFT)

extern struct thread *client, *server, *other;

/* `server_has_time`: false leaves the server, which waits at its first receive, without time of its own. */
void pair_begin(bool server_has_time);
void pair_resume(unsigned index);
/* The server receives. */
void pair_receive(void);
/* The client calls and the server has the call. */
void pair_serve(void);
/* What a thread that is ready finds in its registers. */
void pair_message_is(const struct thread *thread, status_t status, word_t badge, word_t info, word_t first);
/* The client's call has ended so, and it runs. */
void pair_client_was_told(status_t status);

#endif
