/* endpoint.c, reply.c, notification.c: each way that a call can go. test_endings.c has how it can end, test_ipc_walk.c the mixtures. */
#include "arch/host.h"
#include "check.h"
#include "pair.h"

CASE(a_call_and_its_answer)
{
    pair_begin(true);
    struct sched_context *time = client->time;
    pair_receive();
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        client->registers.message[i] = 100 + i;
    ACT(client, SYS_CALL, CAST_BADGED, LABEL(0xabc) | LENGTH(MESSAGE_WORDS) | RECEIVE(99), 1, 2, 3, 4, 5);
    pair_message_is(server, STATUS_OK, CAST_BADGE, LABEL(0xabc) | LENGTH(MESSAGE_WORDS), 1);
    for (unsigned i = 5; i < MESSAGE_WORDS; i++)
        CHECK_EQUAL(server->registers.message[i], 100 + i);
    CHECK(sched_time_of(server) == time);
    CHECK(hart_self()->running == time, "the time runs on: no switch of it");
    ACT(server, SYS_REPLY_RECV, EP, LABEL(0xdef) | LENGTH(1), 77);
    CHECK(sched_time_of(client) == time && sched_time_of(server) == server->time);
    pair_message_is(client, STATUS_OK, 0, LABEL(0xdef) | LENGTH(1), 77);
    CHECK_EQUAL(server->state, THREAD_RECEIVING);
    CHECK(server->caller == NULL);
}

CASE(callers_are_served_in_their_order)
{
    pair_begin(true);
    pair_resume(OTHER);
    ACT(client, SYS_CALL, CAST_BADGED, LABEL(1) | LENGTH(1), 41);
    ACT(other, SYS_CALL, EP, LABEL(2) | LENGTH(1), 42);
    CHECK(client->state == THREAD_CALLING && other->state == THREAD_CALLING);
    ACT(server, SYS_RECV, EP, 0);
    pair_message_is(server, STATUS_OK, CAST_BADGE, LABEL(1) | LENGTH(1), 41);
    ACT(server, SYS_REPLY_RECV, EP, LABEL(3) | LENGTH(1), 51);
    pair_message_is(client, STATUS_OK, 0, LABEL(3) | LENGTH(1), 51);
    pair_message_is(server, STATUS_OK, 0, LABEL(2) | LENGTH(1), 42);
    ACT(server, SYS_REPLY_RECV, EP, LABEL(4) | LENGTH(1), 52);
    pair_message_is(other, STATUS_OK, 0, LABEL(4) | LENGTH(1), 52);
}

CASE(a_server_without_time_works_on_its_callers)
{
    pair_begin(false);
    CHECK(sched_time_of(server) == NULL);
    for (unsigned i = 0; i < 3; i++) {
        ACT(client, SYS_CALL, EP, LENGTH(1), i);
        CHECK_EQUAL(server->registers.message[0], i);
        CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0), STATUS_BAD_ARGUMENT); /* it could not go on */
        ACT(server, SYS_REPLY_RECV, EP, LENGTH(1), i + 1);
        CHECK_EQUAL(client->registers.message[0], i + 1);
    }
}

CASE(a_send_waits_until_it_is_taken_and_lends_nothing)
{
    pair_begin(true);
    ACT(client, SYS_SEND, CAST_BADGED, LABEL(9) | LENGTH(1), 8);
    CHECK_EQUAL(client->state, THREAD_SENDING);
    pair_receive();
    pair_message_is(server, STATUS_OK, CAST_BADGE, LABEL(9) | LENGTH(1), 8);
    CHECK(sched_time_of(server) == server->time && server->caller == NULL);
    pair_client_was_told(STATUS_OK);
    ACT(server, SYS_RECV, EP, 0);
    CHECK_EQUAL(ACT(client, SYS_SEND, EP, LABEL(9)), STATUS_OK); /* somebody waits: it goes on at once */
    CHECK_EQUAL(client->state, THREAD_READY);
}

