/* The fast path of messages (kernel/fast.h): who else is there, and who goes, between a fast call and its answer. */
#include "guest.h"
#include "moments.h"

static word_t endpoint; /* of the case that runs */

/* ---- a server of one word, and its clients */

/* Answers each word with the next one, behind the gate argument[1] if it has one; counts what came. A signal is told in result[2]. */
static void answer_next(struct worker *self)
{
    struct message message = {0};
    status_t status = message_recv(self->argument[0], &message);

    while (status == STATUS_OK) {
        self->progress++;
        self->result[1] = message.words[0];
        self->result[2] = message_is_signal(&message) ? message.badge : 0;
        if (self->argument[1] && !message_is_signal(&message))
            ok(wait(self->argument[1], 0, NULL));
        message = message_of(2, 1, message.words[0] + 1);
        status = message_reply_recv_short(self->argument[0], &message, 1, 1);
    }
    self->result[0] = status;
}

static struct worker *server_new(word_t gate)
{
    struct worker *server = worker_new(answer_next, HIGH);

    endpoint = server->argument[0] = make(OBJECT_ENDPOINT);
    server->argument[1] = gate;
    worker_start(server);
    return server;
}

/* Call with this word; returns what came back. */
static word_t ask(word_t word)
{
    struct message message = message_of(1, 1, word);

    ok(message_call_short(endpoint, &message, 1, 1));
    expect_equal(message.info, message_info(2, 1));
    return message.words[0];
}

static void ask_once(struct worker *self)
{
    struct message message = message_of(1, 1, self->argument[0]);

    self->progress = 1;
    self->result[0] = message_call_short(endpoint, &message, 1, 1);
    self->result[1] = message.words[0];
    self->progress = 2;
}

static void expect_answered(const struct worker *client, word_t word)
{
    expect(client->progress == 2 && client->result[0] == STATUS_OK && client->result[1] == word, client->progress, client->result[0],
           client->result[1]);
}

static word_t gate, gate_key;

static struct worker *gated_server(void)
{
    gate = make(OBJECT_NOTIFICATION);
    gate_key = minted(gate, RIGHT_WRITE, 1);
    return server_new(gate);
}

TEST(a_second_caller_is_served_next)
{
    struct worker *server = gated_server(), *clients[3];

    for (unsigned i = 0; i < COUNT_OF(clients); i++)
        clients[i] = worker_run(ask_once, HIGH, 10 * i);
    for (unsigned i = 0; i < COUNT_OF(clients); i++) {
        expect(server->progress == i + 1 && server->result[1] == 10 * i && clients[i]->progress == 1, i, server->progress);
        ok(signal(gate_key));
        expect_answered(clients[i], 10 * i + 1);
    }
    ok(signal(gate_key)); /* and then the way is fast again */
    expect_equal(ask(70), 71);
}

TEST(a_more_urgent_caller_helps_a_fast_server_on)
{
    struct worker *server = gated_server(), *first = worker_run(ask_once, LOW, 1);

    guest_may_idle();
    while (server->progress == 0)
        sleep_ns(MS);
    struct worker *second = worker_run(ask_once, HIGH + 1, 5);
    expect_equal(second->progress, 1);
    ok(signal(gate_key));
    ok(signal(gate_key)); /* the case runs on: the server works on the second one's time, and then for it */
    expect_answered(second, 6);
    worker_join(first);
    expect_answered(first, 2);
    ok(signal(gate_key));
    expect_equal(ask(70), 71);
}

/* ---- signals to a server */

TEST(a_signal_of_the_time_of_work_is_received_next)
{
    word_t notification = make(OBJECT_NOTIFICATION), badged = minted(notification, RIGHT_WRITE, 6);
    struct worker *server = gated_server();

    ok(thread_bind(server->thread, notification));
    for (word_t round = 0; round < 3; round++) {
        struct worker *client = worker_run(ask_once, HIGH, 10);
        ok(signal(badged));
        expect_equal(server->progress, 2 * round + 1);
        ok(signal(gate_key));
        expect_answered(client, 11);
        expect(server->progress == 2 * round + 2 && server->result[2] == 6, server->progress, server->result[2]);
    }
    PROVOKES(poll, would_block, poll(notification, NULL));
}

