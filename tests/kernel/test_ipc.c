/* endpoint.c, reply.c, notification.c, fault.c, thread.c: each way that a call can go, and end. test_ipc_walk.c has the mixtures. */
#include <string.h>

#include "arch/host.h"
#include "cast.h"
#include "check.h"

#define EP CAST_ENDPOINT
#define CLIENT 0
#define SERVER 1
#define OTHER 2
#define SLOT(index) (CAST_THREADS + 4 * (index))
#define LABEL(label) ((word_t)(label) << INFO_LABEL_SHIFT)
#define CAPS(count) ((word_t)(count) << INFO_CAPS_SHIFT)
#define RECEIVE(slot) ((word_t)(slot) << INFO_RECEIVE_SHIFT)

static struct thread *client, *server, *other;

static void begin(bool server_has_time)
{
    cast_begin();
    client = cast_thread(CLIENT, 10, true);
    server = cast_thread(SERVER, 10, server_has_time);
    other = cast_thread(OTHER, 10, true);
    CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(OTHER), 0, 0), STATUS_OK);
    if (!server_has_time) { /* it can come to its first receive only on time that it has */
        world_make(SLOT(SERVER) + 1, OBJECT_SCHED_CONTEXT, 0);
        CHECK_EQUAL(INVOKE(SYS_SCHED_CONFIGURE, SLOT(SERVER) + 1, 10, BUDGET_DEFAULT, BUDGET_DEFAULT), STATUS_OK);
        CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(SERVER), 0, 0), STATUS_OK);
        CHECK_EQUAL(INVOKE(SYS_THREAD_CONFIGURE, SLOT(SERVER), 0, 0, SLOT(SERVER) + 1), STATUS_OK);
        CHECK_EQUAL(INVOKE(SYS_THREAD_RESUME, SLOT(SERVER), 0, 0), STATUS_OK);
        ACT(server, SYS_RECV, EP, 0);
        cast_delete(SLOT(SERVER) + 1);
    }
}

static void resume(unsigned index)
{
    CHECK_EQUAL(INVOKE(SYS_THREAD_RESUME, SLOT(index), 0, 0), STATUS_OK);
}

static void receive(void)
{
    ACT(server, SYS_RECV, EP, 0);
}

/* The client calls and the server has the call. */
static void serve(void)
{
    receive();
    ACT(client, SYS_CALL, CAST_BADGED, LABEL(5) | 2, 11, 22);
    CHECK_EQUAL(client->state, THREAD_AWAITING);
    CHECK_EQUAL(server->state, THREAD_READY);
}

static void message_is(const struct thread *thread, status_t status, word_t badge, word_t info, word_t first)
{
    CHECK_EQUAL(thread->state, THREAD_READY);
    CHECK_EQUAL(thread->registers.number, status);
    CHECK_EQUAL(thread->registers.cap, badge);
    CHECK_EQUAL(thread->registers.info, info);
    CHECK_EQUAL(thread->registers.message[0], first);
}

static void client_was_told(status_t status)
{
    CHECK_EQUAL(client->state, THREAD_READY);
    CHECK_EQUAL(client->registers.number, status);
    CHECK(client->callee == NULL && client->saved == NULL);
    cast_turn(client);
}

CASE(a_call_and_its_answer)
{
    begin(true);
    struct sched_context *time = client->time;
    receive();
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        client->registers.message[i] = 100 + i;
    ACT(client, SYS_CALL, CAST_BADGED, LABEL(0xabc) | MESSAGE_WORDS | RECEIVE(99), 1, 2, 3, 4, 5);
    message_is(server, STATUS_OK, CAST_BADGE, LABEL(0xabc) | MESSAGE_WORDS, 1);
    for (unsigned i = 5; i < MESSAGE_WORDS; i++)
        CHECK_EQUAL(server->registers.message[i], 100 + i);
    CHECK(server->time == time && client->time == NULL);
    CHECK(hart_self()->running == time, "the time runs on: no switch of it");
    ACT(server, SYS_REPLY_RECV, EP, LABEL(0xdef) | 1, 77);
    CHECK(client->time == time);
    message_is(client, STATUS_OK, 0, LABEL(0xdef) | 1, 77);
    CHECK_EQUAL(server->state, THREAD_RECEIVING);
    CHECK(server->caller == NULL);
}