CASE(messages_that_cannot_be_are_refused)
{
    static const word_t wrong[] = {LENGTH(MESSAGE_MAX + 1), CAPS(2) | LENGTH(3), CAPS(1)};

    pair_begin(true);
    for (unsigned i = 0; i < array_count(wrong); i++) {
        CHECK_EQUAL(ACT(client, SYS_CALL, EP, wrong[i]), STATUS_BAD_ARGUMENT);
        CHECK_EQUAL(ACT(client, SYS_SEND, EP, wrong[i]), STATUS_BAD_ARGUMENT);
    }
    pair_serve();
    for (unsigned i = 0; i < array_count(wrong); i++) {
        CHECK_EQUAL(ACT(server, SYS_REPLY_RECV, EP, wrong[i]), STATUS_BAD_ARGUMENT);
        CHECK_EQUAL(ACT(server, SYS_REPLY, 0, wrong[i]), STATUS_BAD_ARGUMENT);
        CHECK(server->caller == client, "nothing was done");
    }
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, 90, EP, RIGHT_READ), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, 91, EP, RIGHT_WRITE), STATUS_OK);
    CHECK_EQUAL(ACT(server, SYS_CALL, 90, 0), STATUS_NO_RIGHT);
    CHECK_EQUAL(ACT(server, SYS_RECV, 91, 0), STATUS_NO_RIGHT);
    CHECK_EQUAL(ACT(server, SYS_REPLY_RECV, CAST_REPLY, 0), STATUS_WRONG_TYPE);
    CHECK_EQUAL(ACT(server, SYS_CALL, 91, CAPS(1) | LENGTH(1), 91), STATUS_NO_RIGHT); /* to give needs its own right */
    CHECK(server->caller == client);
}

CASE(a_capability_goes_with_a_message)
{
    pair_begin(true);
    ACT(server, SYS_RECV, EP, RECEIVE(80));
    ACT(client, SYS_CALL, EP, CAPS(1) | LENGTH(2), 1, CAST_NOTIFICATION);
    pair_message_is(server, STATUS_OK, 0, CAPS(1) | LENGTH(2), 1);
    CHECK_EQUAL(server->registers.message[1], 80);
    CHECK_EQUAL(world.table[80].object, world.table[CAST_NOTIFICATION].object);
    CHECK_EQUAL(world.table[80].depth, world.table[CAST_NOTIFICATION].depth + 1);
    client->registers.info = RECEIVE(81); /* where the client wants the answer's, as if it had called so */
    ACT(server, SYS_REPLY_RECV, EP, CAPS(1) | LENGTH(1) | RECEIVE(82), CAST_BADGED);
    CHECK_EQUAL(client->registers.message[0], 81);
    CHECK_EQUAL(world.table[81].value, CAST_BADGE);
    ACT(client, SYS_CALL, EP, CAPS(1) | LENGTH(1), CAST_REPLY);
    CHECK_EQUAL(server->registers.message[0], 82);
    CHECK_EQUAL(world.table[82].type, OBJECT_REPLY);
}

CASE(a_capability_that_cannot_arrive_is_left_out)
{
    static const struct {
        word_t receive, source;
    } cases[] = {{0, CAST_NOTIFICATION}, {CAST_REPLY, CAST_NOTIFICATION}, {WORLD_SLOTS, CAST_NOTIFICATION}, {80, 79}, {80, WORLD_UNTYPED}, {80, 0}};

    pair_begin(true);
    for (unsigned i = 0; i < array_count(cases); i++) {
        ACT(server, SYS_REPLY_RECV, EP, RECEIVE(cases[i].receive));
        ACT(client, SYS_CALL, EP, CAPS(1) | LENGTH(1), cases[i].source);
        pair_message_is(server, STATUS_OK, 0, LENGTH(1), 0);
        CHECK_EQUAL(world.table[80].type, OBJECT_NULL);
    }
}

static word_t *give_buffer(unsigned index, unsigned slot)
{
    world_make(slot, OBJECT_FRAME, PAGE_BITS);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BUFFER, SLOT(index), slot, 0), STATUS_OK);
    return (word_t *)(world.table[slot].object + DIRECT_BASE);
}

CASE(long_messages_go_from_buffer_to_buffer)
{
    pair_begin(true);
    pair_receive();
    ACT(client, SYS_CALL, EP, LENGTH(MESSAGE_WORDS + 5), 1);
    CHECK_EQUAL(server->registers.info, LENGTH(MESSAGE_WORDS)); /* neither has room for more */
    word_t *from = give_buffer(CLIENT, 70);
    word_t *to = give_buffer(SERVER, 71);
    for (unsigned i = 0; i < 512; i++)
        from[i] = i + 1;
    ACT(server, SYS_REPLY_RECV, EP, 0);
    ACT(client, SYS_CALL, EP, LENGTH(MESSAGE_MAX), 1, 2, 3, 4, 5);
    CHECK_EQUAL(server->registers.info, LENGTH(MESSAGE_MAX));
    for (unsigned i = 0; i < 512; i++)
        CHECK_EQUAL(to[i], i < MESSAGE_WORDS ? 0 : i + 1);
    ACT(server, SYS_REPLY_RECV, EP, LENGTH(MESSAGE_WORDS + 1));
    CHECK_EQUAL(client->registers.info, LENGTH(MESSAGE_WORDS + 1));
    CHECK_EQUAL(from[MESSAGE_WORDS + 1], MESSAGE_WORDS + 2);
    cast_delete(71); /* and with it the server's buffer */
    ACT(client, SYS_CALL, EP, LENGTH(MESSAGE_MAX), 1);
    CHECK_EQUAL(server->registers.info, LENGTH(MESSAGE_WORDS));
}

