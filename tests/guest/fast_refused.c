/* What the fast path of messages (kernel/fast.h) leaves alone although somebody is idle: it ends as it always did. */
#include "guest.h"
#include "moments.h"

static word_t endpoint, gate; /* of the case that runs */
static word_t receive_slot;   /* that the server names in its first receive */
static word_t answer_cap;     /* that it sends along from its third answer on */

/* Answers each word with the next one, behind the gate if there is one, and counts. */
static void answer_next(struct worker *self)
{
    struct message message = {.info = receive_slot << INFO_RECEIVE_SHIFT | self->argument[1]};
    status_t status = ipc(SYS_RECV, endpoint, &message);

    while (status == STATUS_OK) {
        self->progress++;
        self->result[1] = message.words[0];
        self->result[2] = message.badge;
        self->result[3] = message.info;
        if (gate)
            ok(wait(gate, 0, NULL));
        message = message_of(2, 1, message.words[0] + 1);
        if (answer_cap && self->progress >= 3) {
            message = (struct message){.info = message_info(2, 1) | 1UL << INFO_CAPS_SHIFT, .words = {answer_cap}};
            status = ipc(SYS_REPLY_RECV, endpoint, &message);
        } else {
            status = message_reply_recv_short(endpoint, &message, 1, 1);
        }
    }
    self->result[0] = status;
}

static struct worker *idle_server(word_t timeout)
{
    struct worker *server = worker_new(answer_next, HIGH);

    endpoint = make(OBJECT_ENDPOINT);
    server->argument[1] = timeout;
    worker_start(server);
    expect_equal(server->progress, 0);
    return server;
}

static status_t ask(word_t through, word_t word, word_t *answer)
{
    struct message message = message_of(1, 1, word);
    status_t status = message_call_short(through, &message, 1, 1);

    *answer = message.words[0];
    return status;
}

static void expect_answer(word_t through, word_t word)
{
    word_t answer;

    ok(ask(through, word, &answer));
    expect_equal(answer, word + 1);
}

/* ---- capabilities */

struct refusal {
    word_t slot;
    status_t status;
};

#define REFUSALS 10

/* Capabilities that the right `wrong` is not enough for. */
static void make_refusals(struct refusal refusals[REFUSALS], word_t wrong)
{
    const struct refusal all[REFUSALS] = {
        {copy_of(endpoint, wrong), STATUS_NO_RIGHT},
        {minted(endpoint, wrong, 7), STATUS_NO_RIGHT},
        {minted(endpoint, wrong | RIGHT_GRANT, 7), STATUS_NO_RIGHT},
        {copy_of(minted(endpoint, RIGHTS_RW, 7), wrong), STATUS_NO_RIGHT},
        {slot_new(), STATUS_NO_CAP},
        {boot->slots, STATUS_NO_CAP},
        {1UL << 59, STATUS_NO_CAP},
        {~0UL, STATUS_NO_CAP},
        {SLOT_THREAD, STATUS_WRONG_TYPE},
        {make(OBJECT_NOTIFICATION), STATUS_WRONG_TYPE},
    };

    memcpy(refusals, all, sizeof(all));
}

TEST(a_short_call_takes_the_right_to)
{
    struct worker *server = idle_server(0);
    struct refusal refusals[REFUSALS];
    word_t answer;

    make_refusals(refusals, RIGHT_READ);
    for (unsigned i = 0; i < REFUSALS; i++) {
        expect_status(refusals[i].status, ask(refusals[i].slot, i, &answer));
        expect(server->progress == 0, i, server->progress);
    }
    expect_answer(minted(endpoint, RIGHT_WRITE, 3), 5);
    expect_equal(server->result[2], 3);
}

static struct refusal refusals[REFUSALS];
static volatile bool answered;

static void answer_by_the_wrong(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(endpoint, &message));
    for (;;) {
        for (unsigned i = 0; i < REFUSALS; i++) {
            message = message_of(2, 1, 99);
            expect_status(refusals[i].status, message_reply_recv_short(refusals[i].slot, &message, 1, 1));
            expect(!answered, i);
        }
        self->progress++;
        message = message_of(2, 1, 6);
        ok(message_reply_recv_short(endpoint, &message, 1, 1));
    }
}