CASE(callers_are_served_in_their_order)
{
    begin(true);
    resume(OTHER);
    ACT(client, SYS_CALL, CAST_BADGED, LABEL(1) | 1, 41);
    ACT(other, SYS_CALL, EP, LABEL(2) | 1, 42);
    CHECK(client->state == THREAD_CALLING && other->state == THREAD_CALLING);
    ACT(server, SYS_RECV, EP, 0);
    message_is(server, STATUS_OK, CAST_BADGE, LABEL(1) | 1, 41);
    ACT(server, SYS_REPLY_RECV, EP, LABEL(3) | 1, 51);
    message_is(client, STATUS_OK, 0, LABEL(3) | 1, 51);
    message_is(server, STATUS_OK, 0, LABEL(2) | 1, 42);
    ACT(server, SYS_REPLY_RECV, EP, LABEL(4) | 1, 52);
    message_is(other, STATUS_OK, 0, LABEL(4) | 1, 52);
}

CASE(a_server_without_time_works_on_its_callers)
{
    begin(false);
    CHECK(server->time == NULL);
    for (unsigned i = 0; i < 3; i++) {
        ACT(client, SYS_CALL, EP, 1, i);
        CHECK_EQUAL(server->registers.message[0], i);
        CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0), STATUS_BAD_ARGUMENT); /* it could not go on */
        ACT(server, SYS_REPLY_RECV, EP, 1, i + 1);
        CHECK_EQUAL(client->registers.message[0], i + 1);
    }
}

CASE(a_send_waits_until_it_is_taken_and_lends_nothing)
{
    begin(true);
    struct sched_context *time = client->time;
    ACT(client, SYS_SEND, CAST_BADGED, LABEL(9) | 1, 8);
    CHECK_EQUAL(client->state, THREAD_SENDING);
    receive();
    message_is(server, STATUS_OK, CAST_BADGE, LABEL(9) | 1, 8);
    CHECK(client->time == time && server->caller == NULL);
    client_was_told(STATUS_OK);
    ACT(server, SYS_RECV, EP, 0);
    CHECK_EQUAL(ACT(client, SYS_SEND, EP, LABEL(9)), STATUS_OK); /* somebody waits: it goes on at once */
    CHECK_EQUAL(client->state, THREAD_READY);
}

CASE(messages_that_cannot_be_are_refused)
{
    static const word_t wrong[] = {MESSAGE_MAX + 1, CAPS(2) | 3, CAPS(1)};

    begin(true);
    for (unsigned i = 0; i < array_count(wrong); i++) {
        CHECK_EQUAL(ACT(client, SYS_CALL, EP, wrong[i]), STATUS_BAD_ARGUMENT);
        CHECK_EQUAL(ACT(client, SYS_SEND, EP, wrong[i]), STATUS_BAD_ARGUMENT);
    }
    serve();
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
    CHECK_EQUAL(ACT(server, SYS_CALL, 91, CAPS(1) | 1, 91), STATUS_NO_RIGHT); /* to give needs its own right */
    CHECK(server->caller == client);
}

CASE(a_capability_goes_with_a_message)
{
    begin(true);
    ACT(server, SYS_RECV, EP, RECEIVE(80));
    ACT(client, SYS_CALL, EP, CAPS(1) | 2, 1, CAST_NOTIFICATION);
    message_is(server, STATUS_OK, 0, CAPS(1) | 2, 1);
    CHECK_EQUAL(server->registers.message[1], 80);
    CHECK_EQUAL(world.table[80].object, world.table[CAST_NOTIFICATION].object);
    CHECK_EQUAL(world.table[80].depth, world.table[CAST_NOTIFICATION].depth + 1);
    client->registers.info = RECEIVE(81); /* where the client wants the answer's, as if it had called so */
    ACT(server, SYS_REPLY_RECV, EP, CAPS(1) | 1 | RECEIVE(82), CAST_BADGED);
    CHECK_EQUAL(client->registers.message[0], 81);
    CHECK_EQUAL(world.table[81].value, CAST_BADGE);
    ACT(client, SYS_CALL, EP, CAPS(1) | 1, CAST_REPLY);
    CHECK_EQUAL(server->registers.message[0], 82);
    CHECK_EQUAL(world.table[82].type, OBJECT_REPLY);
}

