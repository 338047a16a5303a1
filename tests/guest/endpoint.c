/* Endpoints: messages of every length, badges, queues, and calls in calls. What goes away meanwhile is in cancellation.c. */
#include "meeting.h"

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

TEST(senders_are_served_in_the_order_in_which_they_came)
{
    struct worker *workers[6];
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    for (unsigned i = 0; i < 6; i++) {
        workers[i] = sender(endpoint, HIGH + (i * 5) % 6, 100 + i, i % 2); /* priorities do not matter */
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
    struct worker *worker = sender(endpoint, HIGH, 7, false);
    expect_equal(worker->progress, 1);
    ok(message_recv(endpoint, &message));
    expect(worker->progress == 2 && message.words[0] == 7, worker->progress, message.words[0]);
    PROVOKES(reply, peer_gone, message_reply(0, &message)); /* a send has no answer */
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

#define CALLS_MAX 16 /* of kernel/thread.h */

static void forward_or_tell(struct worker *self)
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
        workers[i] = worker_new(forward_or_tell, HIGH);
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

TEST(a_server_may_receive_from_another_endpoint_than_it_answers)
{
    word_t one = make(OBJECT_ENDPOINT), other = make(OBJECT_ENDPOINT);
    struct message message;

    struct worker *first = sender(one, HIGH, 1, true), *second = sender(other, HIGH, 2, true);
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
    struct worker *client = sender(endpoint, HIGH, 1, true);
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
