#include "guest.h"

#define WINDOW_STEP 0x1000UL

/* A page for a worker's long messages, mapped here too. */
static volatile word_t *buffer_for(struct worker *worker)
{
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS);
    word_t vaddr = WINDOW + worker->number * WINDOW_STEP;

    map_here(copy_of(frame, RIGHTS_RW), vaddr, RIGHTS_RW);
    ok(thread_buffer(worker->thread, frame));
    return (volatile word_t *)vaddr;
}

/* Answers with as many words, each one more. */
static void increment(struct worker *self)
{
    volatile word_t *buffer = (volatile word_t *)self->argument[1];
    struct message message = {0};

    ok(message_recv(self->argument[0], &message));
    self->result[0] = message_length(&message);
    for (word_t i = 0; i < message_length(&message); i++) {
        if (i < MESSAGE_WORDS)
            message.words[i]++;
        else
            buffer[i]++;
    }
    message_answer(&message, 0, message_length(&message));
    ok(message_reply(0, &message));
}

static void call_long(struct worker *self)
{
    volatile word_t *buffer = (volatile word_t *)self->argument[1];
    word_t length = self->argument[2];
    struct message message = {.info = message_info(1, length)};

    for (word_t i = 0; i < length; i++) {
        if (i < MESSAGE_WORDS)
            message.words[i] = 1000 + i;
        else
            buffer[i] = 1000 + i;
    }
    self->result[1] = message_call(self->argument[0], &message);
    self->result[0] = message_length(&message);
    for (word_t i = 0; i < message_length(&message); i++)
        expect_equal(i < MESSAGE_WORDS ? message.words[i] : buffer[i], 1001 + i);
}

static void round_trip(word_t length, bool with_buffers)
{
    word_t endpoint = make(OBJECT_ENDPOINT), arrives = length;
    struct worker *server = worker_new(increment, HIGH), *client = worker_new(call_long, HIGH);

    server->argument[0] = client->argument[0] = endpoint;
    if (with_buffers) {
        server->argument[1] = (word_t)buffer_for(server);
        client->argument[1] = (word_t)buffer_for(client);
    } else if (length > MESSAGE_WORDS) {
        client->argument[1] = (word_t)buffer_for(client);
        arrives = MESSAGE_WORDS; /* what the receiver has room for */
    }
    client->argument[2] = length;
    worker_start(server);
    worker_start(client);
    worker_join(client);
    worker_join(server);
    ok(client->result[1]);
    expect_equal(server->result[0], arrives);
    expect_equal(client->result[0], arrives);
}

TEST(words_beyond_the_registers_go_by_the_buffers)
{
    round_trip(MESSAGE_WORDS, true);
    round_trip(MESSAGE_WORDS + 1, true);
    round_trip(64, true);
    round_trip(MESSAGE_MAX, true);
}

TEST(without_a_buffer_the_registers_words_arrive)
{
    round_trip(MESSAGE_MAX, false);
}

TEST(a_message_longer_than_the_longest_is_refused)
{
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct message message = {.info = message_info(1, MESSAGE_MAX + 1)};

    PROVOKES(call, bad_argument, ipc(SYS_CALL, endpoint, &message));
    message.info = message_info(1, MESSAGE_MAX + 1);
    PROVOKES(send, bad_argument, ipc(SYS_SEND, endpoint, &message));
}

TEST(a_buffer_that_is_revoked_is_used_no_more)
{
    word_t endpoint = make(OBJECT_ENDPOINT), frame = make_sized(OBJECT_FRAME, PAGE_BITS);
    struct worker *server = worker_new(increment, HIGH), *client = worker_new(call_long, HIGH);

    server->argument[0] = client->argument[0] = endpoint;
    client->argument[1] = (word_t)buffer_for(client);
    client->argument[2] = 100;
    ok(thread_buffer(server->thread, frame));
    ok(cap_delete(0, frame));
    worker_start(server);
    worker_start(client);
    worker_join(client);
    expect_equal(server->result[0], MESSAGE_WORDS);
}

TEST(thread_buffer_says_what_is_wrong)
{
    struct worker *worker = worker_new(increment, HIGH);
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS), endpoint = make(OBJECT_ENDPOINT);
    word_t large = make_sized(OBJECT_FRAME, 21);

    PROVOKES(thread_buffer, no_cap, thread_buffer(slot_new(), frame));
    PROVOKES(thread_buffer, no_cap, thread_buffer(worker->thread, slot_new()));
    PROVOKES(thread_buffer, wrong_type, thread_buffer(endpoint, frame));
    PROVOKES(thread_buffer, wrong_type, thread_buffer(worker->thread, endpoint));
    PROVOKES(thread_buffer, no_right, thread_buffer(copy_of(worker->thread, RIGHT_READ), frame));
    PROVOKES(thread_buffer, no_right, thread_buffer(worker->thread, copy_of(frame, RIGHT_READ)));
    PROVOKES(thread_buffer, bad_argument, thread_buffer(worker->thread, large));
    ok(thread_buffer(worker->thread, frame));
    PROVOKES(thread_buffer, already, thread_buffer(worker->thread, frame));
    ok(thread_buffer(worker->thread, 0));
    ok(thread_buffer(worker->thread, frame));
}