CASE(a_capability_that_cannot_arrive_is_left_out)
{
    static const struct {
        word_t receive, source;
    } cases[] = {{0, CAST_NOTIFICATION}, {CAST_REPLY, CAST_NOTIFICATION}, {WORLD_SLOTS, CAST_NOTIFICATION}, {80, 79}, {80, WORLD_UNTYPED}, {80, 0}};

    begin(true);
    for (unsigned i = 0; i < array_count(cases); i++) {
        ACT(server, SYS_REPLY_RECV, EP, RECEIVE(cases[i].receive));
        ACT(client, SYS_CALL, EP, CAPS(1) | 1, cases[i].source);
        message_is(server, STATUS_OK, 0, 1, 0);
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
    begin(true);
    receive();
    ACT(client, SYS_CALL, EP, MESSAGE_WORDS + 5, 1);
    CHECK_EQUAL(server->registers.info, MESSAGE_WORDS); /* neither has room for more */
    word_t *from = give_buffer(CLIENT, 70);
    word_t *to = give_buffer(SERVER, 71);
    for (unsigned i = 0; i < 512; i++)
        from[i] = i + 1;
    ACT(server, SYS_REPLY_RECV, EP, 0);
    ACT(client, SYS_CALL, EP, MESSAGE_MAX, 1, 2, 3, 4, 5);
    CHECK_EQUAL(server->registers.info, MESSAGE_MAX);
    for (unsigned i = 0; i < 512; i++)
        CHECK_EQUAL(to[i], i < MESSAGE_WORDS ? 0 : i + 1);
    ACT(server, SYS_REPLY_RECV, EP, MESSAGE_WORDS + 1);
    CHECK_EQUAL(client->registers.info, MESSAGE_WORDS + 1);
    CHECK_EQUAL(from[MESSAGE_WORDS + 1], MESSAGE_WORDS + 2);
    cast_delete(71); /* and with it the server's buffer */
    ACT(client, SYS_CALL, EP, MESSAGE_MAX, 1);
    CHECK_EQUAL(server->registers.info, MESSAGE_WORDS);
}

/* ---- endings: whatever goes, nobody waits for it any more */

CASE(a_server_that_receives_again_leaves_its_caller)
{
    begin(true);
    serve();
    ACT(server, SYS_RECV, EP, 0);
    client_was_told(STATUS_PEER_GONE);
}

CASE(a_server_that_goes_leaves_its_caller)
{
    begin(true);
    serve();
    cast_delete(SLOT(SERVER));
    client_was_told(STATUS_PEER_GONE);
}

CASE(a_server_that_is_suspended_leaves_its_caller)
{
    begin(true);
    serve();
    CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(SERVER), 0, 0), STATUS_OK);
    cast_check();
    client_was_told(STATUS_PEER_GONE);
}

CASE(a_caller_that_goes_takes_its_time_along)
{
    begin(true);
    serve();
    cast_delete(SLOT(CLIENT));
    CHECK(server->caller == NULL && server->state == THREAD_READY);
    CHECK(server->time == thread_own_time(server));
    CHECK_EQUAL(ACT(server, SYS_REPLY, 0, 0), STATUS_PEER_GONE);
    ACT(server, SYS_REPLY_RECV, EP, 0);
    CHECK_EQUAL(server->state, THREAD_RECEIVING);
}

