/*
 * States that are built to be as bad for the kernel as they can be. `tisslab bench worst` counts what the calls on them take, and
 * tests/system/test_worst.py holds them to the bound: no entry into the kernel executes more than 5,000 instructions.
 *
 * Steps whose bounds these reach: STEP_DELETIONS, STEP_SLOTS (kernel/cap.h), ENDPOINT_STEP, NOTIFICATION_STEP, STEP_TIMERS, CALLS_MAX,
 * DEPTH_MAX, BATCH_MAX, MESSAGE_MAX. Those of worst_combined.c are made of several, and reach NEST_MAX and FAULTS_MAX.
 */
#include "guest.h"
#include "moments.h"
#include "worker.h"

#define CROWD 36 /* threads, more than any step serves; in debug builds, where no instruction is counted, fewer do */
#define CHAIN 17 /* calls in calls, as deep as they go */

static void until_done(status_t (*call)(word_t table, word_t slot), word_t slot)
{
    status_t status;

    while ((status = call(0, slot)) == STATUS_AGAIN)
        ;
    ok(status);
}

static word_t retyped(word_t untyped, word_t type, word_t size_bits, word_t slot, word_t table)
{
    status_t status;

    while ((status = untyped_retype(untyped, type, size_bits, slot, 0, table, NULL)) == STATUS_AGAIN)
        ;
    ok(status);
    return slot;
}

/* ---- messages */

static word_t endpoint, reply_to;

/* A page for long messages of the thread in this slot. */
static void give_buffer(word_t thread)
{
    ok(thread_buffer(thread, make_sized(OBJECT_FRAME, PAGE_BITS)));
}

static void call_long(struct worker *self)
{
    struct message message;

    for (;;) {
        message.info = message_info(1, MESSAGE_MAX) | 1UL << INFO_CAPS_SHIFT | message_within(MS * 1000);
        message.words[MESSAGE_WORDS - 1] = endpoint;
        ok(ipc(SYS_CALL, endpoint, &message));
        self->progress++;
    }
}

static void serve_long(struct worker *self)
{
    word_t taken = slots_new(21);
    struct message message = {.info = taken << INFO_RECEIVE_SHIFT};

    ok(ipc(SYS_RECV, endpoint, &message));
    for (unsigned i = 0; i < 20; i++) {
        expect_equal(identify(taken + i).type, OBJECT_ENDPOINT);
        message.info = message_info(0, MESSAGE_MAX) | (taken + i + 1) << INFO_RECEIVE_SHIFT;
        ok(ipc(SYS_REPLY_RECV, endpoint, &message));
        self->progress++;
    }
    ok(save_reply(reply_to));
    message.info = message_info(0, MESSAGE_MAX);
    ok(ipc(SYS_REPLY, reply_to, &message));
}

TEST(longest_messages_both_ways)
{
    endpoint = make(OBJECT_ENDPOINT);
    reply_to = make(OBJECT_REPLY);
    struct worker *server = worker_new(serve_long, LOW + 1);
    give_buffer(server->thread);
    for (unsigned i = 0; i < 3; i++) {
        struct worker *client = worker_new(call_long, HIGH); /* two wait in the queue when one is answered */
        give_buffer(client->thread);
        worker_start(client);
    }
    worker_start(server);
    worker_join(server);
    expect_equal(server->progress, 20);
}

/* ---- capabilities */

TEST(derivations_as_deep_as_they_go)
{
    word_t first = make(OBJECT_ENDPOINT), parent = first;

    while (depth_of(parent) < DEPTH_MAX)
        parent = minted(parent, RIGHT_ALL, 1);
    for (unsigned i = 0; i < 20; i++)
        copy_of(parent, RIGHT_ALL);
    until_done(cap_revoke, first);
    until_done(cap_delete, first);
}

TEST(large_tables_full_and_empty)
{
    word_t full = make_sized(OBJECT_CTABLE, 14), empty = make_sized(OBJECT_CTABLE, 16), bell = make(OBJECT_NOTIFICATION);

    for (word_t slot = 1; slot < 1 << (14 - CAP_BITS); slot++)
        ok(cap_copy(full, slot, bell, RIGHT_ALL));
    until_done(cap_delete, full);
    until_done(cap_delete, empty);
}

