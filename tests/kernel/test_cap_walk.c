/*
 * Capabilities under a random walk: three actors, each with a table of its own, retype, copy, mint, move, delete and revoke as they like, with
 * arguments that are often wrong. After each step the model must agree: on the status, and on every capability that is left.
 */
#include "cap_actor.h"
#include "cap_model.h"
#include "cap_range.h"
#include "check.h"
#include "invariants.h"
#include "untyped.h"
#include "walk.h"
#include "world.h"

#define ACTORS 3

enum kind { RETYPE, RETYPE_PART, COPY, MINT, MOVE, DELETE, DELETE_AGAIN, DELETE_TABLE, REVOKE, CONFIGURE, SEAT, BY_SEATED, REFUSED };
static const char *const kinds[] = {"retype", "retype, given up", "copy", "mint", "move", "delete", "delete in steps",
                                    "delete a table with capabilities in it", "revoke", "configure", "seat",
                                    "done by an actor with another table", "refused", NULL};

static struct thread *actors[ACTORS]; /* the first keeps the root table */

/* ---- steps */

/* How deep in tables an object is that is made from an untyped into a table: it goes with either. */
static unsigned nesting(int untyped, int table)
{
    return model[untyped].nest > model[table].nest ? model[untyped].nest : model[table].nest;
}

/* What carving comes to; `start` is where the object goes. */
static status_t carve(int untyped, unsigned type, unsigned bits, word_t offset, int table, word_t *start)
{
    struct node *from = &model[untyped];
    word_t size = 1UL << bits;
    bool device = from->flags & SLOT_DEVICE;

    if (!model_has_children(untyped) && !from->fresh) {
        from->used = 0;
        from->fresh = true;
    }
    *start = (device && offset > from->used ? offset : from->used) + size - 1;
    *start -= *start % size;
    if (device ? type != OBJECT_FRAME && type != OBJECT_UNTYPED : offset != 0)
        return STATUS_BAD_ARGUMENT;
    if (device && offset != 0 && *start != offset)
        return STATUS_BAD_ARGUMENT;
    if (bits > from->size_bits || *start + size > 1UL << from->size_bits)
        return STATUS_NO_MEMORY;
    if (type == OBJECT_CTABLE && nesting(untyped, table) >= NEST_MAX)
        return STATUS_TOO_DEEP;
    return derivable(untyped);
}

static void step_retype(void)
{
    static const uint8_t types[] = {OBJECT_UNTYPED, OBJECT_UNTYPED, OBJECT_UNTYPED, OBJECT_CTABLE, OBJECT_CTABLE, OBJECT_CTABLE,
                                    OBJECT_THREAD,  OBJECT_ENDPOINT, OBJECT_NOTIFICATION, OBJECT_REPLY, OBJECT_SCHED_CONTEXT,
                                    OBJECT_VSPACE,  OBJECT_PAGE_TABLE, OBJECT_FRAME, OBJECT_FRAME, OBJECT_IRQ};
    word_t index;
    word_t table_index = some_table(false, &index);
    word_t source = some_of_type(OBJECT_UNTYPED);
    unsigned type = types[walk_choose(array_count(types))];
    word_t bits = type == OBJECT_FRAME ? (walk_choose(6) == 0 ? 21 : 12) : type == OBJECT_UNTYPED ? 6 + walk_choose(13) : walk_choose(6) == 0 ? 13 + walk_choose(3) : 5 + walk_choose(7);
    word_t offset = walk_choose(8) == 0 ? walk_choose(64) << 10 : 0;
    bool only_once = walk_choose(2) == 0;
    word_t start = 0;
    int untyped;
    int table;
    status_t expected = find(source, &untyped);

    if (expected == STATUS_OK && model[untyped].type != OBJECT_UNTYPED)
        expected = STATUS_WRONG_TYPE;
    if (expected == STATUS_OK)
        expected = place_empty(table_index, index, &table);
    bits = type == OBJECT_IRQ ? 0 : untyped_object_bits(type, bits);
    if (expected == STATUS_OK)
        expected = bits == 0 ? STATUS_BAD_ARGUMENT : carve(untyped, type, (unsigned)bits, offset, table, &start);
    walk_tell("retype untyped %lu, type %u, bits %lu, slot %lu, offset %#lx, table %lu%s", source, type, bits, index, offset, table_index,
              only_once ? ", once" : "");

    status_t status;
    unsigned calls = 0;
    do
        status = world_invoke(actor, SYS_UNTYPED_RETYPE, source, type, (const word_t[5]){bits, index, offset, table_index});
    while (status == STATUS_AGAIN && !only_once && ++calls <= (1U << WORLD_MEMORY_BITS) / PAGE_SIZE);
    if (status == STATUS_AGAIN && only_once && expected == STATUS_OK && bits > PAGE_BITS) {
        model[untyped].used = start;
        walk_did(RETYPE_PART);
        return;
    }
    CHECK_EQUAL(status, expected);
    if (status != STATUS_OK)
        return;

    const struct slot *slot = slot_of(table, index);
    struct node *node = &model[model_new(MODEL_NONE)];
    bool physical = type == OBJECT_UNTYPED || type == OBJECT_FRAME || type == OBJECT_VSPACE || type == OBJECT_PAGE_TABLE;
    node->parent = untyped;
    node->slot = slot;
    node->type = type;
    node->rights = RIGHT_ALL;
    node->flags = SLOT_FIRST | (model[untyped].flags & SLOT_DEVICE);
    node->size_bits = (unsigned)bits;
    node->object = model[untyped].object + start + (physical ? 0 : DIRECT_BASE);
    node->nest = nesting(untyped, table) + (type == OBJECT_CTABLE);
    model[untyped].used = start + (1UL << bits);
    model[untyped].fresh = false;
    model_check_new(slot);
    walk_did(RETYPE);
}

