/*
 * Looking up a capability of a thread's own table, inline: a bound, a load and a masked comparison. What is wrong, if something is, a
 * function finds out that nobody waits for.
 */
#ifndef CAP_LOOKUP_H
#define CAP_LOOKUP_H

#include "cap.h"
#include "panic.h"
#include "thread.h"

/* Do a slot's type, rights, flags and size have, where `asked` has ones, what `wanted` has? One masked comparison answers it all. */
static inline bool cap_is(const struct slot *slot, const struct slot *asked, const struct slot *wanted)
{
    _Static_assert(offsetof(struct slot, type) == 0 && offsetof(struct slot, size_bits) < sizeof(uint32_t), "they lie in the first half word");
    return ((*(const uint32_t *)slot ^ *(const uint32_t *)wanted) & *(const uint32_t *)asked) == 0;
}

/* Is there a slot of this index? A thread without a table has an empty slot there, and so a table of no slots. */
static inline bool cap_exists(const struct thread *thread, word_t index)
{
    const struct slot *table = &thread->slots[THREAD_CTABLE];

    assert(table->type == OBJECT_CTABLE || table->value == 0, table->type, table->value);
    return index < table->value;
}

/* That slot. */
static inline struct slot *cap_at(const struct thread *thread, word_t index)
{
    return (struct slot *)thread->slots[THREAD_CTABLE].object + index;
}

/* What a lookup that did not find it answers: STATUS_NO_CAP, _WRONG_TYPE, _NO_RIGHT. */
status_t cap_lookup_failed(struct thread *thread, word_t index, unsigned type);

/* Look up a capability of this type, never OBJECT_NULL, with all of these rights. STATUS_NO_CAP, _WRONG_TYPE, _NO_RIGHT. */
static inline status_t cap_lookup(struct thread *thread, word_t index, unsigned type, unsigned rights, struct slot **slot)
{
    const struct slot asked = {.type = UINT8_MAX, .rights = (uint8_t)rights};
    const struct slot wanted = {.type = (uint8_t)type, .rights = UINT8_MAX};

    if (cap_exists(thread, index) && cap_is(cap_at(thread, index), &asked, &wanted)) {
        *slot = cap_at(thread, index);
        return STATUS_OK;
    }
    status_t status = cap_lookup_failed(thread, index, type);
    assert(status != STATUS_OK, index, type, rights);
    if (status == STATUS_OK) /* so a compiler keeps nothing for after it */
        __builtin_unreachable();
    return status;
}

/* cap_place_empty(), inline for a slot of the thread's own table that is there and empty. */
static inline status_t cap_place_own(struct thread *thread, word_t table, word_t index, struct slot **slot, struct slot **in_table)
{
    if (table != 0 || index == 0 || !cap_exists(thread, index) || cap_at(thread, index)->type != OBJECT_NULL)
        return cap_place_empty(thread, table, index, slot, in_table);
    *in_table = &thread->slots[THREAD_CTABLE];
    *slot = cap_at(thread, index);
    return STATUS_OK;
}

#endif