/* ---- memory */

TEST(every_object_is_made)
{
    for (word_t type = OBJECT_UNTYPED; type <= OBJECT_FRAME; type++)
        retyped(pool(), type, type == OBJECT_FRAME ? 21 : type == OBJECT_CTABLE ? 16 : 12, slot_new(), 0);
}

TEST(batches_of_the_largest_size)
{
    word_t frames = slots_new(BATCH_MAX), mapped;

    tables_into(SLOT_VSPACE, WINDOW);
    for (word_t i = 0; i < BATCH_MAX; i++)
        retyped(pool(), OBJECT_FRAME, PAGE_BITS, frames + i, 0);
    for (unsigned round = 0; round < 3; round++) {
        ok(frame_map_batch(frames, BATCH_MAX, SLOT_VSPACE, WINDOW, round % 2 ? RIGHTS_RW : RIGHT_READ | RIGHT_EXECUTE, &mapped, NULL));
        expect_equal(mapped, BATCH_MAX);
        for (word_t i = 0; i < BATCH_MAX; i++)
            ok(frame_protect(frames + i, RIGHT_READ | RIGHT_EXECUTE));
        for (word_t i = 0; i < BATCH_MAX; i++)
            ok(frame_unmap(frames + i));
    }
}

/* Where the frames were mapped last there is another table now: each has to be looked for there before it can be mapped again. */
TEST(batches_of_frames_whose_table_went)
{
    word_t frames = slots_new(BATCH_MAX), mapped;

    for (word_t i = 0; i < BATCH_MAX; i++)
        retyped(pool(), OBJECT_FRAME, PAGE_BITS, frames + i, 0);
    for (unsigned round = 0; round < 3; round++) {
        word_t table = 0, next = make(OBJECT_PAGE_TABLE);
        for (; table_map(next, SLOT_VSPACE, WINDOW, NULL) == STATUS_OK; next = make(OBJECT_PAGE_TABLE))
            table = next;
        ok(frame_map_batch(frames, BATCH_MAX, SLOT_VSPACE, WINDOW + round * BATCH_MAX * PAGE_SIZE, RIGHT_READ | RIGHT_EXECUTE, &mapped, NULL));
        expect_equal(mapped, BATCH_MAX);
        if (round < 2)
            ok(cap_delete(0, table));
    }
}

TEST(many_mapped_pages_are_revoked)
{
    word_t memory = make_sized(OBJECT_UNTYPED, 18), frame;

    for (word_t i = 0; i < 40; i++) {
        frame = make_from(memory, OBJECT_FRAME, PAGE_BITS);
        map_here(frame, WINDOW + i * PAGE_SIZE, RIGHTS_RW);
    }
    until_done(cap_revoke, memory);
}

/* ---- crowds of threads */

static struct worker crowd[CROWD];
static char crowd_stacks[CROWD][2048] __attribute__((aligned(16)));
static word_t memory, doors[CHAIN + 1], bell;
static uint64_t target;

/* A thread with everything that a thread can hold, from `memory`. */
static word_t member(unsigned i, void (*run)(struct worker *), unsigned priority, word_t fault)
{
    word_t time = make_from(memory, OBJECT_SCHED_CONTEXT, 0), thread = make_from(memory, OBJECT_THREAD, 0);

    ok(sched_configure(time, priority, 10000000, 20000000));
    ok(sched_bind(time, bell));
    ok(thread_configure(thread, SLOT_TABLE, SLOT_VSPACE, time, fault, bell));
    ok(thread_bind(thread, make(OBJECT_NOTIFICATION)));
    give_buffer(thread);
    crowd[i] = (struct worker){.run = run, .number = i, .thread = thread, .time = time};
    ok(thread_start(thread, (word_t)worker_begin, (word_t)crowd_stacks[i] + sizeof(crowd_stacks[i]), (word_t)&crowd[i]));
    return thread;
}