static void step_copy(void)
{
    word_t index;
    word_t table_index = some_table(false, &index);
    word_t source = some_slot(table_of(actor), true);
    word_t rights = walk_choose(3) == 0 ? walk_choose(16) : ~0UL;
    int from;
    int table;
    status_t expected = find(source, &from);

    if (expected == STATUS_OK)
        expected = place_empty(table_index, index, &table);
    if (expected == STATUS_OK && (model[from].type == OBJECT_UNTYPED || model[from].type == OBJECT_PAGE_TABLE))
        expected = STATUS_BAD_ARGUMENT;
    if (expected == STATUS_OK && model[from].flags & SLOT_FIRST)
        expected = derivable(from);
    walk_tell("copy %lu to table %lu slot %lu, rights %lx", source, table_index, index, rights);
    CHECK_EQUAL(world_invoke(actor, SYS_CAP_COPY, table_index, index, (const word_t[5]){source, rights}), expected);
    if (expected != STATUS_OK)
        return;

    struct node *node = &model[model_new(from)];
    node->slot = slot_of(table, index);
    node->rights &= (unsigned)rights;
    node->parent = model[from].flags & SLOT_FIRST ? from : model[from].parent;
    node->flags &= SLOT_DEVICE;
    walk_did(COPY);
    if (actor != actors[0])
        walk_did(BY_SEATED);
}

static bool mintable(const struct node *from, word_t value)
{
    word_t first = value & 0xffffffff;
    word_t count = value >> 32;

    switch (from->type) {
    case OBJECT_UNTYPED:
    case OBJECT_PAGE_TABLE:
        return false;
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
        return from->badge == 0 || from->badge == value;
    case OBJECT_IRQ:
        return count > 0 && first >= (from->object & 0xffffffff) && first + count <= (from->object & 0xffffffff) + (from->object >> 32);
    default:
        return value == 0;
    }
}

static void step_mint(void)
{
    word_t index;
    word_t table_index = some_table(false, &index);
    word_t source = some_slot(table_of(actor), true);
    word_t rights = walk_choose(3) == 0 ? walk_choose(16) : ~0UL;
    int from;
    int table;
    status_t expected = find(source, &from);
    bool is_irq = expected == STATUS_OK && model[from].type == OBJECT_IRQ;
    word_t value = is_irq ? walk_choose(IRQ_LINES) | (word_t)walk_choose(8) << 32 : walk_choose(3);

    if (expected == STATUS_OK)
        expected = place_empty(table_index, index, &table);
    if (expected == STATUS_OK && !mintable(&model[from], value))
        expected = STATUS_BAD_ARGUMENT;
    if (expected == STATUS_OK)
        expected = derivable(from);
    walk_tell("mint %lu to table %lu slot %lu, rights %lx, value %#lx", source, table_index, index, rights, value);
    CHECK_EQUAL(world_invoke(actor, SYS_CAP_MINT, table_index, index, (const word_t[5]){source, rights, value}), expected);
    if (expected != STATUS_OK)
        return;

    struct node *node = &model[model_new(from)];
    node->slot = slot_of(table, index);
    node->rights &= (unsigned)rights;
    node->parent = from;
    node->flags &= SLOT_DEVICE;
    if (is_irq)
        node->object = value;
    else if (node->type == OBJECT_ENDPOINT || node->type == OBJECT_NOTIFICATION)
        node->badge = value;
    walk_did(MINT);
}

