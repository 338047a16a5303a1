/* Endpoints: messages of every length, badges, queues, and what happens to each side when the other, or the endpoint, goes. */
#include "guest.h"

#define FIRST 0x1122334455667700UL

static word_t endpoint; /* of the case that runs */

/* ---- what a message carries */

/* Answer argument[1] messages: as long as they are, other words. What came in must be message_of. */
static void answer(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(self->argument[0], &message));
    for (;;) {
        word_t length = message_length(&message), label = message_label(&message);
        expect(message_is(&message, label, length, FIRST), message.info, message.words[0]);
        for (word_t i = length; i < MESSAGE_WORDS; i++)
            expect(message.words[i] == 0, i, message.words[i]);
        self->result[0] = message.badge;
        message = message_of(label + 1, length, ~FIRST);
        if (++self->progress == self->argument[1])
            break;
        ok(message_reply_recv(self->argument[0], &message));
    }
    ok(message_reply(0, &message));
}

static struct worker *answerer(unsigned priority, word_t vspace, word_t count)
{
    struct worker *worker = worker_in(answer, priority, vspace, supervisor_endpoint());

    endpoint = make(OBJECT_ENDPOINT);
    worker->argument[0] = endpoint;
    worker->argument[1] = count;
    worker_start(worker);
    return worker;
}

static void call_with_every_length(struct worker *server)
{
    for (word_t length = 0; length <= MESSAGE_WORDS; length++) {
        struct message message = message_of(length + 1, length, FIRST);
        for (word_t i = length; i < MESSAGE_WORDS; i++)
            message.words[i] = 0x5ec2e7; /* stays with the sender: the stub scrubs it */
        ok(message_call(endpoint, &message));
        expect(message_is(&message, length + 2, length, ~FIRST), length, message.info);
        expect_equal(message.badge, 0);
    }
    worker_join(server);
}

TEST(a_call_and_its_answer_carry_every_length)
{
    call_with_every_length(answerer(HIGH, SLOT_VSPACE, MESSAGE_WORDS + 1));
}

TEST(a_call_that_finds_no_server_yet_waits_for_one)
{
    call_with_every_length(answerer(LOW, SLOT_VSPACE, MESSAGE_WORDS + 1));
}

TEST(messages_cross_address_spaces)
{
    call_with_every_length(answerer(HIGH, space_clone(), MESSAGE_WORDS + 1));
}

TEST(the_receiver_learns_the_badge_of_the_capability)
{
    struct worker *server = answerer(HIGH, SLOT_VSPACE, 4);
    const word_t badges[] = {0, 1, ~0UL, 1UL << 63};

    for (unsigned i = 0; i < COUNT_OF(badges); i++) {
        word_t badged = minted(endpoint, RIGHT_WRITE, badges[i]);
        struct message message = message_of(1, 0, 0);
        ok(message_call(badged, &message));
        expect_equal(server->result[0], badges[i]);
        expect_equal(message.badge, 0);
    }
}

static void receive_raw(struct worker *self)
{
    struct message message = {0};

    ok(ipc(SYS_RECV, self->argument[0], &message));
    self->result[0] = message.info;
    self->result[1] = message.words[MESSAGE_WORDS - 1];
    self->result[2] = message.badge;
    self->progress++;
}

TEST(only_the_low_half_of_info_travels)
{
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(receive_raw, HIGH, endpoint);
    struct message message = {.info = 0xdeadbeef00000000UL | message_info(0xfedc, 3), .words = {1, 2, 3}};

    ok(ipc(SYS_SEND, endpoint, &message));
    expect_equal(server->result[0], message_info(0xfedc, 3));
}

/* The kernel copies every message register; that nothing else leaves the sender is the stub's doing. */
TEST(the_stub_scrubs_what_it_does_not_send)
{
    struct message message = {.info = message_info(1, 1)};

    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(receive_raw, HIGH, endpoint);
    message.words[MESSAGE_WORDS - 1] = 0x5ec2e7;
    ok(message_send(endpoint, &message));
    expect_equal(server->result[1], 0);
    server = worker_run(receive_raw, HIGH, endpoint);
    message.words[MESSAGE_WORDS - 1] = 0x5ec2e7;
    message.info = message_info(1, 1);
    ok(ipc(SYS_SEND, endpoint, &message)); /* without the stub it does go */
    expect_equal(server->result[1], 0x5ec2e7);
}

