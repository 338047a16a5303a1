/* cap.c and cap_calls.c: the limits, and the orders of things that a random walk seldom meets. test_cap_walk.c has the rest. */
#include <string.h>

#include "arch/host.h"
#include "cap_lookup.h"
#include "check.h"
#include "invariants.h"
#include "notification.h"
#include "untyped.h"
#include "world.h"

#define A WORLD_FREE
#define B (WORLD_FREE + 1)
#define C (WORLD_FREE + 2)
#define D (WORLD_FREE + 3)

static status_t destroy(unsigned number, word_t table, word_t slot)
{
    return world_repeat(number, table, slot, (const word_t[5]){0}, 100000);
}

CASE(a_lookup_checks_place_type_and_rights)
{
    struct slot *slot;

    world_init();
    world_make(A, OBJECT_ENDPOINT, 0);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, B, A, RIGHT_READ), STATUS_OK);
    CHECK_EQUAL(cap_lookup(world.self, A, OBJECT_ENDPOINT, RIGHT_READ | RIGHT_WRITE, &slot), STATUS_OK);
    CHECK(slot == &world.table[A]);
    CHECK_EQUAL(cap_lookup(world.self, B, OBJECT_ENDPOINT, RIGHT_READ, &slot), STATUS_OK);
    CHECK_EQUAL(cap_lookup(world.self, B, OBJECT_ENDPOINT, RIGHT_READ | RIGHT_WRITE, &slot), STATUS_NO_RIGHT);
    CHECK_EQUAL(cap_lookup(world.self, A, OBJECT_THREAD, 0, &slot), STATUS_WRONG_TYPE);
    CHECK_EQUAL(cap_lookup(world.self, C, OBJECT_ENDPOINT, 0, &slot), STATUS_NO_CAP);
    CHECK_EQUAL(cap_lookup(world.self, 0, OBJECT_ENDPOINT, 0, &slot), STATUS_NO_CAP);
    CHECK_EQUAL(cap_lookup(world.self, WORLD_SLOTS, OBJECT_ENDPOINT, 0, &slot), STATUS_NO_CAP);
    CHECK_EQUAL(cap_lookup(world.self, ~0UL, OBJECT_ENDPOINT, 0, &slot), STATUS_NO_CAP);
    CHECK_EQUAL(cap_lookup(world.self, (1UL << 59) + A, OBJECT_ENDPOINT, 0, &slot), STATUS_NO_CAP);
}

CASE(rights_and_badges_only_shrink)
{
    world_init();
    world_make(A, OBJECT_ENDPOINT, 0);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, B, A, RIGHT_WRITE | RIGHT_GRANT, 7), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, C, B, RIGHT_ALL, 8), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, C, B, RIGHT_ALL, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, C, B, ~0UL, 7), STATUS_OK);
    CHECK_EQUAL(world.table[C].rights, RIGHT_WRITE | RIGHT_GRANT);
    CHECK_EQUAL(world.table[C].value, 7);
    CHECK_EQUAL(world.table[B].flags & (SLOT_CALLS | SLOT_RECEIVES), SLOT_CALLS);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, D, B, RIGHT_READ), STATUS_OK);
    CHECK_EQUAL(world.table[D].rights, 0);
    CHECK_EQUAL(world.table[D].value, 7);
}

CASE(the_tree_has_a_deepest_level)
{
    world_init();
    world_make(A, OBJECT_ENDPOINT, 0); /* depth 1 */
    for (unsigned depth = 2; depth <= DEPTH_MAX; depth++)
        CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, A + depth, depth == 2 ? A : A + depth - 1, RIGHT_ALL, 0), STATUS_OK);
    CHECK_EQUAL(world.table[A + DEPTH_MAX].depth, DEPTH_MAX);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, A + 1, A + DEPTH_MAX, RIGHT_ALL, 0), STATUS_TOO_DEEP);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, A + 1, A + DEPTH_MAX, RIGHT_ALL), STATUS_OK); /* a sibling */
    check_invariants();
    CHECK_EQUAL(INVOKE(SYS_CAP_REVOKE, 0, A), STATUS_AGAIN);
    CHECK_EQUAL(destroy(SYS_CAP_REVOKE, 0, A), STATUS_OK);
    CHECK(!cap_has_children(&world.table[A]));
    for (unsigned i = 1; i <= DEPTH_MAX; i++)
        CHECK_EQUAL(world.table[A + i].type, OBJECT_NULL);
}

