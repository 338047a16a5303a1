#include "cap.h"

#include "cap_lookup.h"
#include "endpoint.h"
#include "irq.h"
#include "memory.h"
#include "notification.h"
#include "panic.h"
#include "reply.h"
#include "sched.h"
#include "space.h"
#include "string.h"
#include "thread.h"
#include "untyped.h"

/* ---- links */

static void link(struct slot *before, struct slot *slot, struct slot *after)
{
    slot->prev = slot_ref(before);
    slot->next = slot_ref(after);
    if (before != NULL)
        before->next = slot_ref(slot);
    if (after != NULL)
        after->prev = slot_ref(slot);
}

static void unlink(struct slot *slot)
{
    struct slot *before = slot_at(slot->prev);
    struct slot *after = slot_at(slot->next);

    if (before != NULL)
        before->next = slot->next;
    if (after != NULL)
        after->prev = slot->prev;
}

static struct slot *first_child(const struct slot *slot)
{
    return cap_has_children(slot) ? cap_next(slot) : NULL;
}

paddr_t cap_paddr(const struct slot *slot)
{
    switch (slot->type) {
    case OBJECT_UNTYPED:
    case OBJECT_FRAME:
    case OBJECT_VSPACE:
    case OBJECT_PAGE_TABLE:
        return slot->object;
    case OBJECT_NULL:
    case OBJECT_IRQ:
    case OBJECT_IO_PORT:
    case OBJECT_KERNEL:
        return 0;
    default:
        return direct_paddr((void *)slot->object);
    }
}

/* ---- lookup */

static struct slot *table_slot(const struct slot *table, word_t index)
{
    return index < table->value ? (struct slot *)table->object + index : NULL;
}

status_t cap_any(struct thread *thread, word_t index, struct slot **slot)
{
    if (!cap_exists(thread, index))
        return STATUS_NO_CAP;
    *slot = cap_at(thread, index);
    return (*slot)->type == OBJECT_NULL ? STATUS_NO_CAP : STATUS_OK;
}

status_t cap_lookup_failed(struct thread *thread, word_t index, unsigned type)
{
    struct slot *slot;
    status_t status = cap_any(thread, index, &slot);

    if (status != STATUS_OK)
        return status;
    return slot->type != type ? STATUS_WRONG_TYPE : STATUS_NO_RIGHT;
}

status_t cap_place(struct thread *thread, word_t table, unsigned rights, word_t index, struct slot **slot, struct slot **in_table)
{
    struct slot *holder = &thread->slots[THREAD_CTABLE];

    if (table != 0) {
        status_t status = cap_lookup(thread, table, OBJECT_CTABLE, rights, &holder);
        if (status != STATUS_OK)
            return status;
    } else if (holder->type != OBJECT_CTABLE) {
        return STATUS_NO_CAP;
    }
    *in_table = holder;
    *slot = table_slot(holder, index);
    return *slot == NULL ? STATUS_BAD_ARGUMENT : STATUS_OK;
}

status_t cap_place_empty(struct thread *thread, word_t table, word_t index, struct slot **slot, struct slot **in_table)
{
    status_t status = cap_place(thread, table, RIGHT_WRITE, index, slot, in_table);

    if (status != STATUS_OK)
        return status;
    if (index == 0)
        return STATUS_BAD_ARGUMENT;
    return (*slot)->type == OBJECT_NULL ? STATUS_OK : STATUS_SLOT_FULL;
}

/* ---- derivation */

status_t cap_copyable(const struct slot *source)
{
    if (source->type == OBJECT_UNTYPED)
        return STATUS_BAD_ARGUMENT; /* two watermarks over one memory would let objects overlap */
    if (source->type == OBJECT_PAGE_TABLE)
        return STATUS_BAD_ARGUMENT; /* a table in two places would be of two levels, and flushed and unmapped in one alone */
    return source->flags & SLOT_FIRST ? cap_derivable(source) : STATUS_OK;
}

unsigned cap_marks(const struct slot *slot)
{
    if (slot->type != OBJECT_ENDPOINT)
        return 0;
    return (slot->rights & RIGHT_WRITE ? SLOT_CALLS : 0) | (slot->rights & RIGHT_READ ? SLOT_RECEIVES : 0);
}

void cap_mark(struct slot *slot)
{
    slot->flags = (uint8_t)((slot->flags & ~(SLOT_CALLS | SLOT_RECEIVES)) | cap_marks(slot));
}

static void fill(const struct slot *source, struct slot *slot, unsigned rights)
{
    *slot = *source;
    slot->rights = (uint8_t)(source->rights & rights);
    slot->flags = source->flags & SLOT_DEVICE;
    if (source->type == OBJECT_FRAME)
        slot->value = 0; /* where the source is mapped is its own matter */
    if (source->type == OBJECT_ENDPOINT)
        slot->space = 0; /* and who waits by it */
    cap_mark(slot);
}

void cap_duplicate(struct slot *source, struct slot *slot, unsigned rights)
{
    fill(source, slot, rights);
    if (source->flags & SLOT_FIRST)
        cap_insert_child(source, slot);
    else
        link(slot_at(source->prev), slot, source);
}

void cap_hold(struct slot *source, struct slot *slot, unsigned held_flag)
{
    fill(source, slot, source->rights);
    slot->flags |= (uint8_t)held_flag;
    cap_insert_child(source, slot);
}

