/* The limits of operations: time, polls, chains of calls, and waiters whose capability goes. */
#include "guest.h"

#define MS 1000000UL

static word_t endpoint;

/* message_recv waits for ever. */
static status_t recv(word_t from, struct message *message)
{
    return ipc(SYS_RECV, from, message);
}

static struct message limited(word_t limit)
{
    struct message message = message_of(1, 0, 0);

    message.info |= limit;
    return message;
}

TEST(each_operation_ends_after_its_time)
{
    struct message message;
    uint64_t before = guest_ns();

    guest_may_idle();
    endpoint = make(OBJECT_ENDPOINT);
    message = limited(message_within(2 * MS));
    PROVOKES(call, timed_out, message_call(endpoint, &message));
    message = limited(message_within(2 * MS));
    PROVOKES(send, timed_out, message_send(endpoint, &message));
    message = limited(message_within(2 * MS));
    expect_status(STATUS_TIMED_OUT, recv(endpoint, &message));
    message = limited(message_within(2 * MS));
    PROVOKES(reply_recv, timed_out, message_reply_recv(endpoint, &message));
    uint64_t passed = guest_ns() - before;
    expect(passed >= 7 * MS, passed);
}

TEST(each_operation_polls)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    message = limited(MESSAGE_POLL);
    PROVOKES(call, would_block, message_call(endpoint, &message));
    message = limited(MESSAGE_POLL);
    PROVOKES(send, would_block, message_send(endpoint, &message));
    message = limited(MESSAGE_POLL);
    expect_status(STATUS_WOULD_BLOCK, recv(endpoint, &message));
    message = limited(MESSAGE_POLL);
    PROVOKES(reply_recv, would_block, message_reply_recv(endpoint, &message));
}

static void recv_with_limits(struct worker *self)
{
    struct message message;

    message = (struct message){.info = MESSAGE_POLL};
    PROVOKES(recv, would_block, recv(self->argument[0], &message));
    message = (struct message){.info = message_within(2 * MS)};
    PROVOKES(recv, timed_out, recv(self->argument[0], &message));
    self->progress = 1;
}

static void serve_once(struct worker *self)
{
    struct message message;

    ok(message_recv(endpoint, &message));
    self->progress = 1;
    if (self->argument[0])
        ok(wait(self->argument[0], 0, NULL));
    message = message_of(2, 1, 5);
    self->result[0] = message_reply(0, &message);
}

TEST(a_poll_takes_what_is_there)
{
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(serve_once, HIGH, 0);
    struct message message = limited(MESSAGE_POLL);

    ok(message_call(endpoint, &message));
    expect_equal(message.words[0], 5);
    worker_join(server);
}

TEST(a_call_in_time_has_no_limit_left)
{
    endpoint = make(OBJECT_ENDPOINT);
    worker_run(serve_once, HIGH, 0);
    struct message message = limited(message_within(100 * MS)); /* long enough for a slow host, and over before the next ends */

    ok(message_call(endpoint, &message));
    guest_may_idle();
    sleep_ns(150 * MS);
    message = (struct message){.info = message_within(5 * MS)};
    expect_status(STATUS_TIMED_OUT, recv(endpoint, &message));
}

TEST(a_call_that_is_being_served_ends_in_time)
{
    word_t notification = make(OBJECT_NOTIFICATION);

    guest_may_idle();
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(serve_once, HIGH, notification);
    struct message message = limited(message_within(3 * MS));
    PROVOKES(call, timed_out, message_call(endpoint, &message));
    expect_equal(server->progress, 1);
    ok(signal(minted(notification, RIGHT_WRITE, 1)));
    worker_join(server);
    expect_equal(server->result[0], STATUS_PEER_GONE); /* there is nobody to answer any more */
}

/* ---- chains */

#define CALLS_MAX 16 /* of kernel/thread.h */

static void forward(struct worker *self)
{
    struct message message;

    ok(message_recv(self->argument[0], &message));
    message = message_of(1, 1, 0);
    self->result[0] = message_call(self->argument[1], &message);
    message = message_of(1, 1, self->result[0] == STATUS_OK ? message.words[0] + 1 : 0);
    ok(message_reply(0, &message));
}

