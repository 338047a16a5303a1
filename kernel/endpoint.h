/*
 * Endpoints: where a caller and a server meet. An endpoint stores no message: a message stays in its sender's registers until a receiver
 * is there, and is copied from registers to registers then.
 *
 *   sender    READY -> CALLING -> AWAITING -> READY      (call; CALLING is passed over if a receiver waits)
 *             READY -> SENDING -> READY                  (send)
 *   receiver  READY -> RECEIVING -> READY                (recv, reply_recv)
 *
 * A call lends the caller's time to the server until it is answered. While the server is busy, those who wait for it help it: sched.h.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "types.h"

struct reply;
struct slot;
struct thread;

struct endpoint {
    struct thread *idle;   /* a receiver that waits alone, for ever, helped by nobody: out of the queue, so that a call finds it at once */
    struct thread *queue;  /* senders, or receivers: never both */
    struct thread *server; /* who received from it last, to be helped while it is busy; `serves` there is this endpoint */
};

#define ENDPOINT_STEP 1 /* waiters told by one step of endpoint_destroy() */

/* A thread calls or sends by a capability; its message is in its registers, or is its fault. */
void endpoint_send(struct slot *slot, struct thread *sender, bool call);
/* A thread whose state is not blocked takes the next message or blocks. Its caller must have been answered. */
void endpoint_receive(struct endpoint *endpoint, struct thread *receiver);
/* Answer a thread that is AWAITING: the answer is in the answerer's registers. It is ready then, if it has its time. */
void endpoint_answer(struct thread *answerer, struct thread *caller);
/* The thread's caller will get no answer: it is told so. */
void endpoint_abandon(struct thread *server);
/* A thread serves no endpoint any more. */
void endpoint_forget_server(struct thread *thread);
/* The idle receiver, if there is one, waits in the queue. */
void endpoint_queue_up(struct endpoint *endpoint);
/* A server owes its caller no answer any more. */
void endpoint_uncall(struct thread *server);
/* A blocked thread leaves the queue that it is in. */
void endpoint_leave(struct thread *thread);
/* Tell those who wait in the queue by a capability that goes. STATUS_AGAIN while there may be more. Waiters between them may move behind
 * others: their order is kept but for where it starts. */
status_t endpoint_cancel_by(struct slot *slot);
/* Does this info word tell of a message that can be sent? An answer may carry a capability too: the caller chose where to take one. */
bool endpoint_info_valid(word_t info);
/* Tell waiters that the endpoint is gone. STATUS_AGAIN while there are more. */
status_t endpoint_destroy(struct endpoint *endpoint);

#endif