CASE(an_endpoint_that_goes_tells_all_who_wait)
{
    for (unsigned receivers = 0; receivers < 2; receivers++) {
        struct thread *waiters[20];
        if (receivers == 0)
            cast_begin();
        for (unsigned i = 0; i < 20; i++) {
            waiters[i] = receivers == 0 ? cast_thread(i, 10, true) : waiters[i];
            ACT(waiters[i], receivers != 0 ? SYS_RECV : i % 2 == 0 ? SYS_CALL : SYS_SEND, EP, 0);
        }
        CHECK_EQUAL(INVOKE(SYS_CAP_DELETE, 0, EP, 0), STATUS_AGAIN); /* in steps */
        cast_check();
        cast_delete(EP);
        for (unsigned i = 0; i < 20; i++) {
            CHECK_EQUAL(waiters[i]->registers.number, STATUS_PEER_GONE);
            cast_turn(waiters[i]);
        }
        world_make(EP, OBJECT_ENDPOINT, 0);
    }
}

CASE(a_capability_that_goes_tells_those_who_wait_by_it)
{
    begin(true);
    resume(OTHER);
    ACT(client, SYS_CALL, CAST_BADGED, 0);
    ACT(other, SYS_CALL, EP, 0);
    CHECK_EQUAL(INVOKE(SYS_CAP_MOVE, 0, 90, CAST_BADGED), STATUS_ALREADY);
    cast_delete(CAST_BADGED);
    client_was_told(STATUS_PEER_GONE);
    CHECK_EQUAL(other->state, THREAD_CALLING);
    receive();
    CHECK(server->caller == other);
}

CASE(a_waiter_that_is_suspended_leaves_its_queue)
{
    static const unsigned ways[] = {SYS_CALL, SYS_SEND, SYS_RECV, SYS_WAIT};

    begin(true);
    for (unsigned i = 0; i < array_count(ways); i++) {
        ACT(client, ways[i], ways[i] == SYS_WAIT ? CAST_NOTIFICATION : EP, 0);
        CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(CLIENT), 0, 0), STATUS_OK);
        cast_check();
        CHECK(cast_endpoint(EP)->queue == NULL);
        CHECK_EQUAL(client->state, THREAD_STOPPED);
        CHECK_EQUAL(client->registers.number, STATUS_PEER_GONE);
        CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(CLIENT), 0, 0), STATUS_ALREADY);
        resume(CLIENT);
        CHECK_EQUAL(INVOKE(SYS_THREAD_RESUME, SLOT(CLIENT), 0, 0), STATUS_ALREADY);
    }
}

/* ---- saved callers */

CASE(a_saved_caller_is_answered_later)
{
    begin(true);
    struct sched_context *time = client->time;
    serve();
    CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0), STATUS_OK);
    CHECK(client->time == time && server->time == thread_own_time(server));
    CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_OTHER_REPLY, 0), STATUS_PEER_GONE);
    resume(OTHER);
    receive();
    ACT(other, SYS_CALL, EP, 1, 3);
    CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0), STATUS_ALREADY);
    CHECK_EQUAL(ACT(server, SYS_REPLY, CAST_REPLY, LABEL(6) | 1, 66), STATUS_OK);
    message_is(client, STATUS_OK, 0, LABEL(6) | 1, 66);
    CHECK_EQUAL(ACT(server, SYS_REPLY, CAST_REPLY, 0), STATUS_PEER_GONE);
    CHECK_EQUAL(ACT(server, SYS_REPLY, 0, LABEL(7) | 1, 67), STATUS_OK);
    message_is(other, STATUS_OK, 0, LABEL(7) | 1, 67);
    CHECK_EQUAL(ACT(server, SYS_REPLY, 0, 0), STATUS_PEER_GONE);
}

CASE(a_reply_object_that_goes_tells_the_caller)
{
    begin(true);
    serve();
    ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0);
    cast_delete(CAST_REPLY);
    client_was_told(STATUS_PEER_GONE);
}

CASE(a_saved_caller_that_goes_leaves_the_reply_object_empty)
{
    begin(true);
    serve();
    ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0);
    cast_delete(SLOT(CLIENT));
    CHECK(((struct reply *)world.table[CAST_REPLY].object)->caller == NULL);
    CHECK_EQUAL(ACT(server, SYS_REPLY, CAST_REPLY, 0), STATUS_PEER_GONE);
}

