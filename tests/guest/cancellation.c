/* Cancellation: what happens to each side of a message when the other, the endpoint, or the capability goes. */
#include "meeting.h"

static word_t endpoint; /* of the case that runs */

TEST(an_endpoint_that_goes_tells_all_its_senders)
{
    struct worker *workers[12]; /* more than one step of the kernel's */

    endpoint = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < COUNT_OF(workers); i++)
        workers[i] = sender(endpoint, HIGH, i, i % 2);
    ok(cap_delete(0, endpoint));
    for (unsigned i = 0; i < COUNT_OF(workers); i++)
        expect(workers[i]->progress == 2 && workers[i]->result[0] == STATUS_PEER_GONE, i, workers[i]->progress, workers[i]->result[0]);
}

TEST(an_endpoint_that_goes_tells_all_its_receivers)
{
    struct worker *workers[12];

    endpoint = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < COUNT_OF(workers); i++)
        workers[i] = worker_run(receive_one, HIGH, endpoint);
    PROVOKES(cap_delete, again, cap_delete_step(0, endpoint));
    ok(cap_delete(0, endpoint));
    for (unsigned i = 0; i < COUNT_OF(workers); i++)
        expect(workers[i]->progress == 2 && workers[i]->result[0] == STATUS_PEER_GONE, i, workers[i]->progress, workers[i]->result[0]);
}

static void delete_endpoint(struct worker *self)
{
    ok(cap_delete(0, self->argument[0]));
}

TEST(each_waiting_call_says_that_the_endpoint_went)
{
    struct message message = message_of(1, 0, 0);

    worker_run(delete_endpoint, LOW, endpoint = make(OBJECT_ENDPOINT));
    PROVOKES(call, peer_gone, message_call(endpoint, &message));
    worker_run(delete_endpoint, LOW, endpoint = make(OBJECT_ENDPOINT));
    PROVOKES(send, peer_gone, message_send(endpoint, &message));
    worker_run(delete_endpoint, LOW, endpoint = make(OBJECT_ENDPOINT));
    PROVOKES(recv, peer_gone, message_recv(endpoint, &message));
    worker_run(delete_endpoint, LOW, endpoint = make(OBJECT_ENDPOINT));
    PROVOKES(reply_recv, peer_gone, message_reply_recv(endpoint, &message));
}

TEST(a_call_under_way_outlives_its_endpoint)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    struct worker *client = sender(endpoint, HIGH, 1, true);
    ok(message_recv(endpoint, &message));
    ok(cap_delete(0, endpoint));
    expect_equal(client->progress, 1);
    message = message_of(1, 1, 99);
    ok(message_reply(0, &message));
    expect(client->result[0] == STATUS_OK && client->result[1] == 99, client->result[0], client->result[1]);
}

TEST(a_queued_sender_that_is_killed_is_not_received)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    struct worker *first = sender(endpoint, HIGH, 1, true), *second = sender(endpoint, HIGH, 2, false), *third = sender(endpoint, HIGH, 3, true);
    ok(cap_delete(0, first->thread));
    ok(cap_delete(0, third->thread));
    ok(message_recv(endpoint, &message));
    expect_equal(message.words[0], 2);
    expect_equal(second->progress, 2);
    struct worker *last = sender(endpoint, LOW, 4, false);
    ok(message_recv(endpoint, &message)); /* the queue is empty: it waits for this one */
    expect_equal(message.words[0], 4);
    worker_join(last);
}

TEST(a_caller_that_is_killed_is_not_answered)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    struct worker *client = sender(endpoint, HIGH, 1, true);
    ok(message_recv(endpoint, &message));
    ok(cap_delete(0, client->thread));
    PROVOKES(reply, peer_gone, message_reply(0, &message));
    sender(endpoint, LOW, 5, false);
    ok(message_reply_recv(endpoint, &message)); /* nobody to answer: it receives */
    expect_equal(message.words[0], 5);
}

static void serve_until_killed(struct worker *self)
{
    struct message message;

    ok(message_recv(self->argument[0], &message));
    self->progress = 1;
    ok(wait(self->argument[1], 0, NULL));
    guest_fail(__FILE__, __LINE__, "the killed server went on");
}

/* A server that has taken a call and waits for something else; the client. */
static struct worker *busy_server(struct worker **client)
{
    struct worker *server = worker_new(serve_until_killed, HIGH);

    endpoint = server->argument[0] = make(OBJECT_ENDPOINT);
    server->argument[1] = make(OBJECT_NOTIFICATION);
    worker_start(server);
    *client = sender(endpoint, HIGH, 1, true);
    expect_equal(server->progress, 1);
    expect_equal((*client)->progress, 1);
    return server;
}

TEST(a_server_that_is_killed_leaves_no_caller_waiting)
{
    struct worker *client, *server = busy_server(&client);

    ok(cap_delete(0, server->thread));
    expect(client->progress == 2 && client->result[0] == STATUS_PEER_GONE, client->progress, client->result[0]);
}

TEST(a_server_that_is_suspended_leaves_no_caller_waiting)
{
    struct worker *client, *server = busy_server(&client);

    ok(thread_suspend(server->thread));
    expect(client->progress == 2 && client->result[0] == STATUS_PEER_GONE, client->progress, client->result[0]);
}

TEST(a_server_that_receives_again_leaves_no_caller_waiting)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    struct worker *first = sender(endpoint, HIGH, 1, true), *second = sender(endpoint, HIGH, 2, true);
    ok(message_recv(endpoint, &message));
    ok(message_recv(endpoint, &message)); /* without an answer to the first */
    expect_equal(message.words[0], 2);
    expect(first->progress == 2 && first->result[0] == STATUS_PEER_GONE, first->progress, first->result[0]);
    expect_equal(second->progress, 1);
    ok(message_reply(0, &message));
    expect(second->progress == 2 && second->result[0] == STATUS_OK, second->progress, second->result[0]);
}

TEST(a_receiver_that_is_killed_receives_nothing)
{
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *first = worker_run(receive_one, HIGH, endpoint), *second = worker_run(receive_one, HIGH, endpoint);
    struct message message = message_of(1, 1, 8);

    ok(cap_delete(0, first->thread));
    ok(message_send(endpoint, &message));
    expect(second->progress == 2 && second->result[1] == 8, second->progress, second->result[1]);
    expect_equal(first->progress, 1);
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
