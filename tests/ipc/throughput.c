/* How many there are in a second of a machine that does not count instructions. */
#include "cost.h"

#define ROUND_TRIPS 20000

static word_t endpoint;

static void serve_any(struct worker *self)
{
    struct message message = {0};

    (void)self;
    ok(message_recv(PEER_FIRST, &message));
    for (;;) {
        message.info = message_info(0, message_length(&message));
        ok(message_reply_recv(PEER_FIRST, &message));
    }
}

static void time_calls(const char *name, word_t length)
{
    struct message message = {0};
    uint64_t begun = guest_ns();

    for (unsigned round = 0; round < ROUND_TRIPS; round++) {
        message.info = message_info(1, length);
        ok(message_call(endpoint, &message));
    }
    uint64_t took = guest_ns() - begun;
    guest_tell(name, ROUND_TRIPS, took, took);
}

static void time_empty_syscalls(void)
{
    uint64_t begun = guest_ns();

    for (unsigned round = 0; round < ROUND_TRIPS; round++)
        expect_status(STATUS_NO_SYSCALL, syscall_plain_0_0(SYS_COUNT));
    uint64_t took = guest_ns() - begun;
    guest_tell("empty_syscall", ROUND_TRIPS, took, took);
}

static void time_all(struct worker *self)
{
    (void)self;
    for (unsigned turn = 0; turn < 5; turn++) {
        time_empty_syscalls();
        time_calls("call_reply_0w", 0);
        time_calls("call_reply_10w", 10);
        time_calls("call_reply_64w", 64);
    }
}

TEST(throughput)
{
    struct worker *server = peer_new(serve_any, HIGH, 0), *client = worker_new(time_all, CASE_PRIORITY);

    endpoint = make(OBJECT_ENDPOINT);
    peer_give(PEER_FIRST, endpoint, RIGHT_READ);
    ok(thread_buffer(server->thread, make_sized(OBJECT_FRAME, PAGE_BITS)));
    ok(thread_buffer(client->thread, make_sized(OBJECT_FRAME, PAGE_BITS)));
    worker_start(server);
    worker_start(client);
    worker_join(client);
}
