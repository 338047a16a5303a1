/* Reply objects: callers put aside, answered later, and told when nobody will answer. */
#include "guest.h"

static word_t endpoint;

static void call_it(struct worker *self)
{
    struct message message = message_of(1, 1, self->argument[0]);

    self->progress = 1;
    self->result[0] = message_call(endpoint, &message);
    self->result[1] = message.words[0];
    self->result[2] = message.info;
    self->progress = 2;
}

/* A client whose call the case has received. */
static struct worker *client(word_t word)
{
    struct message message;

    endpoint = endpoint ? endpoint : make(OBJECT_ENDPOINT);
    struct worker *worker = worker_run(call_it, HIGH, word);
    ok(message_recv(endpoint, &message));
    expect_equal(message.words[0], word);
    return worker;
}

static struct worker *saved_client(word_t reply, word_t word)
{
    struct worker *worker = client(word);

    ok(save_reply(reply));
    expect_equal(worker->progress, 1);
    return worker;
}

static void answer(word_t reply, word_t word)
{
    struct message message = message_of(2, 1, word);

    ok(message_reply(reply, &message));
}

TEST(saved_callers_are_answered_in_any_order)
{
    word_t replies[4];
    struct worker *clients[4];

    for (unsigned i = 0; i < 4; i++)
        clients[i] = saved_client(replies[i] = make(OBJECT_REPLY), i + 1);
    for (unsigned i = 0; i < 4; i++) {
        unsigned which = (i * 3 + 2) % 4;
        answer(replies[which], 100 + which);
        expect(clients[which]->progress == 2 && clients[which]->result[0] == STATUS_OK, which, clients[which]->result[0]);
        expect_equal(clients[which]->result[1], 100 + which);
        expect_equal(clients[which]->result[2], message_info(2, 1));
    }
}

TEST(a_reply_object_is_used_again_and_again)
{
    word_t reply = make(OBJECT_REPLY);

    for (word_t i = 1; i < 6; i++) {
        struct worker *worker = saved_client(reply, i);
        answer(reply, i * 10);
        expect_equal(worker->result[1], i * 10);
    }
}

TEST(the_server_serves_others_meanwhile)
{
    word_t reply = make(OBJECT_REPLY);
    struct worker *first = saved_client(reply, 1), *second = client(2);

    answer(0, 22);
    expect(second->result[1] == 22 && first->progress == 1, second->result[1], first->progress);
    struct worker *third = client(3);
    answer(reply, 11); /* while the present caller still waits, on whose time this runs: the first is ready, no more */
    expect_equal(third->progress, 1);
    answer(0, 33);
    expect(first->result[1] == 11 && third->result[1] == 33, first->result[1], third->result[1]);
}

TEST(an_answered_caller_is_not_answered_again)
{
    word_t reply = make(OBJECT_REPLY);
    struct message message = message_of(1, 0, 0);

    saved_client(reply, 1);
    answer(reply, 2);
    PROVOKES(reply, peer_gone, message_reply(reply, &message));
    PROVOKES(reply, peer_gone, message_reply(0, &message));
}

TEST(a_reply_object_that_goes_tells_its_caller)
{
    word_t reply = make(OBJECT_REPLY);
    struct worker *worker = saved_client(reply, 1);

    ok(cap_delete(0, reply));
    expect(worker->progress == 2 && worker->result[0] == STATUS_PEER_GONE, worker->progress, worker->result[0]);
}

TEST(a_saved_caller_that_is_killed_leaves_its_reply_object_empty)
{
    word_t reply = make(OBJECT_REPLY);
    struct worker *worker = saved_client(reply, 1);
    struct message message = message_of(1, 0, 0);

    ok(cap_delete(0, worker->thread));
    PROVOKES(reply, peer_gone, message_reply(reply, &message));
    worker = saved_client(reply, 2); /* it can be used again */
    answer(reply, 3);
    expect_equal(worker->result[1], 3);
}

static void serve_and_go(struct worker *self)
{
    struct message message;

    ok(message_recv(endpoint, &message));
    ok(save_reply(self->argument[0]));
}

TEST(a_saved_caller_outlives_the_server)
{
    word_t reply = make(OBJECT_REPLY);
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(serve_and_go, HIGH, reply), *caller = worker_run(call_it, HIGH, 7);

    worker_join(server);
    ok(cap_delete(0, server->thread));
    expect_equal(caller->progress, 1);
    answer(reply, 70); /* who holds the object answers */
    expect_equal(caller->result[1], 70);
}

TEST(saving_says_what_is_wrong)
{
    word_t reply = make(OBJECT_REPLY), other = make(OBJECT_REPLY), empty = slot_new();

    PROVOKES(save_reply, peer_gone, save_reply(reply)); /* nobody has called */
    saved_client(reply, 1);
    client(2);
    PROVOKES(save_reply, already, save_reply(reply));
    PROVOKES(save_reply, no_cap, save_reply(empty));
    PROVOKES(save_reply, wrong_type, save_reply(endpoint));
    PROVOKES(save_reply, no_right, save_reply(copy_of(other, RIGHT_READ)));
    ok(save_reply(other));
    PROVOKES(save_reply, peer_gone, save_reply(make(OBJECT_REPLY)));
}

TEST(answering_says_what_is_wrong)
{
    word_t reply = make(OBJECT_REPLY);
    struct message message = message_of(1, 0, 0);

    PROVOKES(reply, no_cap, message_reply(slot_new(), &message));
    PROVOKES(reply, wrong_type, message_reply(SLOT_THREAD, &message));
    PROVOKES(reply, no_right, message_reply(copy_of(reply, RIGHT_READ), &message));
    saved_client(reply, 1);
    message.info = INFO_LENGTH_MASK;
    PROVOKES(reply, bad_argument, message_reply(reply, &message));
    answer(reply, 1);
}

/* ---- a server that has no time of its own works on its callers' */

static void passive(struct worker *self)
{
    struct message message;

    ok(message_recv(endpoint, &message));
    PROVOKES(save_reply, bad_argument, save_reply(self->argument[0]));
    PROVOKES(reply, bad_argument, message_reply(0, &message)); /* neither could go on then */
    for (;;) {
        self->progress++;
        message = message_of(2, 1, message.words[0] + 1);
        ok(message_reply_recv(endpoint, &message));
    }
}

TEST(a_server_without_time_works_on_its_callers)
{
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(passive, HIGH, make(OBJECT_REPLY));

    ok(cap_delete(0, server->time));
    for (word_t i = 1; i < 5; i++) {
        struct message message = message_of(1, 1, i * 10);
        ok(message_call(endpoint, &message));
        expect_equal(message.words[0], i * 10 + 1);
        expect_equal(server->progress, i);
    }
}
