/* Capabilities in messages: which go over, into which slot, and what is refused. */
#include "guest.h"

static word_t endpoint;

static word_t info_with_cap(word_t length)
{
    return message_info(1, length) | 1UL << INFO_CAPS_SHIFT;
}

/* Receive with argument[1] as the slot for a capability, and keep what came. */
static void take(struct worker *self)
{
    struct message message = {.info = self->argument[1] << INFO_RECEIVE_SHIFT};

    self->result[0] = ipc(SYS_RECV, self->argument[0], &message);
    self->result[1] = message.info;
    self->result[2] = message.words[message_length(&message) - 1];
    self->result[3] = message.words[0];
    self->progress = 1;
}

static struct worker *taker(word_t slot)
{
    struct worker *worker = worker_new(take, HIGH);

    endpoint = endpoint ? endpoint : make(OBJECT_ENDPOINT);
    worker->argument[0] = endpoint;
    worker->argument[1] = slot;
    worker_start(worker);
    return worker;
}

static status_t give(word_t through, word_t cap, word_t length)
{
    struct message message = message_of(1, length, 7);

    message.info = info_with_cap(length);
    message.words[length - 1] = cap;
    return message_send(through, &message);
}

/* The message came without its capability: the receiver is told so. */
static void expect_refused(const struct worker *worker, word_t slot)
{
    expect_equal(worker->result[0], STATUS_OK);
    expect_equal(worker->result[1], message_info(1, 2));
    expect_equal(worker->result[2], 0);
    expect_equal(worker->result[3], 7);
    expect(!slot || is_empty(slot), slot);
}

TEST(a_capability_comes_with_its_rights_and_badge)
{
    for (word_t length = 1; length <= MESSAGE_WORDS; length++) {
        word_t slot = slot_new(), source = minted(make(OBJECT_NOTIFICATION), RIGHT_WRITE, length);
        struct worker *worker = taker(slot);
        ok(give(endpoint, source, length));
        expect_equal(worker->result[1], info_with_cap(length));
        expect_equal(worker->result[2], slot);
        struct facts facts = identify(slot);
        expect(facts.type == OBJECT_NOTIFICATION && facts.rights == RIGHT_WRITE && facts.value == length, facts.type, facts.rights,
               facts.value);
        expect_equal(facts.depth, depth_of(source)); /* of equal standing */
        expect(!is_empty(source));
    }
}

TEST(a_first_capability_comes_as_its_child)
{
    word_t slot = slot_new(), first = make(OBJECT_ENDPOINT);

    taker(slot);
    ok(give(endpoint, first, 1));
    expect_equal(depth_of(slot), depth_of(first) + 1);
    ok(cap_revoke(0, first));
    expect(is_empty(slot));
}

TEST(who_asks_for_none_gets_none)
{
    struct worker *worker = taker(0);

    ok(give(endpoint, SLOT_THREAD, 2));
    expect_refused(worker, 0);
}

TEST(a_full_slot_takes_none)
{
    word_t full = make(OBJECT_REPLY);
    struct worker *worker = taker(full);

    ok(give(endpoint, SLOT_THREAD, 2));
    expect_refused(worker, 0);
    expect_equal(identify(full).type, OBJECT_REPLY);
}

TEST(a_slot_outside_the_table_takes_none)
{
    struct worker *worker = taker(boot->slots);

    ok(give(endpoint, SLOT_THREAD, 2));
    expect_refused(worker, 0);
    worker = taker(0xffff);
    ok(give(endpoint, SLOT_THREAD, 2));
    expect_refused(worker, 0);
}

TEST(what_the_sender_does_not_hold_does_not_come)
{
    word_t slot = slot_new();
    const word_t none[] = {0, slot_new(), boot->slots, ~0UL};

    for (unsigned i = 0; i < COUNT_OF(none); i++) {
        struct worker *worker = taker(slot);
        ok(give(endpoint, none[i], 2));
        expect_refused(worker, slot);
    }
}