/* ---- saved callers */

CASE(a_saved_caller_is_answered_later)
{
    pair_begin(true);
    struct sched_context *time = client->time;
    pair_serve();
    CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0), STATUS_OK);
    CHECK(!time->queued && sched_time_of(server) == server->time);
    CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_OTHER_REPLY, 0), STATUS_PEER_GONE);
    pair_resume(OTHER);
    pair_receive();
    ACT(other, SYS_CALL, EP, LENGTH(1), 3);
    CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0), STATUS_ALREADY);
    CHECK_EQUAL(ACT(server, SYS_REPLY, CAST_REPLY, LABEL(6) | LENGTH(1), 66), STATUS_OK);
    pair_message_is(client, STATUS_OK, 0, LABEL(6) | LENGTH(1), 66);
    CHECK_EQUAL(ACT(server, SYS_REPLY, CAST_REPLY, 0), STATUS_PEER_GONE);
    CHECK_EQUAL(ACT(server, SYS_REPLY, 0, LABEL(7) | LENGTH(1), 67), STATUS_OK);
    pair_message_is(other, STATUS_OK, 0, LABEL(7) | LENGTH(1), 67);
    CHECK_EQUAL(ACT(server, SYS_REPLY, 0, 0), STATUS_PEER_GONE);
}

CASE(a_reply_object_that_goes_tells_the_caller)
{
    pair_begin(true);
    pair_serve();
    ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0);
    cast_delete(CAST_REPLY);
    pair_client_was_told(STATUS_PEER_GONE);
}

CASE(a_saved_caller_that_goes_leaves_the_reply_object_empty)
{
    pair_begin(true);
    pair_serve();
    ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0);
    cast_delete(SLOT(CLIENT));
    CHECK(((struct reply *)world.table[CAST_REPLY].object)->caller == NULL);
    CHECK_EQUAL(ACT(server, SYS_REPLY, CAST_REPLY, 0), STATUS_PEER_GONE);
}

/* ---- notifications */

CASE(signals_are_collected_and_taken_at_once)
{
    pair_begin(true);
    CHECK_EQUAL(ACT(client, SYS_POLL, CAST_NOTIFICATION, 0), STATUS_WOULD_BLOCK);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, 90, CAST_NOTIFICATION, RIGHT_ALL, 0x100), STATUS_OK);
    ACT(server, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0);
    ACT(server, SYS_SIGNAL, 90, 0);
    CHECK_EQUAL(ACT(client, SYS_POLL, CAST_NOTIFICATION, 0), STATUS_OK);
    CHECK_EQUAL(client->registers.message[0], CAST_BADGE | 0x100);
    ACT(client, SYS_WAIT, CAST_NOTIFICATION, 0);
    CHECK_EQUAL(client->state, THREAD_WAITING);
    ACT(server, SYS_SIGNAL, 90, 0);
    pair_client_was_told(STATUS_OK);
    CHECK_EQUAL(client->registers.message[0], 0x100);
    ACT(server, SYS_SIGNAL, 90, 0);
    CHECK_EQUAL(ACT(client, SYS_WAIT, CAST_NOTIFICATION, 0), STATUS_OK);
    ACT(client, SYS_WAIT, CAST_NOTIFICATION, 0);
    cast_delete(CAST_NOTIFICATION);
    pair_client_was_told(STATUS_PEER_GONE);
}

CASE(a_bound_notification_ends_a_receive)
{
    pair_begin(true);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BIND, SLOT(SERVER), CAST_NOTIFICATION, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BIND, SLOT(SERVER), CAST_NOTIFICATION, 0), STATUS_ALREADY);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BIND, SLOT(CLIENT), CAST_NOTIFICATION, 0), STATUS_ALREADY);
    pair_receive();
    ACT(client, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0);
    pair_message_is(server, STATUS_OK, CAST_BADGE, 0, CAST_BADGE);
    ACT(client, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0); /* while the server is busy */
    pair_receive();
    pair_message_is(server, STATUS_OK, CAST_BADGE, 0, CAST_BADGE);
    pair_receive();
    CHECK_EQUAL(server->state, THREAD_RECEIVING);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BIND, SLOT(SERVER), 0, 0), STATUS_OK);
    ACT(client, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0);
    CHECK_EQUAL(server->state, THREAD_RECEIVING);
}

/* Bits that were there before are not lost on a receiver that waits already. */
CASE(binding_delivers_what_was_signalled)
{
    pair_begin(true);
    pair_receive();
    ACT(client, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0);
    CHECK_EQUAL(ACT(client, SYS_THREAD_BIND, SLOT(SERVER), CAST_NOTIFICATION), STATUS_OK);
    pair_message_is(server, STATUS_OK, CAST_BADGE, 0, CAST_BADGE);
}