TEST(a_chain_of_calls_has_an_end)
{
    word_t ends[36];
    struct worker *workers[35];
    struct message message = message_of(1, 0, 0);

    for (unsigned i = 0; i < COUNT_OF(ends); i++)
        ends[i] = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < COUNT_OF(workers); i++) {
        workers[i] = worker_new(forward, HIGH);
        workers[i]->argument[0] = ends[i];
        workers[i]->argument[1] = ends[i + 1];
        worker_start(workers[i]);
    }
    ok(message_call(ends[0], &message));
    unsigned deepest = 0;
    while (deepest < COUNT_OF(workers) && workers[deepest]->result[0] == STATUS_OK)
        deepest++;
    expect(deepest == CALLS_MAX - 1 && workers[deepest]->result[0] == STATUS_TOO_DEEP, deepest, workers[deepest]->result[0]);
    expect_equal(message.words[0], deepest); /* all before it went well */
}

static void call_deeper(struct worker *self)
{
    struct message message;

    ok(message_recv(self->argument[0], &message));
    message = message_of(1, 0, 0);
    if (self->argument[2])
        PROVOKES(call, too_deep, message_call(self->argument[1], &message));
    else
        ok(message_call(self->argument[1], &message));
    message = message_of(1, 0, 0);
    ok(message_reply(0, &message));
}

TEST(the_call_that_is_too_deep_is_told)
{
    word_t ends[CALLS_MAX + 1];
    struct message message = message_of(1, 0, 0);

    for (unsigned i = 0; i < COUNT_OF(ends); i++)
        ends[i] = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < CALLS_MAX; i++) {
        struct worker *worker = worker_new(call_deeper, HIGH);
        worker->argument[0] = ends[i];
        worker->argument[1] = ends[i + 1];
        worker->argument[2] = i == CALLS_MAX - 1;
        worker_start(worker);
    }
    ok(message_call(ends[0], &message));
}

/* ---- waiters whose capability goes */

static void send_by(struct worker *self)
{
    struct message message = message_of(1, 1, self->argument[0]);

    self->result[0] = message_send(self->argument[0], &message);
    self->progress = 1;
}

TEST(a_revoked_capability_takes_its_waiters_along)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    word_t one = minted(endpoint, RIGHT_WRITE, 1), two = minted(endpoint, RIGHT_WRITE, 2);
    struct worker *first = worker_run(send_by, HIGH, one), *second = worker_run(send_by, HIGH, two), *third = worker_run(send_by, HIGH, one);
    ok(cap_delete(0, one));
    expect(first->progress == 1 && first->result[0] == STATUS_PEER_GONE, first->progress, first->result[0]);
    expect(third->progress == 1 && third->result[0] == STATUS_PEER_GONE, third->progress, third->result[0]);
    expect_equal(second->progress, 0);
    ok(message_recv(endpoint, &message));
    expect(message.badge == 2 && second->progress == 1, message.badge);
}

TEST(many_waiters_by_one_capability_go_in_small_steps)
{
    endpoint = make(OBJECT_ENDPOINT);
    word_t one = minted(endpoint, RIGHT_WRITE, 1), two = minted(endpoint, RIGHT_WRITE, 2);
    struct worker *workers[30];

    for (unsigned i = 0; i < COUNT_OF(workers); i++)
        workers[i] = worker_run(send_by, HIGH, i % 3 ? one : two);
    PROVOKES(cap_delete, again, cap_delete_step(0, one));
    ok(cap_delete(0, one));
    for (unsigned i = 0; i < COUNT_OF(workers); i++)
        expect(workers[i]->progress == (i % 3 != 0), i, workers[i]->progress);
}

TEST(a_capability_that_somebody_waits_by_stays_where_it_is)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    word_t badged = minted(endpoint, RIGHT_WRITE, 1), to = slot_new();
    worker_run(send_by, HIGH, badged);
    PROVOKES(cap_move, already, cap_move(0, to, badged));
    ok(message_recv(endpoint, &message));
    ok(cap_move(0, to, badged));
}

TEST(receiving_ends_after_its_time)
{
    guest_may_idle();
    endpoint = make(OBJECT_ENDPOINT);
    worker_join(worker_run(recv_with_limits, HIGH, endpoint));
}
