/* Timeouts and polls of every operation that waits. Times are lower bounds: a busy host makes everything later, never earlier. */
#include "guest.h"

#include "moments.h"

static struct message empty_within(word_t timeout)
{
    return (struct message){.info = message_info(1, 0) | timeout};
}

/* The status is timed_out, and not before its time. */
static void expect_timeout(status_t status, uint64_t started, uint64_t least)
{
    expect_status(STATUS_TIMED_OUT, status);
    expect(moment() - started >= least, moment() - started, least);
}

TEST(call_ends_when_nobody_receives)
{
    guest_may_idle();
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct message message = empty_within(message_within(5 * MS));
    uint64_t started = moment();

    expect_timeout(message_call(endpoint, &message), started, 5 * MS);
    message = empty_within(message_within(MS));
    PROVOKES(call, timed_out, message_call(endpoint, &message));
}

TEST(send_ends_when_nobody_receives)
{
    guest_may_idle();
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct message message = empty_within(message_within(5 * MS));
    uint64_t started = moment();

    expect_timeout(message_send(endpoint, &message), started, 5 * MS);
    message = empty_within(message_within(MS));
    PROVOKES(send, timed_out, message_send(endpoint, &message));
}

TEST(receive_ends_when_nobody_sends)
{
    guest_may_idle();
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct message message = empty_within(message_within(5 * MS));
    uint64_t started = moment();

    expect_timeout(ipc(SYS_RECV, endpoint, &message), started, 5 * MS);
    message = empty_within(message_within(MS));
    PROVOKES(recv, timed_out, ipc(SYS_RECV, endpoint, &message));
    message = empty_within(message_within(MS));
    PROVOKES(reply_recv, timed_out, ipc(SYS_REPLY_RECV, endpoint, &message));
}

TEST(wait_ends_when_nobody_signals)
{
    guest_may_idle();
    word_t notification = make(OBJECT_NOTIFICATION);
    uint64_t started = moment();

    expect_timeout(wait(notification, 5 * MS, NULL), started, 5 * MS);
    PROVOKES(wait, timed_out, wait(notification, MS, NULL));
}

TEST(polls_do_not_wait)
{
    guest_may_idle();
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct message message = empty_within(MESSAGE_POLL);

    PROVOKES(call, would_block, message_call(endpoint, &message));
    message = empty_within(MESSAGE_POLL);
    PROVOKES(send, would_block, message_send(endpoint, &message));
    message = empty_within(MESSAGE_POLL);
    PROVOKES(recv, would_block, ipc(SYS_RECV, endpoint, &message));
    message = empty_within(MESSAGE_POLL);
    PROVOKES(reply_recv, would_block, ipc(SYS_REPLY_RECV, endpoint, &message));
}

static void answer_once(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(self->argument[0], &message));
    message.words[0]++;
    message_answer(&message, 7, 1);
    ok(message_reply(0, &message));
}

TEST(a_poll_succeeds_when_the_other_side_is_there)
{
    guest_may_idle();
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(answer_once, HIGH, endpoint);
    struct message message = {.info = message_info(1, 1) | MESSAGE_POLL, .words = {41}};

    ok(message_call(endpoint, &message));
    expect_equal(message.words[0], 42);
    worker_join(server);
}

TEST(a_timeout_that_was_not_needed_is_forgotten)
{
    guest_may_idle();
    word_t endpoint = make(OBJECT_ENDPOINT), notification = make(OBJECT_NOTIFICATION);
    struct worker *server = worker_run(answer_once, HIGH, endpoint);
    struct message message = {.info = message_info(1, 1) | message_within(500 * MS), .words = {1}};

    ok(message_call(endpoint, &message));
    worker_join(server);
    uint64_t started = moment();
    expect_timeout(wait(notification, 1000 * MS, NULL), started, 1000 * MS); /* the call's would have come in between */
}