static void step_move(void)
{
    word_t index;
    word_t table_index = some_table(false, &index);
    word_t source = some_slot(table_of(actor), true);
    int from;
    int table;
    status_t expected = find(source, &from);

    if (expected == STATUS_OK)
        expected = place_empty(table_index, index, &table);
    if (expected == STATUS_OK && (model[from].type == OBJECT_UNTYPED || (model[from].type == OBJECT_CTABLE && model[from].flags & SLOT_FIRST)))
        expected = STATUS_BAD_ARGUMENT;
    if (expected == STATUS_OK && model[from].parent == MODEL_NONE)
        return; /* what boot made stays where the next steps find it */
    walk_tell("move %lu to table %lu slot %lu", source, table_index, index);
    CHECK_EQUAL(world_invoke(actor, SYS_CAP_MOVE, table_index, index, (const word_t[5]){source}), expected);
    walk_did(expected == STATUS_OK ? MOVE : REFUSED);
    if (expected == STATUS_OK)
        model[from].slot = slot_of(table, index);
}

static void step_destroy(bool itself)
{
    word_t index;
    word_t table_index = some_table(true, &index);
    int table;
    status_t expected = place(table_index, RIGHT_WRITE, index, &table);
    int root = expected == STATUS_OK ? model_at(slot_of(table, index)) : MODEL_NONE;

    if (root != MODEL_NONE && model[root].parent == MODEL_NONE && (itself || model[root].type == OBJECT_CTABLE))
        return; /* the walk would be over */
    if (root != MODEL_NONE && model[root].type == OBJECT_UNTYPED && model[root].size_bits > 18 && walk_choose(8) != 0)
        return; /* and nearly so */
    if (expected == STATUS_OK && root == MODEL_NONE && !itself)
        expected = STATUS_NO_CAP;
    walk_tell("%s table %lu slot %lu", itself ? "delete" : "revoke", table_index, index);
    status_t status = world_invoke(actor, itself ? SYS_CAP_DELETE : SYS_CAP_REVOKE, table_index, index, (const word_t[5]){0});
    /* The actor may have cut off the branch that it sits on: on with the kernel's own function. */
    for (unsigned calls = 0; status == STATUS_AGAIN && root != MODEL_NONE; calls++) {
        CHECK(calls < 10000, "it does not end");
        walk_did(DELETE_AGAIN);
        check_invariants();
        status = cap_destroy((struct slot *)slot_of(table, index), itself);
    }
    CHECK_EQUAL(status, expected);
    if (status != STATUS_OK || root == MODEL_NONE)
        return;
    if (model[root].type == OBJECT_CTABLE && model[root].flags & SLOT_FIRST && model_goes_with(root, itself) > 2)
        walk_did(DELETE_TABLE);
    walk_did(itself ? DELETE : REVOKE);
    model_destroy(root, itself);
}

/* A thread's capability goes, and another comes in its place: as thread_configure does it. */
static void hold(struct slot *held, int source)
{
    int before = model_at(held);

    if (before != MODEL_NONE)
        model[before].live = false;
    struct node *node = &model[model_new(source)];
    node->slot = held;
    node->parent = source;
    node->flags = (node->flags & SLOT_DEVICE) | SLOT_IN_THREAD;
}