TEST(what_cannot_be_copied_does_not_come)
{
    word_t slot = slot_new();
    struct worker *worker = taker(slot);

    ok(give(endpoint, pool(), 2));
    expect_refused(worker, slot);
    worker = taker(slot);
    ok(give(endpoint, make(OBJECT_PAGE_TABLE), 2));
    expect_refused(worker, slot);
}

TEST(giving_takes_the_right_to)
{
    word_t slot = slot_new();
    struct worker *worker = taker(slot);
    word_t writer = copy_of(endpoint, RIGHT_WRITE);
    struct message message = message_of(1, 1, SLOT_THREAD);

    expect_status(STATUS_NO_RIGHT, give(writer, SLOT_THREAD, 2));
    message.info = info_with_cap(1);
    PROVOKES(call, no_right, message_call(writer, &message));
    expect_equal(worker->progress, 0);
    ok(give(copy_of(endpoint, RIGHT_WRITE | RIGHT_GRANT), SLOT_THREAD, 2));
    expect_equal(identify(slot).type, OBJECT_THREAD);
}

/* ---- with answers */

static void answer_with_cap(struct worker *self)
{
    struct message message;

    ok(message_recv(self->argument[0], &message));
    message.info = info_with_cap(2);
    message.words[0] = 5;
    message.words[1] = self->argument[1];
    ok(message_reply(0, &message));
}

TEST(an_answer_brings_a_capability_where_the_caller_wants_it)
{
    word_t slot = slot_new(), given = minted(make(OBJECT_ENDPOINT), RIGHTS_RW, 12);
    struct worker *worker = worker_new(answer_with_cap, HIGH);
    struct message message = {.info = message_info(1, 0) | slot << INFO_RECEIVE_SHIFT};

    endpoint = worker->argument[0] = make(OBJECT_ENDPOINT);
    worker->argument[1] = given;
    worker_start(worker);
    word_t caller = copy_of(endpoint, RIGHT_WRITE); /* to take one needs no right */
    ok(message_call(caller, &message));
    expect_equal(message.info, info_with_cap(2));
    expect(message.words[0] == 5 && message.words[1] == slot, message.words[0], message.words[1]);
    expect_equal(identify(slot).value, 12);
}

/* ---- between tables */

static void take_into_own_table(struct worker *self)
{
    struct message message = {.info = 5UL << INFO_RECEIVE_SHIFT};

    self->result[0] = ipc(SYS_RECV, 1, &message);
    self->result[1] = message.words[0];
    self->result[2] = signal(5);
    self->progress = 1;
    arch_fault();
}

TEST(a_capability_goes_into_the_receivers_table)
{
    word_t table = make_sized(OBJECT_CTABLE, 8), notification = make(OBJECT_NOTIFICATION), bits = 0;
    struct worker *worker = worker_alone(take_into_own_table, HIGH, table);

    endpoint = make(OBJECT_ENDPOINT);
    ok(cap_copy(table, 1, endpoint, RIGHT_READ));
    worker_start(worker);
    ok(give(endpoint, minted(notification, RIGHT_WRITE, 64), 1));
    expect_equal(worker->progress, 1);
    expect_equal(worker->result[0], STATUS_OK);
    expect_equal(worker->result[1], 5);
    expect_equal(worker->result[2], STATUS_OK);
    ok(poll(notification, &bits));
    expect_equal(bits, 64);
    expect_equal(identify_in(table, 5).rights, RIGHT_WRITE);
}

TEST(a_receiver_whose_table_went_gets_the_message_without)
{
    word_t table = make_sized(OBJECT_CTABLE, 8);
    struct worker *worker = worker_alone(take_into_own_table, HIGH, table);

    endpoint = make(OBJECT_ENDPOINT);
    ok(cap_copy(table, 1, endpoint, RIGHT_READ));
    worker_start(worker);
    ok(cap_delete(0, table));
    ok(give(endpoint, SLOT_THREAD, 1));
    expect(worker->progress == 1 && worker->result[0] == STATUS_OK, worker->result[0]);
    expect_equal(worker->result[1], 0);
    expect_equal(worker->result[2], STATUS_NO_CAP);
}