/* ---- order */

static word_t order[8], arrived;

/* Send, or with argument[2] call, a message of one word: argument[1]. */
static void send_one(struct worker *self)
{
    struct message message = message_of(1, 1, self->argument[1]);

    self->progress = 1;
    self->result[0] = self->argument[2] ? message_call(self->argument[0], &message) : message_send(self->argument[0], &message);
    self->result[1] = message.words[0];
    order[arrived++ % COUNT_OF(order)] = self->argument[1];
    self->progress = 2;
}

static struct worker *sender(unsigned priority, word_t word, bool call)
{
    struct worker *worker = worker_new(send_one, priority);

    worker->argument[0] = endpoint;
    worker->argument[1] = word;
    worker->argument[2] = call;
    worker_start(worker);
    return worker;
}

TEST(senders_are_served_in_the_order_in_which_they_came)
{
    struct worker *workers[6];
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < 6; i++) {
        workers[i] = sender(HIGH + (i * 5) % 6, 100 + i, i % 2); /* priorities do not matter */
        expect_equal(workers[i]->progress, 1);
    }
    for (unsigned i = 0; i < 6; i++) {
        ok(message_recv(endpoint, &message));
        expect_equal(message.words[0], 100 + i);
        if (i % 2) {
            expect_equal(workers[i]->progress, 1);
            message = message_of(2, 1, 200 + i);
            ok(message_reply(0, &message));
            expect_equal(workers[i]->result[1], 200 + i);
        }
        expect(workers[i]->progress == 2 && workers[i]->result[0] == STATUS_OK, i, workers[i]->result[0]);
    }
}

static void receive_one(struct worker *self)
{
    struct message message = {0};

    self->progress = 1;
    self->result[0] = message_recv(self->argument[0], &message);
    self->result[1] = message.words[0];
    self->progress = 2;
}

TEST(receivers_are_served_in_the_order_in_which_they_came)
{
    struct worker *workers[4];

    endpoint = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < 4; i++)
        workers[i] = worker_run(receive_one, HIGH, endpoint);
    for (unsigned i = 0; i < 4; i++) {
        struct message message = message_of(1, 1, 50 + i);
        ok(message_send(endpoint, &message));
        expect(workers[i]->progress == 2 && workers[i]->result[1] == 50 + i, i, workers[i]->progress, workers[i]->result[1]);
        expect(i == 3 || workers[i + 1]->progress == 1, i);
    }
}

TEST(a_send_waits_until_it_is_taken)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    struct worker *worker = sender(HIGH, 7, false);
    expect_equal(worker->progress, 1);
    ok(message_recv(endpoint, &message));
    expect(worker->progress == 2 && message.words[0] == 7, worker->progress, message.words[0]);
    PROVOKES(reply, peer_gone, message_reply(0, &message)); /* a send has no answer */
}

/* ---- who goes away */

TEST(an_endpoint_that_goes_tells_all_its_senders)
{
    struct worker *workers[12]; /* more than one step of the kernel's */

    endpoint = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < COUNT_OF(workers); i++)
        workers[i] = sender(HIGH, i, i % 2);
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
    struct worker *client = sender(HIGH, 1, true);
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
    struct worker *first = sender(HIGH, 1, true), *second = sender(HIGH, 2, false), *third = sender(HIGH, 3, true);
    ok(cap_delete(0, first->thread));
    ok(cap_delete(0, third->thread));
    ok(message_recv(endpoint, &message));
    expect_equal(message.words[0], 2);
    expect_equal(second->progress, 2);
    struct worker *last = sender(LOW, 4, false);
    ok(message_recv(endpoint, &message)); /* the queue is empty: it waits for this one */
    expect_equal(message.words[0], 4);
    worker_join(last);
}

TEST(a_caller_that_is_killed_is_not_answered)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    struct worker *client = sender(HIGH, 1, true);
    ok(message_recv(endpoint, &message));
    ok(cap_delete(0, client->thread));
    PROVOKES(reply, peer_gone, message_reply(0, &message));
    sender(LOW, 5, false);
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
    *client = sender(HIGH, 1, true);
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
    struct worker *first = sender(HIGH, 1, true), *second = sender(HIGH, 2, true);
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