/* ---- faults */

static void handle_faults(unsigned index, unsigned supervisor)
{
    CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(index), 0, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_THREAD_CONFIGURE, SLOT(index), 0, 0, 0, CAST_BADGED, supervisor), STATUS_OK);
    resume(index);
}

static void fault(struct thread *thread)
{
    cast_turn(thread);
    fault_raise(thread, FAULT_PAGE, 0x5000, RIGHT_WRITE, 15);
    cast_check();
}

CASE(a_fault_is_a_call_and_its_answer_resumes)
{
    begin(true);
    handle_faults(CLIENT, 0);
    struct registers before = client->registers;
    receive();
    fault(client);
    message_is(server, STATUS_OK, CAST_BADGE, FAULT_WORDS | LABEL(FAULT_BASE + FAULT_PAGE), 0x5000);
    CHECK_EQUAL(server->registers.message[FAULT_WORD_PC], registers_pc(&client->registers));
    CHECK_EQUAL(server->registers.message[FAULT_WORD_ACCESS], RIGHT_WRITE);
    CHECK_EQUAL(server->registers.message[FAULT_WORD_CAUSE], 15);
    CHECK_EQUAL(server->registers.message[FAULT_WORD_SP], registers_sp(&client->registers));
    CHECK_EQUAL(ACT(server, SYS_THREAD_WRITE, SLOT(CLIENT), 5, 123), STATUS_OK); /* it can be looked into */
    CHECK_EQUAL(ACT(server, SYS_REPLY, 0, LABEL(9) | 3, 1, 2, 3), STATUS_OK);
    ((word_t *)&before)[5] = 123;
    CHECK_EQUAL(memcmp(&before, &client->registers, sizeof(before)), 0);
    CHECK_EQUAL(client->state, THREAD_READY);
    CHECK(!client->fault.pending);
    CHECK_EQUAL(ACT(server, SYS_THREAD_WRITE, SLOT(CLIENT), 5, 123), STATUS_ALREADY); /* and no longer */
}

CASE(a_fault_that_nobody_handles_stops_the_thread)
{
    begin(true);
    fault(client);
    CHECK_EQUAL(client->state, THREAD_STOPPED);
    CHECK_EQUAL(INVOKE(SYS_THREAD_READ, SLOT(CLIENT), REGISTER_COUNT - 1, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_THREAD_READ, SLOT(CLIENT), REGISTER_COUNT, 0), STATUS_BAD_ARGUMENT);
    resume(CLIENT);
    cast_turn(client);
}

CASE(a_server_that_faults_unheard_leaves_its_caller)
{
    begin(true);
    serve();
    fault(server);
    CHECK_EQUAL(server->state, THREAD_STOPPED);
    client_was_told(STATUS_PEER_GONE);
}

