#include "cap_model.h"

#include <string.h>

#include "check.h"
#include "memory.h"
#include "paging.h"
#include "sched.h"
#include "thread.h"
#include "world.h"

struct node model[MODEL_NODES];

static int used; /* nodes before here have been used */
static bool gone[MODEL_NODES]; /* what mark() found last */

int model_at(const struct slot *slot)
{
    for (int i = 0; i < used; i++)
        if (model[i].live && model[i].slot == slot)
            return i;
    return MODEL_NONE;
}

int model_new(int like)
{
    int free = 0;

    while (free < used && model[free].live)
        free++;
    CHECK(free < MODEL_NODES, "the model has too few nodes");
    used += free == used;
    model[free] = like == MODEL_NONE ? (struct node){.parent = MODEL_NONE} : model[like];
    model[free].live = true;
    return free;
}

void model_begin(const struct slot *table, unsigned slots)
{
    for (unsigned i = 0; i < slots; i++)
        if (table[i].type != OBJECT_NULL) {
            struct node *node = &model[model_new(MODEL_NONE)];
            node->slot = &table[i];
            node->type = table[i].type;
            node->rights = table[i].rights;
            node->flags = table[i].flags;
            node->size_bits = table[i].size_bits;
            node->object = table[i].object;
        }
}

bool model_has_children(int node)
{
    for (int i = 0; i < used; i++)
        if (model[i].live && model[i].parent == node)
            return true;
    return false;
}

unsigned model_depth(int node)
{
    return model[node].parent == MODEL_NONE ? 0 : model_depth(model[node].parent) + 1;
}

/* Where an object lies as the kernel reaches it, NULL if it is not RAM. */
static uint8_t *memory_of(const struct node *node)
{
    if (!(node->flags & SLOT_FIRST) || node->flags & SLOT_DEVICE || node->parent == MODEL_NONE)
        return NULL;
    bool physical = node->type == OBJECT_UNTYPED || node->type == OBJECT_FRAME || node->type == OBJECT_VSPACE ||
                    node->type == OBJECT_PAGE_TABLE;
    return physical ? direct(node->object) : (uint8_t *)node->object;
}

/* A capability lies in an object: in a table, or held by a thread. */
static bool lies_in(const struct node *node, const struct node *object)
{
    const uint8_t *memory = memory_of(object);

    return (object->type == OBJECT_CTABLE || object->type == OBJECT_THREAD) && memory != NULL &&
           (const uint8_t *)node->slot >= memory && (const uint8_t *)node->slot < memory + (1UL << object->size_bits);
}

/* What was derived from what goes, goes; so does what lies in an object that goes. Marks until nothing new is found. */
static void mark(int root, bool itself)
{
    memset(gone, 0, sizeof(gone));
    gone[root] = true;
    for (bool found = true; found;) {
        found = false;
        for (int i = 0; i < used; i++) {
            if (!model[i].live || gone[i])
                continue;
            bool goes = model[i].parent != MODEL_NONE && gone[model[i].parent];
            for (int object = 0; object < used && !goes; object++)
                goes = gone[object] && (object != root || itself) && lies_in(&model[i], &model[object]);
            found = found || goes;
            gone[i] = goes;
        }
    }
    gone[root] = itself;
}

unsigned model_goes_with(int root, bool itself)
{
    unsigned count = 0;

    mark(root, itself);
    for (int i = 0; i < used; i++)
        count += gone[i];
    return count;
}

void model_destroy(int root, bool itself)
{
    mark(root, itself);
    for (int i = 0; i < used; i++)
        if (gone[i]) {
            if (memory_of(&model[i]) != NULL)
                memset(memory_of(&model[i]), WORLD_JUNK, 1UL << model[i].size_bits);
            model[i].live = false;
        }
}

/* ---- against the kernel */

static void check_node(int index)
{
    const struct node *node = &model[index];
    const struct slot *slot = node->slot;

    CHECK_EQUAL(slot->type, node->type);
    CHECK_EQUAL(slot->rights, node->rights);
    CHECK_EQUAL(slot->flags & (SLOT_FIRST | SLOT_DEVICE | SLOT_IN_THREAD), node->flags & (SLOT_FIRST | SLOT_DEVICE | SLOT_IN_THREAD));
    CHECK_EQUAL(slot->size_bits, node->size_bits);
    CHECK_EQUAL(slot->object, node->object);
    CHECK_EQUAL(slot->depth, model_depth(index));
    if (node->type == OBJECT_ENDPOINT || node->type == OBJECT_NOTIFICATION)
        CHECK_EQUAL(slot->value, node->badge);
    if (node->type == OBJECT_CTABLE)
        CHECK_EQUAL(slot->value, 1UL << (node->size_bits - CAP_BITS));
    if (node->type == OBJECT_CTABLE || node->type == OBJECT_UNTYPED)
        CHECK_EQUAL(slot->nest, node->nest);
}