static void step_configure(void)
{
    word_t target = some_of_type(OBJECT_THREAD);
    const word_t index[] = {walk_choose(2) ? some_of_type(OBJECT_CTABLE) : 0, walk_choose(2) ? some_of_type(OBJECT_VSPACE) : 0, 0,
                            walk_choose(2) ? some_of_type(OBJECT_ENDPOINT) : 0};
    static const unsigned types[] = {OBJECT_CTABLE, OBJECT_VSPACE, OBJECT_SCHED_CONTEXT, OBJECT_ENDPOINT};
    int source[4] = {MODEL_NONE, MODEL_NONE, MODEL_NONE, MODEL_NONE};
    int thread;
    status_t expected = find(target, &thread);

    if (expected == STATUS_OK && model[thread].type != OBJECT_THREAD)
        expected = STATUS_WRONG_TYPE;
    if (expected == STATUS_OK && !(model[thread].rights & RIGHT_WRITE))
        expected = STATUS_NO_RIGHT;
    for (unsigned i = 0; i < 4 && expected == STATUS_OK; i++) {
        if (index[i] == 0)
            continue;
        expected = find(index[i], &source[i]);
        if (expected == STATUS_OK && model[source[i]].type != types[i])
            expected = STATUS_WRONG_TYPE;
        if (expected == STATUS_OK && !(model[source[i]].rights & RIGHT_WRITE))
            expected = STATUS_NO_RIGHT;
        if (expected == STATUS_OK)
            expected = derivable(source[i]);
    }
    walk_tell("configure thread %lu with table %lu, space %lu, fault endpoint %lu", target, index[0], index[1], index[3]);
    CHECK_EQUAL(world_invoke(actor, SYS_THREAD_CONFIGURE, target, index[0], (const word_t[5]){index[1], index[2], index[3]}), expected);
    if (expected == STATUS_OK)
        walk_did(CONFIGURE);
    for (unsigned i = 0; i < 4 && expected == STATUS_OK; i++)
        if (source[i] != MODEL_NONE)
            hold(&((struct thread *)model[thread].object)->slots[i], source[i]);
}

/* An actor other than the first gets a table that this actor has. */
static void step_seat(void)
{
    struct thread *seated = actors[1 + walk_choose(ACTORS - 1)];
    struct slot *held = &seated->slots[THREAD_CTABLE];
    int source;

    if (find(some_of_type(OBJECT_CTABLE), &source) != STATUS_OK || model[source].type != OBJECT_CTABLE || derivable(source) != STATUS_OK)
        return;
    walk_tell("an actor sits at a table of %u slots", slots_of(source));
    cap_release(held);
    cap_hold((struct slot *)model[source].slot, held, SLOT_IN_THREAD);
    hold(held, source);
    walk_did(SEAT);
}

static void step_identify(void)
{
    word_t index;
    word_t table_index = some_table(true, &index);
    int table;
    status_t expected = place(table_index, RIGHT_READ, index, &table);
    const struct registers *registers = &actor->registers;

    CHECK_EQUAL(world_invoke(actor, SYS_CAP_IDENTIFY, table_index, index, (const word_t[5]){0}), expected);
    if (expected != STATUS_OK)
        return;
    int node = model_at(slot_of(table, index));
    CHECK_EQUAL(registers->message[0], node == MODEL_NONE ? OBJECT_NULL : model[node].type);
    if (node == MODEL_NONE)
        return;
    CHECK_EQUAL(registers->message[1], model[node].rights);
    CHECK_EQUAL(registers->message[3], model[node].size_bits);
    CHECK_EQUAL(registers->message[4], model_depth(node));
    if (model[node].type == OBJECT_UNTYPED)
        CHECK_EQUAL(registers->message[2], model_has_children(node) ? model[node].used : 0);
}

static void begin(void)
{
    world_init();
    actors[0] = world.self;
    actors[1] = world_thread();
    actors[2] = world_thread();
    model_begin(world.table, WORLD_SLOTS);
    for (unsigned i = 0; i < ACTORS; i++)
        hold(&actors[i]->slots[THREAD_CTABLE], model_at(&world.table[WORLD_TABLE]));
    model_check(world.table, WORLD_SLOTS);
}

static void step(const struct walk_step *step)
{
    uint32_t kind = step->words[0] % 100;

    actor = actors[step->words[1] % (ACTORS + 1) % ACTORS];
    walk_tell("actor %u:", actor == actors[0] ? 0 : actor == actors[1] ? 1 : 2);
    if (kind < 35)
        step_retype();
    else if (kind < 48)
        step_copy();
    else if (kind < 58)
        step_mint();
    else if (kind < 66)
        step_move();
    else if (kind < 80)
        step_destroy(true);
    else if (kind < 84)
        step_destroy(false);
    else if (kind < 90)
        step_configure();
    else if (kind < 95)
        step_seat();
    else
        step_identify();
    model_check(world.table, WORLD_SLOTS);
    check_invariants();
}

CASE(capabilities_agree_with_a_model)
{
    static const struct walk walk = {begin, step, 300, 150, kinds};

    walk_run(&walk);
}
