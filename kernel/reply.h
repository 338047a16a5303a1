/* Reply objects: a caller put aside, so that its server can serve others and answer later. */
#ifndef REPLY_H
#define REPLY_H

struct thread;

struct reply {
    struct thread *caller; /* THREAD_AWAITING, with `saved` set to this; NULL: empty */
};

/* The saved caller gets no answer: it is told so. */
void reply_destroy(struct reply *reply);

#endif
