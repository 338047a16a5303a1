/*
 * The fast path of messages, in assembly in arch/<a>/trap.S. It takes
 *
 *   call        of a short message, by a capability of the caller's own table with the right to call, to an endpoint with an idle receiver,
 *               by a thread that is not CALLS_MAX calls deep;
 *   reply_recv  of a short message, by a capability with the right to receive, to an endpoint where the thread was the last to receive and
 *               nobody waits, by a server whose caller is plain and who has no signal pending;
 *
 *   signal      by a capability with the right to signal, of a notification that nobody waits for and that is bound to nobody;
 *
 * the first two while the hart has nothing that needs attention; and leaves everything else to syscall_handle(). Then it does what endpoint_send(),
 * notification_signal(), and endpoint_answer() with endpoint_receive() would do, which is little, since nothing else depends on it: the time that runs goes on running
 * (sched.h), no timer and no helper is concerned, and both threads' registers that matter are in the processor.
 */
#ifndef FAST_H
#define FAST_H

#include <tiss/abi.h>

/* The greatest info word of a short message: in registers, without a capability, a place for one, or a time. */
#define FAST_INFO_MAX ((MESSAGE_WORDS << INFO_LENGTH_SHIFT) | INFO_LABEL_MASK)

/* The half word of type and rights of a capability that signals, and what of it counts. */
#define FAST_SIGNALS (OBJECT_NOTIFICATION | RIGHT_WRITE << 8)
#define FAST_SIGNALS_MASK (0xff | RIGHT_WRITE << 8)

/* The word at THREAD_NESTING of who was called, but for the nesting, and of who is idle. */
#define FAST_CALLED (THREAD_READY << 16 | THREAD_PLAIN << 24)
#define FAST_IDLE (THREAD_RECEIVING << 16)

#endif
