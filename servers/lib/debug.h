/*
 * For a debugger: breakpoints and single steps of another thread, the same on every machine.
 *
 * The debugger is the thread's fault handler. A thread that hits a breakpoint, or has made its step, sends a fault of kind
 * FAULT_BREAKPOINT; debug_stopped then says where it is, and an answer to the message lets it go on:
 *
 *     debug_step(&debuggee);
 *     message_reply_recv(faults, &message);
 *     debug_stopped(&debuggee, &message, &pc);
 *
 * Programs run what they cannot write. The debugger writes breakpoints through a mapping of its own, of a copy of the text's frame
 * capabilities. What it writes is fetched by every thread of its hart from then on; another hart would have to be told first.
 */
#ifndef DEBUG_H
#define DEBUG_H

#include "tiss.h"

/* A breakpoint: what stood where it stands now. */
struct debug_break {
    word_t at;
    uint8_t bytes[2];
    bool set;
};

/* A thread that is debugged. The first four are the debugger's to fill in. */
struct debuggee {
    word_t thread;     /* capability, to read and write */
    word_t start, end; /* its text, as it sees it, */
    uint8_t *text;     /* and where the debugger can write what is at `start` */
    struct debug_break next; /* where a step ends, on a machine that cannot trap after one instruction */
};

/* The thread must be stopped, or its fault be in handling, for each of these but the first two. */

/* Let the thread stop before the instruction at this address. bad_argument: it is not in the text. */
status_t debug_break_set(struct debuggee *debuggee, struct debug_break *one, word_t at);
/* Put back what stood there. Breakpoints at one place are cleared in reverse order. */
void debug_break_clear(struct debuggee *debuggee, struct debug_break *one);
/*
 * Let the thread stop again after one instruction; no breakpoint may stand on that: clear it, step, set it anew. A system call is left
 * where the thread goes on after it, or an instruction later. bad_argument: it leads out of the text; already: to itself.
 */
status_t debug_step(struct debuggee *debuggee);
/* The thread stopped, and this is its fault message: end the step, and say at which instruction it is and will go on. */
status_t debug_stopped(struct debuggee *debuggee, const struct message *fault, word_t *pc);

/* ---- arch/<a>/debug.c */

/* Have the thread trap after its next instruction, or set `next` where that leads. */
status_t debug_step_arm(struct debuggee *debuggee);
/* No more of that. */
status_t debug_step_disarm(struct debuggee *debuggee);
/* The address of the instruction that raised a breakpoint fault, or that was stepped to. */
word_t debug_fault_pc(word_t cause, word_t pc);

#endif
