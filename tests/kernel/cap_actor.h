/* What an actor of the capability walk sees by the model, and arguments for its calls. */
#ifndef CAP_ACTOR_H
#define CAP_ACTOR_H

#include "thread.h"

extern struct thread *actor; /* of this step */

/* The node of a thread's table, MODEL_NONE if it has none; the slots of a table; one of them. */
int table_of(const struct thread *thread);
unsigned slots_of(int table);
const struct slot *slot_of(int table, word_t index);

/* What the kernel should answer to these arguments, and what they mean: cap_any(), cap_place() and cap_place_empty() of the model. */
status_t find(word_t index, int *node);
status_t place(word_t table_index, unsigned rights, word_t index, int *table);
status_t place_empty(word_t table_index, word_t index, int *table);
status_t derivable(int node);

/* A slot of a table that is filled, or that is empty; sometimes any. */
word_t some_slot(int table, bool filled);
/* Of the actor's own table: a slot with an object of some type, if there is one. */
word_t some_of_type(unsigned type);
/* A table as destination, and a slot of it. */
word_t some_table(bool filled, word_t *index);

#endif