static void ask_once(struct worker *self)
{
    word_t answer = 0;

    self->progress = 1;
    self->result[0] = ask(self->argument[0], 5, &answer);
    answered = true;
    self->result[1] = answer;
    self->progress = 2;
}

TEST(a_short_answer_that_receives_takes_the_right_to)
{
    endpoint = make(OBJECT_ENDPOINT);
    make_refusals(refusals, RIGHT_WRITE);
    struct worker *server = worker_run(answer_by_the_wrong, HIGH, 0), *client = worker_run(ask_once, HIGH, endpoint);

    expect(server->progress == 1 && client->progress == 2 && client->result[1] == 6, server->progress, client->progress, client->result[1]);
}

TEST(a_slot_remembers_nothing_of_what_was_there)
{
    struct worker *server = idle_server(0);
    word_t slot = copy_of(endpoint, RIGHT_ALL), to = slot_new(), notification = make(OBJECT_NOTIFICATION), answer;

    expect_answer(slot, 1);
    ok(cap_move(0, to, slot));
    expect_status(STATUS_NO_CAP, ask(slot, 2, &answer));
    expect_answer(to, 3);
    ok(cap_copy(0, slot, notification, RIGHT_ALL));
    expect_status(STATUS_WRONG_TYPE, ask(slot, 4, &answer));
    ok(cap_delete(0, slot));
    ok(cap_mint(0, slot, endpoint, RIGHT_READ, 1));
    expect_status(STATUS_NO_RIGHT, ask(slot, 5, &answer));
    expect_equal(server->progress, 2);
}

TEST(an_endpoint_that_went_is_not_called)
{
    struct worker *server = idle_server(0);
    word_t badged = minted(endpoint, RIGHT_WRITE, 1), answer;

    expect_answer(badged, 1);
    ok(cap_revoke(0, endpoint));
    expect_status(STATUS_NO_CAP, ask(badged, 1, &answer));
    expect_answer(endpoint, 2); /* the server is idle as ever */
    badged = minted(endpoint, RIGHT_WRITE, 1);
    ok(cap_delete(0, endpoint));
    expect_status(STATUS_NO_CAP, ask(badged, 1, &answer));
    expect_status(STATUS_NO_CAP, ask(endpoint, 1, &answer));
    expect(server->progress == 2 && server->result[0] == STATUS_PEER_GONE, server->progress, server->result[0]);
}

/* ---- info words */

TEST(a_message_beyond_the_registers_goes_the_long_way)
{
    struct worker *server = idle_server(0);
    const word_t longest = message_info(0xffff, MESSAGE_WORDS);
    const struct {
        word_t sent, came;
    } infos[] = {
        {longest, longest},
        {message_info(1, MESSAGE_WORDS + 1), message_info(1, MESSAGE_WORDS)},
        {message_info(0xffff, MESSAGE_MAX), longest},
    };

    for (unsigned i = 0; i < COUNT_OF(infos); i++) {
        struct message message = {.info = infos[i].sent, .words = {i}};
        ok(ipc(SYS_CALL, endpoint, &message));
        expect(server->result[3] == infos[i].came, i, server->result[3]); /* there are no buffers */
        expect(message.words[0] == i + 1, i, message.words[0]);
    }
    struct message message = {.info = message_info(1, MESSAGE_MAX + 1)};
    PROVOKES(call, bad_argument, ipc(SYS_CALL, endpoint, &message));
    expect_equal(server->progress, COUNT_OF(infos));
}

static word_t give(word_t cap)
{
    struct message message = {.info = message_info(1, 1) | 1UL << INFO_CAPS_SHIFT, .words = {cap}};

    ok(message_call_short(endpoint, &message, 1, 1));
    return message.words[0];
}

