#include "invariants.h"

#include "cap.h"
#include "hart.h"
#include "paging.h"
#include "panic.h"
#include "space.h"
#include "thread.h"

static struct slot *root_table;
static unsigned root_slots;
static bool enabled;
static bool fpu_owner_seen;   /* by the walk that is under way */
static bool active_root_seen; /* too */

/* ---- facts that take the whole walk */

/* The floating-point unit is nobody's, or that of a thread that is there and used it. */
static void fpu_owner_is_alive(const struct hart *hart)
{
    assert(hart->fpu_owner == NULL || (fpu_owner_seen && hart->fpu_owner->fpu_used), (word_t)hart->fpu_owner);
}

/* The active address space is the kernel's own, or one that is there. */
static void active_space_is_alive(const struct hart *hart)
{
    assert(hart->root == space_root(NULL) || active_root_seen, hart->root);
}

/* ---- the walk */

static void check_table(const struct slot *slots, uint64_t count);

/* What a capability leads to, once for each object: at its first one. */
static void check_object(const struct slot *slot)
{
    const void *object = (const void *)slot->object; /* but for a space, whose is a physical address */

    switch (slot->type) {
    case OBJECT_CTABLE:
        check_table(object, slot->value);
        break;
    case OBJECT_VSPACE:
        active_root_seen |= space_root(slot) == hart_self()->root;
        break;
    case OBJECT_THREAD:
        fpu_owner_seen |= object == hart_self()->fpu_owner;
        invariants_of_thread(object);
        break;
    case OBJECT_SCHED_CONTEXT:
        invariants_of_time(object);
        break;
    case OBJECT_ENDPOINT:
        invariants_of_endpoint(object);
        break;
    case OBJECT_NOTIFICATION:
        invariants_of_notification(object);
        break;
    case OBJECT_REPLY:
        invariants_of_reply(object);
        break;
    default:
        break;
    }
}

static void check_table(const struct slot *slots, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        invariants_of_capability(&slots[i]);
        if (slots[i].flags & SLOT_FIRST)
            check_object(&slots[i]);
    }
}

void check_invariants(void)
{
    const struct hart *hart = hart_self();

    invariants_of_hart(hart);
    for (unsigned line = 0; line < IRQ_LINES; line++)
        invariants_of_binding(line);
    fpu_owner_seen = false;
    active_root_seen = false;
    check_table(root_table, root_slots);
    fpu_owner_is_alive(hart);
    active_space_is_alive(hart);
}

void invariants_init(struct slot *table, unsigned slots, bool wanted)
{
    root_table = table;
    root_slots = slots;
    enabled = wanted;
}

void invariants_after_syscall(void)
{
    if (BUILD_DEBUG && enabled)
        check_invariants();
}
