/* Calls and their answers, between two address spaces. The server's loop is counted with the rest. */
#include "cost.h"

static word_t endpoint;

/* Send so many words with each call; the server answers with as many. */
static inline __attribute__((always_inline)) void call_often(word_t length)
{
    struct message message = {0};

    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        message.info = message_info(1, length);
        status_t status = length <= SHORT_WORDS ? message_call_short(endpoint, &message, (unsigned)length, (unsigned)length)
                                                  : message_call(endpoint, &message);
        mark_end();
        ok(status);
        expect_equal(message.info, message_info(0, length));
        sample_take();
    }
    samples_tell();
}

static inline __attribute__((always_inline)) void serve_often(word_t length)
{
    struct message message = {0};

    ok(message_recv(PEER_FIRST, &message));
    for (;;) {
        message.info = message_info(0, length);
        ok(length <= SHORT_WORDS ? message_reply_recv_short(PEER_FIRST, &message, (unsigned)length, (unsigned)length)
                                   : message_reply_recv(PEER_FIRST, &message));
    }
}

static struct worker *server_new(void (*run)(struct worker *))
{
    struct worker *server = peer_new(run, HIGH, 0);

    endpoint = make(OBJECT_ENDPOINT);
    peer_give(PEER_FIRST, endpoint, RIGHT_READ);
    return server;
}

static void serve_0w(struct worker *self)
{
    (void)self;
    serve_often(0);
}

TEST(call_reply_0w)
{
    worker_start(server_new(serve_0w));
    call_often(0);
}

static void serve_4w(struct worker *self)
{
    (void)self;
    serve_often(4);
}

TEST(call_reply_4w)
{
    worker_start(server_new(serve_4w));
    call_often(4);
}

static void serve_10w(struct worker *self)
{
    (void)self;
    serve_often(10);
}

TEST(call_reply_10w)
{
    worker_start(server_new(serve_10w));
    call_often(10);
}

/* ---- words that registers do not hold */

static void serve_64w(struct worker *self)
{
    (void)self;
    serve_often(64);
}

static void buffer_give(word_t thread)
{
    ok(thread_buffer(thread, make_sized(OBJECT_FRAME, PAGE_BITS)));
}

static void call_64w(struct worker *self)
{
    (void)self;
    call_often(64);
}

TEST(call_reply_64w)
{
    struct worker *server = server_new(serve_64w), *client = worker_new(call_64w, CASE_PRIORITY);

    buffer_give(server->thread);
    buffer_give(client->thread);
    worker_start(server);
    worker_start(client);
    worker_join(client);
}

/* ---- both sides use floating point in each round */

static void serve_fpu(struct worker *self)
{
    struct message message = {0};

    (void)self;
    ok(message_recv(PEER_FIRST, &message));
    for (;;) {
        fpu_use();
        message.info = message_info(0, 0);
        ok(message_reply_recv_short(PEER_FIRST, &message, 0, 0));
    }
}

TEST(call_reply_0w_fpu)
{
    struct message message = {0};

    worker_start(server_new(serve_fpu));
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        fpu_use();
        message.info = message_info(1, 0);
        status_t status = message_call_short(endpoint, &message, 0, 0);
        mark_end();
        ok(status);
        sample_take();
    }
    samples_tell();
}

/* ---- a capability each way */

#define WITH_CAP (message_info(0, 1) | 1UL << INFO_CAPS_SHIFT)

/* The server sends back what it got, and has it no more when the client takes away what it was made from. */
static void serve_1cap(struct worker *self)
{
    struct message message = {.info = (word_t)PEER_EMPTY << INFO_RECEIVE_SHIFT};

    (void)self;
    ok(ipc(SYS_RECV, PEER_FIRST, &message));
    for (;;) {
        message.info = WITH_CAP | (word_t)PEER_EMPTY << INFO_RECEIVE_SHIFT;
        ok(message_reply_recv(PEER_FIRST, &message));
    }
}

TEST(call_reply_1cap)
{
    word_t given = make(OBJECT_NOTIFICATION), sent = slot_new(), received = slot_new();
    struct worker *server = server_new(serve_1cap);
    struct message message = {0};

    peer_give(PEER_SECOND, endpoint, RIGHT_READ | RIGHT_GRANT);
    worker_start(server);
    for (unsigned round = 0; round < ROUNDS; round++) {
        ok(cap_copy(0, sent, given, RIGHT_ALL));
        mark_begin();
        message.words[0] = sent;
        message.info = WITH_CAP | received << INFO_RECEIVE_SHIFT;
        status_t status = message_call(endpoint, &message);
        mark_end();
        ok(status);
        expect_equal(message.words[0], received);
        expect_equal(identify(received).type, OBJECT_NOTIFICATION);
        sample_take();
        while (cap_revoke(0, given) == STATUS_AGAIN)
            ;
        expect(is_empty(sent) && is_empty(received), sent, received);
    }
    samples_tell();
}