/* Each table is made into the one before: NEST_MAX deep, then no deeper, neither from an untyped that stands there. */
CASE(tables_nest_so_deep_and_no_deeper)
{
    const struct slot root = {.nest = 0};
    struct slot out = {0};
    struct slot *inner;

    world_init();
    world_make(A, OBJECT_CTABLE, 7);
    for (unsigned i = 1; i < NEST_MAX; i++) {
        CHECK_EQUAL(INVOKE(SYS_UNTYPED_RETYPE, WORLD_UNTYPED, OBJECT_CTABLE, 7, 1, 0, A + i - 1), STATUS_OK);
        inner = (struct slot *)world.table[A + i - 1].object + 1;
        CHECK_EQUAL(inner->nest, i + 1);
        cap_duplicate(inner, &world.table[A + i], RIGHT_ALL); /* for the next */
    }
    check_invariants();
    CHECK_EQUAL(INVOKE(SYS_UNTYPED_RETYPE, WORLD_UNTYPED, OBJECT_CTABLE, 7, 1, 0, A + NEST_MAX - 1), STATUS_TOO_DEEP);
    CHECK_EQUAL(INVOKE(SYS_UNTYPED_RETYPE, WORLD_UNTYPED, OBJECT_UNTYPED, 12, 1, 0, A + NEST_MAX - 1), STATUS_OK);
    inner = (struct slot *)world.table[A + NEST_MAX - 1].object + 1;
    CHECK_EQUAL(untyped_carve(inner, OBJECT_CTABLE, 7, 0, &out, &root), STATUS_TOO_DEEP);
    CHECK_EQUAL(destroy(SYS_CAP_DELETE, 0, A), STATUS_OK);
    for (unsigned i = 0; i < NEST_MAX; i++)
        CHECK_EQUAL(world.table[A + i].type, OBJECT_NULL);
    CHECK(!cap_has_children(&world.table[WORLD_UNTYPED]));
}

CASE(what_must_stay_is_not_moved)
{
    world_init();
    world_make(A, OBJECT_CTABLE, 8);
    world_make(B, OBJECT_UNTYPED, 12);
    CHECK_EQUAL(INVOKE(SYS_CAP_MOVE, 0, C, A), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_CAP_MOVE, 0, C, B), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, C, B, RIGHT_ALL), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, C, B, RIGHT_ALL, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, C, A, RIGHT_ALL), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_MOVE, A, 3, C), STATUS_OK); /* a copy may, even into the table itself */
    CHECK_EQUAL(((struct slot *)world.table[A].object)[3].object, world.table[A].object);
    check_invariants();
    CHECK_EQUAL(destroy(SYS_CAP_DELETE, 0, A), STATUS_OK);
    CHECK_EQUAL(world.table[A].type, OBJECT_NULL);
}

/* A large table that is full and sparse in turn: deleted in steps, each of bounded size. */
CASE(a_table_is_emptied_in_steps)
{
    world_init();
    world_make(A, OBJECT_CTABLE, 15);
    world_make(B, OBJECT_ENDPOINT, 0);
    struct slot *inside = (struct slot *)world.table[A].object;
    for (unsigned i = 1; i < 1024; i += i < 200 ? 1 : 97)
        CHECK_EQUAL(INVOKE(SYS_CAP_COPY, A, i, B, RIGHT_ALL), STATUS_OK);
    unsigned left = 1024;
    status_t status;
    do {
        struct slot before[1024];
        unsigned gone = 0;
        memcpy(before, inside, sizeof(before));
        status = INVOKE(SYS_CAP_DELETE, 0, A);
        for (unsigned i = 0; i < 1024; i++)
            gone += before[i].type != OBJECT_NULL && inside[i].type == OBJECT_NULL;
        CHECK(gone <= STEP_DELETIONS);
        check_invariants();
    } while (status == STATUS_AGAIN && --left > 0);
    CHECK_EQUAL(status, STATUS_OK);
    CHECK(left > 900 && left < 1010, "%u steps were left", left);
    CHECK(!cap_has_children(&world.table[B]));
    CHECK_EQUAL(world.table[B].type, OBJECT_ENDPOINT);
}