static void crowd_of(void (*run)(struct worker *), unsigned priority)
{
    guest_may_idle();
    bell = minted(make(OBJECT_NOTIFICATION), RIGHTS_RW, 1);
    memory = make_sized(OBJECT_UNTYPED, 20);
    endpoint = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < scaled(CROWD, 6); i++)
        member(i, run, priority, endpoint);
}

static void call_and_wait(struct worker *self)
{
    struct message message = {.info = message_info(1, MESSAGE_MAX) | message_within(MS * (1000 + self->number))};

    ipc(SYS_CALL, endpoint, &message);
    thread_suspend(self->thread);
}

TEST(an_endpoint_goes_with_many_callers)
{
    crowd_of(call_and_wait, HIGH);
    until_done(cap_delete, endpoint);
    sleep_ns(MS);
    until_done(cap_revoke, memory);
}

TEST(many_callers_go)
{
    crowd_of(call_and_wait, HIGH);
    until_done(cap_revoke, memory);
}

static void wait_for_bell(struct worker *self)
{
    wait(bell, 0, NULL);
    thread_suspend(self->thread);
}

TEST(a_notification_goes_with_many_waiters)
{
    crowd_of(wait_for_bell, HIGH);
    ok(signal(bell));
    until_done(cap_delete, bell);
    until_done(cap_revoke, memory);
}

static void wait_until_target(struct worker *self)
{
    word_t never = doors[self->number % 8];

    while (moment() + 1000 < target)
        wait(never, target - moment(), NULL);
    thread_suspend(self->thread);
}

TEST(many_timers_are_due_at_once)
{
    for (unsigned i = 0; i < 8; i++)
        doors[i] = make(OBJECT_NOTIFICATION);
    target = moment() + scaled(40, 1000) * MS;
    crowd_of(wait_until_target, HIGH);
    expect(moment() < target, moment(), target);
    while (moment() < target + MS)
        ;
    sleep_ns(50 * MS);
    until_done(cap_revoke, memory);
}

/* ---- chains of calls */

/* Takes a call at one door and calls at the next; who is too deep for that spins until it is told, and waits then. Nobody else spins: the
 * budgets of two, half the time each, would leave the case none. */
static volatile word_t last_waits;

static void pass_on(struct worker *self)
{
    struct message message = {0};

    ok(ipc(SYS_RECV, doors[self->number], &message));
    message.info = message_info(1, 1);
    if (ipc(SYS_CALL, doors[self->number + 1], &message) == STATUS_TOO_DEEP)
        while (!last_waits)
            self->progress++;
    for (;;)
        wait(bell, 0, NULL);
}

static void chain_of(void (*run)(struct worker *))
{
    guest_may_idle();
    bell = minted(make(OBJECT_NOTIFICATION), RIGHTS_RW, 1);
    memory = make_sized(OBJECT_UNTYPED, 20);
    for (unsigned i = 0; i <= CHAIN; i++)
        doors[i] = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < CHAIN; i++)
        member(i, run, HIGH + 1, 0);
}

static void call_first(struct worker *self)
{
    struct message message = {.info = message_info(1, 1)};

    (void)self;
    ipc(SYS_CALL, doors[0], &message);
    for (;;)
        wait(bell, 0, NULL);
}

TEST(many_help_the_last_of_a_chain_that_blocks)
{
    chain_of(pass_on);
    for (unsigned i = 0; i < 14; i++)
        worker_run(call_first, LOW + 1 + i, 0);
    sleep_ns(20 * MS); /* the callers help the last of the chain */
    last_waits = 1;
    sleep_ns(200 * MS); /* it blocks: none of them can help any more */
    until_done(cap_revoke, memory);
}

TEST(a_chain_of_calls_ends_from_below)
{
    chain_of(pass_on);
    worker_run(call_first, LOW, 0);
    sleep_ns(20 * MS);
    ok(thread_suspend(crowd[CHAIN / 2].thread));
    ok(thread_suspend(crowd[CHAIN - 1].thread));
    until_done(cap_revoke, memory);
}