TEST(a_capability_comes_with_a_short_call_to_who_wants_it)
{
    receive_slot = slot_new();
    struct worker *server = idle_server(0);

    expect_equal(give(SLOT_THREAD), receive_slot + 1);
    expect_equal(identify(receive_slot).type, OBJECT_THREAD);
    expect(server->result[1] == receive_slot && server->result[3] & INFO_CAPS_MASK, server->result[3]);
    ok(cap_delete(0, receive_slot));
    expect_equal(give(SLOT_THREAD), 1); /* the server has named no slot since */
    expect(is_empty(receive_slot));
}

TEST(a_slot_that_was_named_once_is_not_named_for_ever)
{
    receive_slot = slot_new();
    struct worker *server = idle_server(0);

    expect_answer(endpoint, 1);
    expect_equal(give(SLOT_THREAD), 1);
    expect(is_empty(receive_slot) && server->progress == 2, server->progress);
}

TEST(a_capability_comes_with_the_answer_to_who_wants_it)
{
    idle_server(0);
    word_t slot = slot_new(), answer = 0;
    struct message message = message_of(1, 1, 10);

    answer_cap = SLOT_THREAD;
    message.info |= slot << INFO_RECEIVE_SHIFT;
    ok(message_call_short(endpoint, &message, 1, 1));
    expect_equal(message.words[0], 11);
    expect_answer(endpoint, 20);
    ok(ask(endpoint, 30, &answer)); /* with a capability, of which this call wants to know nothing */
    expect(answer == 0 && is_empty(slot), answer);
    message = message_of(1, 1, 40);
    message.info |= slot << INFO_RECEIVE_SHIFT;
    ok(message_call_short(endpoint, &message, 1, 1));
    expect_equal(message.words[0], slot);
    expect_equal(identify(slot).type, OBJECT_THREAD);
}

TEST(a_poll_finds_who_is_idle_and_nobody_else)
{
    idle_server(0);
    word_t alone = make(OBJECT_ENDPOINT);
    struct message message = message_of(1, 1, 7);

    message.info |= MESSAGE_POLL;
    ok(message_call_short(endpoint, &message, 1, 1));
    expect_equal(message.words[0], 8);
    message = message_of(1, 1, 7);
    message.info |= MESSAGE_POLL;
    expect_status(STATUS_WOULD_BLOCK, message_call_short(alone, &message, 1, 1));
}

/* ---- times */

TEST(a_call_that_is_answered_in_time_has_no_time_left_over)
{
    guest_may_idle();
    idle_server(0);
    struct message message = message_of(1, 1, 7);

    message.info |= message_within(500 * MS);
    ok(message_call_short(endpoint, &message, 1, 1));
    expect_equal(message.words[0], 8);
    expect_answer(endpoint, 9);
    sleep_ns(700 * MS); /* nothing else ends it */
    expect_answer(endpoint, 10);
}

TEST(an_answer_that_is_late_reaches_nobody)
{
    guest_may_idle();
    gate = make(OBJECT_NOTIFICATION);
    word_t key = minted(gate, RIGHT_WRITE, 1);
    struct worker *server = idle_server(0), *client;

    while (server->progress == 0) { /* on a busy host the time may be over before the server has run */
        struct message message = message_of(1, 1, 7);
        message.info |= message_within(2 * MS);
        expect_status(STATUS_TIMED_OUT, message_call_short(endpoint, &message, 1, 1));
    }
    client = worker_run(ask_once, HIGH, endpoint); /* in the queue: the server has not answered */
    expect(server->progress == 1 && client->progress == 1, server->progress, client->progress);
    ok(signal(key)); /* the late answer */
    expect(server->progress == 2 && client->progress == 1, server->progress, client->progress);
    ok(signal(key));
    expect(client->progress == 2 && client->result[0] == STATUS_OK && client->result[1] == 6, client->result[0], client->result[1]);
}

TEST(a_server_that_received_in_time_has_no_time_left_over)
{
    guest_may_idle();
    struct worker *server = idle_server(message_within(500 * MS));

    expect_answer(endpoint, 1);
    sleep_ns(700 * MS);
    expect_answer(endpoint, 2);
    expect_equal(server->progress, 2);
}