static unsigned count_filled(const struct slot *slots, unsigned count)
{
    unsigned filled = 0;

    for (unsigned i = 0; i < count; i++)
        filled += slots[i].type != OBJECT_NULL;
    return filled;
}

/* The slots of all tables and threads that hold something, root table first. */
static unsigned count_all_filled(const struct slot *table, unsigned slots)
{
    unsigned filled = count_filled(table, slots);

    for (int i = 0; i < used; i++) {
        if (!model[i].live || !(model[i].flags & SLOT_FIRST))
            continue;
        if (model[i].type == OBJECT_CTABLE)
            filled += count_filled((const struct slot *)model[i].object, 1U << (model[i].size_bits - CAP_BITS));
        else if (model[i].type == OBJECT_THREAD)
            filled += count_filled(((const struct thread *)model[i].object)->slots, THREAD_SLOTS);
    }
    return filled;
}

/* Walk a list from its start: neighbours agree, and the nearest before with a lesser depth is the parent. Returns its length. */
static unsigned check_list(const struct slot *slot)
{
    int parents[DEPTH_MAX + 1];
    unsigned length = 0;
    unsigned last = 0;

    for (; slot != NULL; slot = cap_next(slot), length++) {
        int index = model_at(slot);
        CHECK(index != MODEL_NONE, "the list holds a capability that should be gone");
        CHECK(length == 0 ? slot->depth == 0 : slot->depth <= last + 1, "depth %u after %u", slot->depth, last);
        CHECK_EQUAL(model[index].parent, slot->depth == 0 ? MODEL_NONE : parents[slot->depth - 1]);
        CHECK(cap_next(slot) == NULL || cap_prev(cap_next(slot)) == slot);
        parents[slot->depth] = index;
        last = slot->depth;
    }
    return length;
}

static void check_lists(unsigned live)
{
    unsigned listed = 0;

    for (int i = 0; i < used; i++)
        if (model[i].live && cap_prev(model[i].slot) == NULL)
            listed += check_list(model[i].slot);
    CHECK_EQUAL(listed, live);
}

static bool is_memory(const struct node *node)
{
    return node->live && node->flags & SLOT_FIRST && node->parent != MODEL_NONE;
}

static void check_memory(void)
{
    for (int i = 0; i < used; i++) {
        if (!is_memory(&model[i]))
            continue;
        paddr_t start = cap_paddr(model[i].slot);
        paddr_t end = start + (1UL << model[i].size_bits);
        const struct node *parent = &model[model[i].parent];
        CHECK_EQUAL(start % (1UL << model[i].size_bits), 0);
        CHECK(start >= parent->object && end <= parent->object + (1UL << parent->size_bits));
        for (int other = 0; other < i; other++)
            if (is_memory(&model[other]) && model[other].parent == model[i].parent) {
                paddr_t other_start = cap_paddr(model[other].slot);
                CHECK(other_start >= end || other_start + (1UL << model[other].size_bits) <= start, "objects overlap");
            }
    }
}

void model_check(const struct slot *table, unsigned slots)
{
    unsigned live = 0;
    unsigned held = 0; /* by threads that are no objects of the model */

    for (int i = 0; i < used; i++) {
        if (!model[i].live)
            continue;
        check_node(i);
        live++;
        held += model[i].flags & SLOT_IN_THREAD && true;
        for (int object = 0; object < used; object++)
            held -= model[i].flags & SLOT_IN_THREAD && model[object].live && lies_in(&model[i], &model[object]);
    }
    CHECK_EQUAL(count_all_filled(table, slots) + held, live);
    check_lists(live);
    check_memory();
}

void model_check_new(const struct slot *slot)
{
    const uint8_t *memory = direct(cap_paddr(slot));
    uint64_t size = 1UL << slot->size_bits;

    if (slot->flags & SLOT_DEVICE || slot->type == OBJECT_UNTYPED)
        return;
    if (slot->type == OBJECT_SCHED_CONTEXT) {
        struct sched_context expected = {.queued = false};
        sched_object_init(&expected);
        CHECK_EQUAL(memcmp(memory, &expected, sizeof(expected)), 0);
        return;
    }
    if (slot->type == OBJECT_VSPACE) {
        size /= 2;
        CHECK_EQUAL(memcmp(memory + size, paging_kernel_half(), size), 0);
    }
    if (slot->type == OBJECT_THREAD)
        size = offsetof(struct thread, fpu); /* which is made when it is used first */
    for (uint64_t i = 0; i < size; i++)
        CHECK(memory[i] == 0, "byte %lu of an object of type %u is %#x", (unsigned long)i, slot->type, memory[i]);
}
