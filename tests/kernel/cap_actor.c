#include "cap_actor.h"

#include "cap_model.h"
#include "walk.h"
#include "world.h"

struct thread *actor;

/* ---- what the model says of an actor's view */

int table_of(const struct thread *thread)
{
    return model_at(&thread->slots[THREAD_CTABLE]);
}

unsigned slots_of(int table)
{
    return 1U << (model[table].size_bits - CAP_BITS);
}

const struct slot *slot_of(int table, word_t index)
{
    return (const struct slot *)model[table].object + index;
}

/* A capability of the actor's own table, of any type. */
status_t find(word_t index, int *node)
{
    int table = table_of(actor);

    if (table == MODEL_NONE || index >= slots_of(table))
        return STATUS_NO_CAP;
    *node = model_at(slot_of(table, index));
    return *node == MODEL_NONE ? STATUS_NO_CAP : STATUS_OK;
}

status_t place(word_t table_index, unsigned rights, word_t index, int *table)
{
    *table = table_of(actor);
    if (table_index != 0) {
        status_t status = find(table_index, table);
        if (status != STATUS_OK)
            return status;
        if (model[*table].type != OBJECT_CTABLE)
            return STATUS_WRONG_TYPE;
        if ((model[*table].rights & rights) != rights)
            return STATUS_NO_RIGHT;
    } else if (*table == MODEL_NONE) {
        return STATUS_NO_CAP;
    }
    return index < slots_of(*table) ? STATUS_OK : STATUS_BAD_ARGUMENT;
}

status_t place_empty(word_t table_index, word_t index, int *table)
{
    status_t status = place(table_index, RIGHT_WRITE, index, table);

    if (status != STATUS_OK)
        return status;
    if (index == 0)
        return STATUS_BAD_ARGUMENT;
    return model_at(slot_of(*table, index)) == MODEL_NONE ? STATUS_OK : STATUS_SLOT_FULL;
}

status_t derivable(int node)
{
    return model_depth(node) < DEPTH_MAX ? STATUS_OK : STATUS_TOO_DEEP;
}

/* ---- arguments: mostly good ones */

/* A slot of a table that is filled, or that is empty; sometimes any. */
word_t some_slot(int table, bool filled)
{
    if (table == MODEL_NONE || walk_choose(16) == 0)
        return walk_choose(20);
    unsigned from = walk_choose(slots_of(table));
    for (unsigned i = 0; i < slots_of(table); i++) {
        unsigned index = (from + i) % slots_of(table);
        if ((model_at(slot_of(table, index)) != MODEL_NONE) == filled && index != 0)
            return index;
    }
    return from;
}

/* Of the actor's own table: an object of some type, if there is one. */
word_t some_of_type(unsigned type)
{
    int table = table_of(actor);
    word_t index = some_slot(table, true);
    bool any = walk_choose(16) == 0;

    for (unsigned i = 0; table != MODEL_NONE && i < slots_of(table) && !any; i++) {
        int node = model_at(slot_of(table, (index + i) % slots_of(table)));
        if (node != MODEL_NONE && model[node].type == type)
            return (index + i) % slots_of(table);
    }
    return index;
}

/* A table as destination, and a slot of it. */
word_t some_table(bool filled, word_t *index)
{
    word_t table_index = walk_choose(2) == 0 ? 0 : some_of_type(OBJECT_CTABLE);
    int table;

    *index = place(table_index, 0, 0, &table) == STATUS_OK ? some_slot(table, filled) : walk_choose(20);
    return table_index;
}