/* ---- calls in calls */

static void forward(struct worker *self)
{
    struct message message;

    ok(message_recv(self->argument[0], &message));
    message.words[0] += 1;
    if (self->argument[1])
        ok(message_call(self->argument[1], &message));
    message.words[0] *= 2;
    ok(message_reply(0, &message));
}

TEST(calls_nest)
{
    word_t ends[5];
    struct message message = message_of(1, 1, 10);

    for (unsigned i = 0; i < 5; i++)
        ends[i] = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < 5; i++) {
        struct worker *worker = worker_new(forward, i % 2 ? LOW : HIGH);
        worker->argument[0] = ends[i];
        worker->argument[1] = i < 4 ? ends[i + 1] : 0;
        worker_start(worker);
    }
    ok(message_call(ends[0], &message));
    expect_equal(message.words[0], 15 * 32);
}

TEST(a_server_may_receive_from_another_endpoint_than_it_answers)
{
    word_t one = make(OBJECT_ENDPOINT), other = make(OBJECT_ENDPOINT);
    struct message message;

    endpoint = one;
    struct worker *first = sender(HIGH, 1, true);
    endpoint = other;
    struct worker *second = sender(HIGH, 2, true);
    ok(message_recv(one, &message));
    ok(message_reply_recv(other, &message));
    expect(message.words[0] == 2 && first->progress == 2, message.words[0]);
    ok(message_reply(0, &message));
    expect_equal(second->progress, 2);
}

/* ---- what is refused */

TEST(message_calls_say_what_is_wrong)
{
    word_t empty = slot_new();
    endpoint = make(OBJECT_ENDPOINT);
    word_t reader = copy_of(endpoint, RIGHT_READ), writer = copy_of(endpoint, RIGHT_WRITE);
    struct message message = message_of(1, 0, 0);

    PROVOKES(call, no_cap, message_call(empty, &message));
    PROVOKES(call, no_cap, message_call(0, &message));
    PROVOKES(call, wrong_type, message_call(SLOT_THREAD, &message));
    PROVOKES(call, no_right, message_call(reader, &message));
    PROVOKES(send, no_cap, message_send(empty, &message));
    PROVOKES(send, wrong_type, message_send(SLOT_THREAD, &message));
    PROVOKES(send, no_right, message_send(reader, &message));
    PROVOKES(recv, no_cap, message_recv(empty, &message));
    PROVOKES(recv, wrong_type, message_recv(SLOT_THREAD, &message));
    PROVOKES(recv, no_right, message_recv(writer, &message));
    PROVOKES(reply_recv, no_cap, message_reply_recv(empty, &message));
    PROVOKES(reply_recv, wrong_type, message_reply_recv(SLOT_THREAD, &message));
    PROVOKES(reply_recv, no_right, message_reply_recv(writer, &message));
}

/* Info words that no message can have. */
static const word_t bad_infos[] = {
    (MESSAGE_MAX + 1UL) << INFO_LENGTH_SHIFT, INFO_LENGTH_MASK, 1UL << INFO_CAPS_SHIFT, 2UL << INFO_CAPS_SHIFT | 2, INFO_CAPS_MASK | 1,
};

TEST(a_message_that_cannot_be_is_refused)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < COUNT_OF(bad_infos); i++) {
        message = (struct message){.info = bad_infos[i]};
        PROVOKES(call, bad_argument, message_call(endpoint, &message));
        message = (struct message){.info = bad_infos[i]};
        PROVOKES(send, bad_argument, message_send(endpoint, &message));
        message = (struct message){.info = bad_infos[i]};
        PROVOKES(reply, bad_argument, message_reply(0, &message));
    }
}

TEST(an_answer_that_cannot_be_is_refused_and_can_be_given_again)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    struct worker *client = sender(HIGH, 1, true);
    ok(message_recv(endpoint, &message));
    for (unsigned i = 0; i < COUNT_OF(bad_infos); i++) {
        message = (struct message){.info = bad_infos[i]};
        PROVOKES(reply_recv, bad_argument, message_reply_recv(endpoint, &message));
        expect_equal(client->progress, 1);
    }
    message = message_of(1, 1, 3);
    ok(message_reply(0, &message));
    expect(client->result[0] == STATUS_OK && client->result[1] == 3, client->result[0]);
}