TEST(a_signal_of_before_the_binding_is_received_next)
{
    word_t notification = make(OBJECT_NOTIFICATION);
    struct worker *server = gated_server(), *client = worker_run(ask_once, HIGH, 10);

    ok(signal(minted(notification, RIGHT_WRITE, 9)));
    ok(thread_bind(server->thread, notification));
    ok(signal(gate_key));
    expect_answered(client, 11);
    expect(server->progress == 2 && server->result[2] == 9, server->progress, server->result[2]);
}

TEST(a_signal_to_an_idle_server_is_received_at_once)
{
    word_t notification = make(OBJECT_NOTIFICATION), badged = minted(notification, RIGHT_WRITE, 3);
    struct worker *server = server_new(0);

    ok(thread_bind(server->thread, notification));
    for (word_t round = 0; round < 3; round++) {
        ok(signal(badged));
        expect(server->progress == 2 * round + 1 && server->result[2] == 3, server->progress, server->result[2]);
        expect_equal(ask(20), 21);
    }
}

/* ---- who goes meanwhile */

TEST(a_server_that_goes_leaves_no_fast_caller_waiting)
{
    struct worker *server = gated_server(), *client = worker_run(ask_once, HIGH, 1);

    expect(server->progress == 1 && client->progress == 1, server->progress);
    ok(cap_delete(0, server->thread));
    expect(client->progress == 2 && client->result[0] == STATUS_PEER_GONE, client->progress, client->result[0]);
}

TEST(a_client_that_goes_leaves_its_fast_server_serving)
{
    struct worker *server = gated_server(), *client = worker_run(ask_once, HIGH, 1);

    expect(server->progress == 1 && client->progress == 1, server->progress);
    ok(cap_delete(0, client->thread));
    ok(signal(gate_key));
    ok(signal(gate_key));
    expect_equal(ask(50), 51);
    expect_equal(server->progress, 2);
}

/* The server goes on on its own time, and who has none is not run by the answer. */
TEST(an_answer_does_not_run_a_client_whose_time_went)
{
    struct worker *server = gated_server(), *client = worker_run(ask_once, HIGH, 1), *second;

    ok(cap_delete(0, client->time));
    ok(signal(gate_key));
    expect(server->progress == 1 && client->progress == 1, server->progress, client->progress);
    second = worker_run(ask_once, HIGH, 30); /* the server is idle as ever */
    expect(server->progress == 2 && server->result[1] == 30, server->progress, server->result[1]);
    ok(signal(gate_key));
    expect_answered(second, 31);
    expect_equal(client->progress, 1);
}

/* Passes a word on to argument[1] and answers with what comes back; counts the answers. */
static void pass_on(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(self->argument[0], &message));
    for (;;) {
        message.info = message_info(1, 1);
        self->result[0] = message_call_short(self->argument[1], &message, 1, 1);
        self->progress++;
        message.info = message_info(2, 1);
        ok(message_reply_recv_short(self->argument[0], &message, 1, 1));
    }
}

TEST(an_answer_does_not_run_a_server_without_time_whose_client_went)
{
    word_t front = make(OBJECT_ENDPOINT);
    struct worker *server = gated_server(), *between = worker_new(pass_on, HIGH);
    struct message message = message_of(1, 1, 40);

    between->argument[0] = front;
    between->argument[1] = endpoint;
    worker_start(between);
    ok(cap_delete(0, between->time)); /* from now on it runs on its callers' */
    endpoint = front;
    struct worker *client = worker_run(ask_once, HIGH, 1);
    ok(cap_delete(0, client->thread));
    expect(server->progress == 1 && between->progress == 0, server->progress, between->progress);
    ok(signal(gate_key)); /* the server answers on its own time */
    expect_equal(between->progress, 0);
    ok(signal(gate_key));
    ok(message_call_short(front, &message, 1, 1)); /* helps it to where it receives */
    expect(message.words[0] == 41 && between->progress == 2, message.words[0], between->progress);
}
