/* Buffers of long messages: words that registers do not hold go from buffer to buffer. */
#include "guest.h"

#define OURS WINDOW
#define THEIRS (WINDOW + 0x10000)

static word_t endpoint;

static word_t buffer_at(word_t thread, word_t vaddr)
{
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS);

    map_here(frame, vaddr, RIGHTS_RW);
    ok(thread_buffer(thread, frame));
    return frame;
}

static word_t *words(word_t vaddr)
{
    return (word_t *)vaddr;
}

/* Receive once; argument[1]: the slot for a capability. Answer with as many words, one more each. */
static void answer(struct worker *self)
{
    struct message message = {.info = self->argument[1] << INFO_RECEIVE_SHIFT};

    ok(ipc(SYS_RECV, endpoint, &message));
    self->result[0] = message.info;
    self->result[1] = message.words[MESSAGE_WORDS - 1];
    word_t length = message_length(&message);
    for (word_t i = 0; i < length && i < MESSAGE_WORDS; i++)
        message.words[i]++;
    for (word_t i = MESSAGE_WORDS; i < length; i++)
        words(THEIRS)[i]++;
    message.info = message_info(2, length);
    ok(message_reply(0, &message));
    self->progress = 1;
}

static struct worker *answerer(bool has_buffer, word_t slot)
{
    struct worker *worker = worker_new(answer, HIGH);

    endpoint = endpoint ? endpoint : make(OBJECT_ENDPOINT);
    worker->argument[1] = slot;
    if (has_buffer)
        buffer_at(worker->thread, THEIRS);
    return worker;
}

static struct message long_message(word_t length)
{
    struct message message = message_of(1, length < MESSAGE_WORDS ? length : MESSAGE_WORDS, 1000);

    message.info = message_info(1, length);
    for (word_t i = MESSAGE_WORDS; i < length; i++)
        words(OURS)[i] = 1000 + i;
    return message;
}

TEST(messages_of_every_length_go_there_and_back)
{
    static const word_t lengths[] = {MESSAGE_WORDS, MESSAGE_WORDS + 1, 64, 100, 511, MESSAGE_MAX};
    struct worker *server = answerer(true, 0);

    buffer_at(case_thread_slot(), OURS);
    for (unsigned n = 0; n < COUNT_OF(lengths); n++) {
        word_t length = lengths[n];
        worker_start(server);
        struct message message = long_message(length);
        ok(message_call(endpoint, &message));
        expect(server->result[0] == message_info(1, length), length, server->result[0]);
        expect(message.info == message_info(2, length), length, message.info);
        for (word_t i = 0; i < length; i++)
            expect((i < MESSAGE_WORDS ? message.words[i] : words(OURS)[i]) == 1001 + i, length, i, words(OURS)[i]);
        worker_join(server);
    }
}

TEST(what_was_not_sent_stays_in_the_buffer)
{
    struct worker *server = answerer(true, 0);

    buffer_at(case_thread_slot(), OURS);
    for (word_t i = 0; i < MESSAGE_MAX; i++)
        words(OURS)[i] = 0x5ec2e7;
    struct message message = long_message(40);
    worker_start(server);
    ok(message_call(endpoint, &message));
    for (word_t i = 40; i < MESSAGE_MAX; i++)
        expect(words(THEIRS)[i] == 0, i, words(THEIRS)[i]);
}

TEST(who_has_no_buffer_gets_what_registers_hold)
{
    struct worker *server = answerer(false, 0);

    buffer_at(case_thread_slot(), OURS);
    struct message message = long_message(100);
    worker_start(server);
    ok(message_call(endpoint, &message));
    expect_equal(server->result[0], message_info(1, MESSAGE_WORDS));
    expect_equal(message.info, message_info(2, MESSAGE_WORDS));
    ok(thread_buffer(case_thread_slot(), 0)); /* nor does who sends without one */
    struct worker *other = answerer(true, 0);
    worker_start(other);
    message = (struct message){.info = message_info(1, 100)};
    ok(message_call(endpoint, &message));
    expect_equal(other->result[0], message_info(1, MESSAGE_WORDS));
}

TEST(a_long_message_carries_a_capability_too)
{
    word_t slot = slot_new();
    struct worker *server = answerer(true, slot);

    buffer_at(case_thread_slot(), OURS);
    struct message message = long_message(200);
    message.info |= 1UL << INFO_CAPS_SHIFT;
    message.words[MESSAGE_WORDS - 1] = SLOT_KERNEL; /* the last word in a register */
    worker_start(server);
    ok(message_call(endpoint, &message));
    expect_equal(server->result[0], message_info(1, 200) | 1UL << INFO_CAPS_SHIFT);
    expect_equal(server->result[1], slot);
    expect_equal(identify(slot).type, OBJECT_KERNEL);
}

TEST(a_buffer_whose_frame_goes_is_none_any_more)
{
    struct worker *server = answerer(true, 0);
    word_t frame = buffer_at(case_thread_slot(), OURS);
    struct message message = long_message(100);

    ok(cap_delete(0, frame));
    worker_start(server);
    ok(message_call(endpoint, &message));
    expect_equal(server->result[0], message_info(1, MESSAGE_WORDS));
    buffer_at(case_thread_slot(), OURS);
    struct worker *other = answerer(false, 0);
    ok(cap_delete(0, buffer_at(other->thread, THEIRS + PAGE_SIZE))); /* the receiver's */
    message = long_message(100);
    worker_start(other);
    ok(message_call(endpoint, &message));
    expect_equal(other->result[0], message_info(1, MESSAGE_WORDS));
}

TEST(buffers_say_what_is_wrong)
{
    word_t thread = make(OBJECT_THREAD), frame = make_sized(OBJECT_FRAME, PAGE_BITS), empty = slot_new(), deep = frame;
    unsigned device = device_untyped(PAGE_BITS);

    PROVOKES(thread_buffer, no_cap, thread_buffer(empty, frame));
    PROVOKES(thread_buffer, no_cap, thread_buffer(thread, empty));
    PROVOKES(thread_buffer, wrong_type, thread_buffer(frame, frame));
    PROVOKES(thread_buffer, wrong_type, thread_buffer(thread, thread));
    PROVOKES(thread_buffer, no_right, thread_buffer(copy_of(thread, RIGHT_READ), frame));
    PROVOKES(thread_buffer, no_right, thread_buffer(thread, copy_of(frame, RIGHT_READ)));
    PROVOKES(thread_buffer, no_right, thread_buffer(thread, copy_of(frame, RIGHT_WRITE)));
    PROVOKES(thread_buffer, bad_argument, thread_buffer(thread, make_sized(OBJECT_FRAME, 21)));
    PROVOKES(thread_buffer, bad_argument, thread_buffer(thread, make_from(SLOT_UNTYPED + device, OBJECT_FRAME, PAGE_BITS)));
    while (depth_of(deep) < DEPTH_MAX)
        deep = minted(deep, RIGHT_ALL, 0);
    PROVOKES(thread_buffer, too_deep, thread_buffer(thread, deep));
    ok(thread_buffer(thread, frame));
    PROVOKES(thread_buffer, already, thread_buffer(thread, frame));
    ok(thread_buffer(thread, 0));
    ok(thread_buffer(thread, frame));
}