/* Whatever becomes of the fault's message, a server that stops leaves its caller, and its supervisor hears of it. */
CASE(a_server_whose_fault_is_not_mended_leaves_its_caller)
{
    for (unsigned way = 0; way < 4; way++) {
        if (way == 0)
            begin(true);
        else
            resume(SERVER);
        if (way == 0) {
            CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(SERVER), 0, 0), STATUS_OK);
            CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, 95, CAST_OTHER_ENDPOINT, RIGHT_ALL), STATUS_OK);
            resume(SERVER);
            resume(OTHER);
        }
        CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(SERVER), 0, 0), STATUS_OK);
        CHECK_EQUAL(INVOKE(SYS_THREAD_CONFIGURE, SLOT(SERVER), 0, 0, 0, CAST_OTHER_ENDPOINT, CAST_BADGED_NOTIFICATION), STATUS_OK);
        resume(SERVER);
        serve();
        if (way != 0)
            ACT(other, SYS_RECV, CAST_OTHER_ENDPOINT, 0);
        fault(server);
        if (way == 0) /* nobody came for it */
            cast_delete(CAST_OTHER_ENDPOINT);
        else if (way == 1) /* the handler takes the next instead */
            ACT(other, SYS_RECV, CAST_OTHER_ENDPOINT, 0);
        else if (way == 2) { /* or puts it aside for ever */
            ACT(other, SYS_SAVE_REPLY, CAST_REPLY, 0);
            cast_delete(CAST_REPLY);
        } else { /* or goes */
            cast_delete(SLOT(OTHER));
        }
        CHECK_EQUAL(server->state, THREAD_STOPPED);
        client_was_told(STATUS_PEER_GONE);
        CHECK_EQUAL(((struct notification *)world.table[CAST_NOTIFICATION].object)->bits, CAST_BADGE);
        ((struct notification *)world.table[CAST_NOTIFICATION].object)->bits = 0;
        if (way == 0) {
            world_make(CAST_OTHER_ENDPOINT, OBJECT_ENDPOINT, 0);
        } else if (way == 1) { /* the handler waits; next time it is asked again */
            CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(OTHER), 0, 0), STATUS_OK);
            resume(OTHER);
        }
    }
}

/* ---- notifications */

CASE(signals_are_collected_and_taken_at_once)
{
    begin(true);
    CHECK_EQUAL(ACT(client, SYS_POLL, CAST_NOTIFICATION, 0), STATUS_WOULD_BLOCK);
    CHECK_EQUAL(INVOKE(SYS_CAP_MINT, 0, 90, CAST_NOTIFICATION, RIGHT_ALL, 0x100), STATUS_OK);
    ACT(server, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0);
    ACT(server, SYS_SIGNAL, 90, 0);
    CHECK_EQUAL(ACT(client, SYS_POLL, CAST_NOTIFICATION, 0), STATUS_OK);
    CHECK_EQUAL(client->registers.message[0], CAST_BADGE | 0x100);
    ACT(client, SYS_WAIT, CAST_NOTIFICATION, 0);
    CHECK_EQUAL(client->state, THREAD_WAITING);
    ACT(server, SYS_SIGNAL, 90, 0);
    client_was_told(STATUS_OK);
    CHECK_EQUAL(client->registers.message[0], 0x100);
    ACT(server, SYS_SIGNAL, 90, 0);
    CHECK_EQUAL(ACT(client, SYS_WAIT, CAST_NOTIFICATION, 0), STATUS_OK);
    ACT(client, SYS_WAIT, CAST_NOTIFICATION, 0);
    cast_delete(CAST_NOTIFICATION);
    client_was_told(STATUS_PEER_GONE);
}

CASE(a_bound_notification_ends_a_receive)
{
    begin(true);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BIND, SLOT(SERVER), CAST_NOTIFICATION, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BIND, SLOT(SERVER), CAST_NOTIFICATION, 0), STATUS_ALREADY);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BIND, SLOT(CLIENT), CAST_NOTIFICATION, 0), STATUS_ALREADY);
    receive();
    ACT(client, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0);
    message_is(server, STATUS_OK, CAST_BADGE, 0, CAST_BADGE);
    ACT(client, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0); /* while the server is busy */
    receive();
    message_is(server, STATUS_OK, CAST_BADGE, 0, CAST_BADGE);
    receive();
    CHECK_EQUAL(server->state, THREAD_RECEIVING);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BIND, SLOT(SERVER), 0, 0), STATUS_OK);
    ACT(client, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0);
    CHECK_EQUAL(server->state, THREAD_RECEIVING);
}

/* Bits that were there before are not lost on a receiver that waits already. */
CASE(binding_delivers_what_was_signalled)
{
    begin(true);
    receive();
    ACT(client, SYS_SIGNAL, CAST_BADGED_NOTIFICATION, 0);
    CHECK_EQUAL(ACT(client, SYS_THREAD_BIND, SLOT(SERVER), CAST_NOTIFICATION), STATUS_OK);
    message_is(server, STATUS_OK, CAST_BADGE, 0, CAST_BADGE);
}