/* A thread whose own table goes in mid-call is told so at its next. */
CASE(a_thread_may_delete_its_own_table)
{
    struct thread *other;

    world_init();
    world_make(A, OBJECT_CTABLE, 8);
    other = world_thread();
    cap_release(&other->slots[THREAD_CTABLE]);
    cap_hold(&world.table[A], &other->slots[THREAD_CTABLE], SLOT_IN_THREAD);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, A, 2, WORLD_TABLE, RIGHT_ALL), STATUS_OK);
    CHECK_EQUAL(world_invoke(other, SYS_CAP_DELETE, 2, A, (const word_t[5]){0}), STATUS_OK);
    CHECK_EQUAL(world.table[A].type, OBJECT_NULL);
    CHECK_EQUAL(world_invoke(other, SYS_CAP_DELETE, 0, 1, (const word_t[5]){0}), STATUS_NO_CAP);
    check_invariants();
}

CASE(deleting_what_is_not_there)
{
    world_init();
    CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, 0, A), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_REVOKE, 0, A), STATUS_NO_CAP);
    CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, 0, WORLD_SLOTS), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, A, 1), STATUS_NO_CAP);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, A, WORLD_TABLE, RIGHT_READ), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, A, B), STATUS_NO_RIGHT);
    CHECK_EQUAL(INVOKE(SYS_CAP_IDENTIFY, A, B), STATUS_OK);
}

/* ---- interrupt lines */

static status_t line_capability(unsigned line, unsigned count)
{
    return INVOKE(SYS_CAP_MINT, 0, C, WORLD_IRQ, RIGHT_ALL, line | (word_t)count << 32);
}

CASE(a_line_signals_what_it_is_bound_to)
{
    world_init();
    const struct notification *notification = (const struct notification *)world_make(A, OBJECT_NOTIFICATION, 0)->object;
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, B, A, RIGHT_ALL, 0x40), STATUS_OK);
    CHECK_EQUAL(line_capability(5, 1), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_IRQ_BIND, WORLD_IRQ, B), STATUS_BAD_ARGUMENT); /* more than one line */
    CHECK_EQUAL(INVOKE(SYS_IRQ_BIND, C, B), STATUS_OK);
    CHECK(host.unmasked[5]);
    CHECK_EQUAL(INVOKE(SYS_IRQ_BIND, C, A), STATUS_ALREADY);
    irq_handle(5);
    irq_handle(6);
    CHECK_EQUAL(notification->bits, 0x40);
    host.unmasked[5] = false;
    CHECK_EQUAL(INVOKE(SYS_IRQ_ACK, C, 0), STATUS_OK);
    CHECK(host.unmasked[5]);
    check_invariants();
    CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, 0, B), STATUS_OK); /* and with it what the line holds */
    CHECK(!host.unmasked[5]);
    CHECK(!cap_has_children(&world.table[A]));
    irq_handle(5);
    CHECK_EQUAL(INVOKE(SYS_IRQ_ACK, C, 0), STATUS_OK);
    CHECK(!host.unmasked[5], "nobody would serve it");
    CHECK_EQUAL(INVOKE(SYS_IRQ_BIND, C, A), STATUS_OK);
}

CASE(lines_are_parts_of_ranges)
{
    world_init();
    CHECK_EQUAL(line_capability(0, 0), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(line_capability(IRQ_LINES, 1), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(line_capability(1, IRQ_LINES), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(line_capability(~0U, 1), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(line_capability(4, 2), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, D, C, RIGHT_ALL, 3 | 1UL << 32), STATUS_BAD_ARGUMENT);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, D, C, RIGHT_ALL, 5 | 1UL << 32), STATUS_OK);
    world_make(A, OBJECT_NOTIFICATION, 0);
    CHECK_EQUAL(INVOKE(SYS_IRQ_BIND, D, A), STATUS_OK);
    CHECK(host.unmasked[5]);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, B, WORLD_IRQ, RIGHT_ALL, 1UL << 32), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_IRQ_BIND, B, A), STATUS_BAD_ARGUMENT); /* a line that is not there */
}