void cap_relocate(struct slot *source, struct slot *slot)
{
    *slot = *source;
    link(slot_at(source->prev), slot, slot_at(source->next));
    memset(source, 0, sizeof(*source));
}

/* ---- destruction */

/* Empty the slot of a capability without children, whose object, if it was the first, is gone. */
static void clear(struct slot *slot)
{
    assert(!cap_has_children(slot), (word_t)slot);
    unlink(slot);
    memset(slot, 0, sizeof(*slot));
}

/* What a capability that goes leaves behind in the object that holds it. */
static void held_released(struct slot *slot)
{
    if (slot->flags & SLOT_IN_THREAD)
        thread_slot_released(slot);
    else if (slot->flags & SLOT_IN_IRQ)
        irq_slot_released(slot);
}

void cap_release(struct slot *slot)
{
    if (slot->type == OBJECT_NULL)
        return;
    held_released(slot);
    clear(slot);
}

/* End the object of a first capability. STATUS_AGAIN while it has waiters left. */
static status_t object_destroy(struct slot *slot)
{
    switch (slot->type) {
    case OBJECT_THREAD:
        return thread_destroy((struct thread *)slot->object);
    case OBJECT_SCHED_CONTEXT:
        sched_destroy((struct sched_context *)slot->object);
        return STATUS_OK;
    case OBJECT_ENDPOINT:
        return endpoint_destroy((struct endpoint *)slot->object);
    case OBJECT_NOTIFICATION:
        return notification_destroy((struct notification *)slot->object);
    case OBJECT_REPLY:
        reply_destroy((struct reply *)slot->object);
        return STATUS_OK;
    case OBJECT_VSPACE:
        space_destroy(slot);
        return STATUS_OK;
    case OBJECT_PAGE_TABLE:
        space_table_unmap(slot);
        return STATUS_OK;
    default:
        return STATUS_OK; /* untyped, ctable and frame are memory and nothing else */
    }
}

/* May deleting it wake or stop threads? That is as much as all else that one step does. */
static bool stirs_threads(const struct slot *leaf)
{
    switch (leaf->type) {
    case OBJECT_THREAD:
    case OBJECT_NOTIFICATION:
    case OBJECT_REPLY:
        return leaf->flags & SLOT_FIRST;
    case OBJECT_ENDPOINT:
        return leaf->flags & SLOT_FIRST || leaf->space > 0;
    case OBJECT_SCHED_CONTEXT:
        return leaf->flags & (SLOT_FIRST | SLOT_IN_THREAD);
    default:
        return false;
    }
}

static status_t leaf_delete(struct slot *leaf)
{
    if (leaf->type == OBJECT_FRAME)
        space_frame_unmap(leaf);
    if (leaf->type == OBJECT_ENDPOINT && endpoint_cancel_by(leaf) != STATUS_OK)
        return STATUS_AGAIN;
    held_released(leaf);
    if (leaf->flags & SLOT_FIRST) {
        status_t status = object_destroy(leaf);
        if (status != STATUS_OK)
            return status;
    }
    clear(leaf);
    return STATUS_OK;
}

/* The last capability that a table still holds, or NULL. The table shrinks past what is empty, `steps` slots at most: no other
 * capability to it is left, so nobody misses them. */
static struct slot *table_last(struct slot *table, unsigned *steps)
{
    while (table->value > 0) {
        struct slot *slot = table_slot(table, table->value - 1);
        if (slot->type != OBJECT_NULL)
            return slot;
        if (*steps == 0)
            return NULL;
        table->value--;
        --*steps;
    }
    return NULL;
}

/* Where to delete next on the way to `root`: a capability with nothing below. NULL: out of steps. The way down is at most
 * DEPTH_MAX * (NEST_MAX + 1) long, and is walked to its end whatever it takes: otherwise nothing would be gained by another call. */
static struct slot *leaf_below(struct slot *root, bool itself, unsigned *steps)
{
    struct slot *slot = root;
    unsigned walked = 0; /* counts at the end: a table at the end of the longest way still has steps to shrink by */

    for (;;) {
        struct slot *child = first_child(slot);
        if (child == NULL && slot->type == OBJECT_CTABLE && (slot->flags & SLOT_FIRST) && (slot != root || itself)) {
            child = table_last(slot, steps);
            if (child == NULL && slot->value > 0)
                return NULL;
        }
        if (child == NULL)
            break;
        slot = child;
        walked++;
    }
    *steps -= walked < *steps ? walked : *steps;
    return slot;
}

status_t cap_destroy(struct slot *root, bool itself)
{
    unsigned steps = STEP_SLOTS;

    for (unsigned count = 0; count < STEP_DELETIONS && steps > 0; count++) {
        struct slot *leaf = leaf_below(root, itself, &steps);
        if (leaf == NULL)
            return STATUS_AGAIN;
        if (leaf == root && !itself)
            return STATUS_OK;
        if (stirs_threads(leaf)) {
            if (count > 0)
                return STATUS_AGAIN;
            steps = 0;
        }
        status_t status = leaf_delete(leaf);
        if (status != STATUS_OK)
            return status;
        if (leaf == root)
            return STATUS_OK;
    }
    return STATUS_AGAIN;
}
