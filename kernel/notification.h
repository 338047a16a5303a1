/* Notifications: a word of bits. Signals are or-ed in and never lost; a wait takes them all. */
#ifndef NOTIFICATION_H
#define NOTIFICATION_H

#include "types.h"

struct thread;

struct notification {
    word_t bits;
    struct thread *queue; /* THREAD_WAITING; only while bits is 0 */
    struct thread *bound; /* whose receive a signal ends too */
};

#define NOTIFICATION_STEP 2 /* waiters told by one step of notification_destroy() */

void notification_signal(struct notification *notification, word_t bits);
/* Give the bits to a thread as the result of its receive. */
void notification_deliver(struct notification *notification, struct thread *receiver);
/* A blocked thread leaves the queue that it is in. */
void notification_leave(struct thread *thread);
/* Tell waiters that it is gone. STATUS_AGAIN while there are more. */
status_t notification_destroy(struct notification *notification);

#endif
