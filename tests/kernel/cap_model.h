/*
 * A simple account of capabilities: each remembers its parent, and what goes with it is found by looking at every one. The kernel keeps a list
 * and depths instead; model_check() holds one against the other.
 */
#ifndef CAP_MODEL_H
#define CAP_MODEL_H

#include "cap.h"

#define MODEL_NODES 1024
#define MODEL_NONE (-1)

struct node {
    bool live;
    int parent; /* MODEL_NONE: boot made it */
    const struct slot *slot;
    unsigned type;
    unsigned rights;
    unsigned flags;     /* SLOT_FIRST, SLOT_DEVICE, SLOT_IN_THREAD */
    unsigned size_bits;
    word_t object;      /* as in the slot */
    word_t badge;       /* endpoint, notification */
    unsigned nest;      /* ctable, untyped: how deep in tables it is, or what it was made from */
    word_t used;        /* untyped: bytes */
    bool fresh;         /* untyped: started anew, and nothing was made from it yet */
};

extern struct node model[MODEL_NODES];

/* Account for what boot made: every slot of a table that holds something is a root. */
void model_begin(const struct slot *table, unsigned slots);
/* The node in a slot, MODEL_NONE if it is empty. */
int model_at(const struct slot *slot);
/* A node that is not used; its fields are a copy of another's, MODEL_NONE for none. */
int model_new(int like);
bool model_has_children(int node);
unsigned model_depth(int node);
/* How many go when `root` is revoked, or deleted if `itself`. */
unsigned model_goes_with(int root, bool itself);
/* Revoke or delete; memory of objects that go is filled with junk. */
void model_destroy(int root, bool itself);
/* Every slot holds what the model says and no other does; the kernel's list is a preorder of the model's tree; memory does not overlap. */
void model_check(const struct slot *table, unsigned slots);
/* The memory of an object that was just made is zero, but for what its type starts with. */
void model_check_new(const struct slot *slot);

#endif