static void answer_late(struct worker *self)
{
    struct message message;

    ok(message_recv(self->argument[0], &message));
    self->progress = 1;
    ok(wait(self->argument[1], 0, NULL));
    message = message_of(2, 1, 5);
    self->result[0] = message_reply(0, &message);
}

TEST(a_call_that_is_being_served_ends_in_time)
{
    guest_may_idle();
    word_t endpoint = make(OBJECT_ENDPOINT), notification = make(OBJECT_NOTIFICATION);
    struct worker *server = worker_new(answer_late, HIGH);
    struct message message = empty_within(message_within(3 * MS));

    server->argument[0] = endpoint;
    server->argument[1] = notification;
    worker_start(server);
    PROVOKES(call, timed_out, message_call(endpoint, &message));
    expect_equal(server->progress, 1);
    ok(signal(minted(notification, RIGHT_WRITE, 1)));
    worker_join(server);
    expect_equal(server->result[0], STATUS_PEER_GONE); /* there is nobody to answer any more */
}

static void take_and_loop(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(self->argument[0], &message));
    for (;;)
        self->progress++;
}

TEST(a_server_that_loops_cannot_hang_a_client_with_a_deadline)
{
    guest_may_idle();
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(take_and_loop, HIGH, endpoint);
    struct message message = empty_within(message_within(5 * MS));
    uint64_t started = moment();

    ok(sched_configure(server->time, LOW, 10 * MS, 10 * MS)); /* its own time; it works on the client's now */
    expect_timeout(message_call(endpoint, &message), started, 5 * MS);
    expect(server->progress > 0);
    word_t seen = server->progress;
    for (unsigned i = 0; i < 1000; i++)
        expect_equal(server->progress, seen); /* what it has left is below the case */
}

static struct worker *order[4];
static volatile unsigned woken;

static void wait_and_note(struct worker *self)
{
    expect_status(STATUS_TIMED_OUT, wait(self->argument[0], self->argument[1], NULL));
    order[woken++] = self;
}

TEST(timeouts_come_in_the_order_of_their_deadlines)
{
    guest_may_idle();
    static const word_t after[] = {400 * MS, 100 * MS, 300 * MS, 200 * MS};
    struct worker *workers[4];
    word_t notification = make(OBJECT_NOTIFICATION);

    for (unsigned i = 0; i < 4; i++) {
        workers[i] = worker_new(wait_and_note, HIGH);
        workers[i]->argument[0] = notification;
        workers[i]->argument[1] = after[i];
    }
    for (unsigned i = 0; i < 4; i++)
        worker_start(workers[i]); /* close together, as times that lie so far apart are counted from here */
    for (unsigned i = 0; i < 4; i++)
        worker_join(workers[i]);
    expect_equal(order[0], workers[1]);
    expect_equal(order[1], workers[3]);
    expect_equal(order[2], workers[2]);
    expect_equal(order[3], workers[0]);
}

static void wait_long(struct worker *self)
{
    wait(self->argument[0], 1000000 * MS, NULL);
}

TEST(a_thread_that_goes_takes_its_timeout_along)
{
    guest_may_idle();
    word_t notification = make(OBJECT_NOTIFICATION);
    struct worker *worker = worker_run(wait_long, HIGH, notification);

    ok(cap_delete(0, worker->thread));
    uint64_t started = moment();
    expect_timeout(wait(notification, 5 * MS, NULL), started, 5 * MS);
}

TEST(the_longest_timeout_is_long)
{
    guest_may_idle();
    word_t notification = make(OBJECT_NOTIFICATION), endpoint = make(OBJECT_ENDPOINT);
    struct worker *worker = worker_new(wait_long, HIGH);
    struct message message = {.info = message_info(1, 0) | 0xffffUL << INFO_TIMEOUT_SHIFT};

    worker->argument[0] = notification;
    worker_start(worker);
    struct worker *server = worker_run(answer_once, LOW, endpoint);
    ok(message_call(endpoint, &message)); /* the server comes later, and no number overflowed before */
    worker_join(server);
}
