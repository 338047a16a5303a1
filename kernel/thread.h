/* Threads: registers, what they hold, and where they wait. */
#ifndef THREAD_H
#define THREAD_H

#include <cpu.h>
#include <tiss/registers.h>

#include "cap.h"
#include "timer_queue.h"
#include "types.h"

struct endpoint;
struct notification;
struct reply;
struct sched_context;

enum __attribute__((packed)) thread_state {
    THREAD_STOPPED,      /* not started, suspended, or faulted with nobody to tell */
    THREAD_READY,        /* runs when its time does */
    THREAD_SENDING,      /* in an endpoint's queue; goes on when its message is taken */
    THREAD_CALLING,      /* in an endpoint's queue; an answer is to come */
    THREAD_RECEIVING,    /* in an endpoint's queue */
    THREAD_AWAITING,     /* its call was taken by `callee`, or saved in `saved` */
    THREAD_WAITING,      /* in a notification's queue */
};

/* What a server's next answer has to see to: the fast path takes only one that is THREAD_PLAIN and nothing else. */
enum __attribute__((packed)) thread_standing {
    THREAD_PLAIN = 1,     /* its caller is no fault, has set no time limit, and has time to run on: answering wakes it, and that is all */
    THREAD_SIGNALLED = 2, /* there may be bits in the notification that is bound to it */
};

enum thread_slot {
    THREAD_CTABLE,
    THREAD_VSPACE,
    THREAD_TIME,
    THREAD_FAULT,
    THREAD_SUPERVISOR,
    THREAD_CONFIGURED, /* what thread_configure sets, in its order, comes before */
    THREAD_NOTIFICATION = THREAD_CONFIGURED,
    THREAD_BUFFER, /* a frame, for long messages */
    THREAD_SLOTS
};

#define CALLS_MAX 16 /* calls in calls: the chain from a caller to who works for it at last */

#define FAULTS_MAX 2 /* faults in faults: a thread's, and that of who is to mend it */

struct fault {
    bool pending; /* the thread's message is its fault, and an answer leaves its registers alone */
    unsigned nesting; /* faults that wait for this one to be mended, one for the other */
    unsigned kind;
    word_t words[FAULT_WORDS];
};

struct thread {
    struct registers registers; /* first: trap.S finds it by the thread's address */
    struct slot slots[THREAD_SLOTS] __attribute__((aligned(sizeof(struct slot))));
    uint16_t nesting;              /* at least how many calls its caller's is in; 0 without a caller. One word with the next two to the fast path */
    enum thread_state state;
    enum thread_standing standing; /* flags */
    word_t root;                   /* of its address space: space_root(); 0: it never had one */
    struct sched_context *time;    /* its own, in slots[THREAD_TIME]; NULL: none */
    struct thread *caller;         /* whose call it took and has not answered */
    struct thread *callee;         /* THREAD_AWAITING: who took its call */
    struct reply *saved;           /* THREAD_AWAITING: where its call was put aside */
    struct endpoint *endpoint;     /* SENDING, CALLING, RECEIVING: where */
    struct notification *notification; /* whose queue it is in */
    struct thread *next, *prev;    /* in that queue */
    struct slot *sent_by;          /* the capability that it waits in an endpoint's queue by; its `space` counts such threads */
    word_t badge;                  /* of that capability */
    unsigned affinity;             /* hart that it runs on */
    struct endpoint *serves;       /* where it received last: `server` there is this thread */
    struct sched_context *helper;  /* time that helps it as soon as it wakes; `parked_on` there is this thread */
    struct timer timer;            /* of the operation that it is in */
    struct fault fault;
    bool fpu_used;                 /* `fpu` holds something, or the unit does if the thread is the hart's fpu_owner */
    struct fpu_state fpu;
};

_Static_assert(sizeof(struct thread) <= 1UL << OBJECT_THREAD_BITS, "a thread is what the ABI says");

/* Circular queues of threads, linked by next and prev; the head's address is the queue. */
void queue_append(struct thread **queue, struct thread *thread);
void queue_remove(struct thread **queue, struct thread *thread);

/* End whatever a blocked thread waits for; its call or wait answers `status`. It stays without state: the caller sets the next. */
void thread_cancel(struct thread *thread, status_t status);
/* What a blocked thread waits for is gone: it is told so and goes on, or, if its message was a fault, which nobody will mend, it is given up. */
void thread_forsake(struct thread *thread);
/* A thread that was blocked can run; so its time can be picked. */
void thread_wake(struct thread *thread);
/* Stop a thread whose fault nobody mends, and tell its supervisor; its caller is not told. */
void thread_halt(struct thread *thread);
/* The same, and its caller is told. */
void thread_give_up(struct thread *thread);
/* The time that its operation was given has passed. */
void thread_timed_out(struct thread *thread);
/* Stop the thread for good: nothing waits for it or points to it afterwards. STATUS_AGAIN while more is left. */
status_t thread_destroy(struct thread *thread);
/* A capability that the thread held is about to go. */
void thread_slot_released(struct slot *slot);

#endif
