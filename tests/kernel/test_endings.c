/* endpoint.c, fault.c, thread.c: whatever goes or faults, nobody waits for it any more, and nobody is forgotten. */
#include <string.h>

#include "check.h"
#include "pair.h"

CASE(a_server_that_receives_again_leaves_its_caller)
{
    pair_begin(true);
    pair_serve();
    ACT(server, SYS_RECV, EP, 0);
    pair_client_was_told(STATUS_PEER_GONE);
}

CASE(a_server_that_goes_leaves_its_caller)
{
    pair_begin(true);
    pair_serve();
    cast_delete(SLOT(SERVER));
    pair_client_was_told(STATUS_PEER_GONE);
}

CASE(a_server_that_is_suspended_leaves_its_caller)
{
    pair_begin(true);
    pair_serve();
    CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(SERVER), 0, 0), STATUS_OK);
    cast_check();
    pair_client_was_told(STATUS_PEER_GONE);
}

CASE(a_caller_that_goes_takes_its_time_along)
{
    pair_begin(true);
    pair_serve();
    cast_delete(SLOT(CLIENT));
    CHECK(server->caller == NULL && server->state == THREAD_READY);
    CHECK(sched_time_of(server) == server->time);
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
    pair_begin(true);
    pair_resume(OTHER);
    ACT(client, SYS_CALL, CAST_BADGED, 0);
    ACT(other, SYS_CALL, EP, 0);
    CHECK_EQUAL(INVOKE(SYS_CAP_MOVE, 0, 90, CAST_BADGED), STATUS_ALREADY);
    cast_delete(CAST_BADGED);
    pair_client_was_told(STATUS_PEER_GONE);
    CHECK_EQUAL(other->state, THREAD_CALLING);
    pair_receive();
    CHECK(server->caller == other);
}

CASE(a_waiter_that_is_suspended_leaves_its_queue)
{
    static const unsigned ways[] = {SYS_CALL, SYS_SEND, SYS_RECV, SYS_WAIT};

    pair_begin(true);
    for (unsigned i = 0; i < array_count(ways); i++) {
        ACT(client, ways[i], ways[i] == SYS_WAIT ? CAST_NOTIFICATION : EP, 0);
        CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(CLIENT), 0, 0), STATUS_OK);
        cast_check();
        CHECK(cast_endpoint(EP)->queue == NULL);
        CHECK_EQUAL(client->state, THREAD_STOPPED);
        CHECK_EQUAL(client->registers.number, STATUS_PEER_GONE);
        CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(CLIENT), 0, 0), STATUS_ALREADY);
        pair_resume(CLIENT);
        CHECK_EQUAL(INVOKE(SYS_THREAD_RESUME, SLOT(CLIENT), 0, 0), STATUS_ALREADY);
    }
}

/* ---- faults */

static void handle_faults(unsigned index, unsigned supervisor)
{
    CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(index), 0, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_THREAD_CONFIGURE, SLOT(index), 0, 0, 0, CAST_BADGED, supervisor), STATUS_OK);
    pair_resume(index);
}

static void fault(struct thread *thread)
{
    cast_turn(thread);
    fault_raise(thread, FAULT_PAGE, 0x5000, RIGHT_WRITE, 15);
    cast_check();
}

CASE(a_fault_is_a_call_and_its_answer_resumes)
{
    pair_begin(true);
    handle_faults(CLIENT, 0);
    struct registers before = client->registers;
    pair_receive();
    fault(client);
    pair_message_is(server, STATUS_OK, CAST_BADGE, LENGTH(FAULT_WORDS) | LABEL(FAULT_BASE + FAULT_PAGE), 0x5000);
    CHECK_EQUAL(server->registers.message[FAULT_WORD_PC], registers_pc(&client->registers));
    CHECK_EQUAL(server->registers.message[FAULT_WORD_ACCESS], RIGHT_WRITE);
    CHECK_EQUAL(server->registers.message[FAULT_WORD_CAUSE], 15);
    CHECK_EQUAL(server->registers.message[FAULT_WORD_SP], registers_sp(&client->registers));
    CHECK_EQUAL(ACT(server, SYS_THREAD_WRITE, SLOT(CLIENT), 5, 123), STATUS_OK); /* it can be looked into */
    CHECK_EQUAL(ACT(server, SYS_REPLY, 0, LABEL(9) | LENGTH(3), 1, 2, 3), STATUS_OK);
    ((word_t *)&before)[5] = 123;
    CHECK_EQUAL(memcmp(&before, &client->registers, sizeof(before)), 0);
    CHECK_EQUAL(client->state, THREAD_READY);
    CHECK(!client->fault.pending);
    CHECK_EQUAL(ACT(server, SYS_THREAD_WRITE, SLOT(CLIENT), 5, 123), STATUS_ALREADY); /* and no longer */
}

CASE(a_fault_that_nobody_handles_stops_the_thread)
{
    pair_begin(true);
    fault(client);
    CHECK_EQUAL(client->state, THREAD_STOPPED);
    CHECK_EQUAL(INVOKE(SYS_THREAD_READ, SLOT(CLIENT), REGISTER_COUNT - 1, 0), STATUS_OK);
    CHECK_EQUAL(INVOKE(SYS_THREAD_READ, SLOT(CLIENT), REGISTER_COUNT, 0), STATUS_BAD_ARGUMENT);
    pair_resume(CLIENT);
    cast_turn(client);
}

CASE(a_server_that_faults_unheard_leaves_its_caller)
{
    pair_begin(true);
    pair_serve();
    fault(server);
    CHECK_EQUAL(server->state, THREAD_STOPPED);
    pair_client_was_told(STATUS_PEER_GONE);
}

/* Whatever becomes of the fault's message, a server that stops leaves its caller, and its supervisor hears of it. */
CASE(a_server_whose_fault_is_not_mended_leaves_its_caller)
{
    for (unsigned way = 0; way < 4; way++) {
        if (way == 0)
            pair_begin(true);
        else
            pair_resume(SERVER);
        if (way == 0) {
            CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(SERVER), 0, 0), STATUS_OK);
            CHECK_EQUAL(INVOKE(SYS_CAP_COPY, 0, 95, CAST_OTHER_ENDPOINT, RIGHT_ALL), STATUS_OK);
            pair_resume(SERVER);
            pair_resume(OTHER);
        }
        CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(SERVER), 0, 0), STATUS_OK);
        CHECK_EQUAL(INVOKE(SYS_THREAD_CONFIGURE, SLOT(SERVER), 0, 0, 0, CAST_OTHER_ENDPOINT, CAST_BADGED_NOTIFICATION), STATUS_OK);
        pair_resume(SERVER);
        pair_serve();
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
        pair_client_was_told(STATUS_PEER_GONE);
        CHECK_EQUAL(((struct notification *)world.table[CAST_NOTIFICATION].object)->bits, CAST_BADGE);
        ((struct notification *)world.table[CAST_NOTIFICATION].object)->bits = 0;
        if (way == 0) {
            world_make(CAST_OTHER_ENDPOINT, OBJECT_ENDPOINT, 0);
        } else if (way == 1) { /* the handler waits; next time it is asked again */
            CHECK_EQUAL(INVOKE(SYS_THREAD_SUSPEND, SLOT(OTHER), 0, 0), STATUS_OK);
            pair_resume(OTHER);
        }
    }
}
