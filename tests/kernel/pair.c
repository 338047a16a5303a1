#include "pair.h"

#include "check.h"

struct thread *client, *server, *other;

void pair_begin(bool server_has_time)
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

void pair_resume(unsigned index)
{
    CHECK_EQUAL(INVOKE(SYS_THREAD_RESUME, SLOT(index), 0, 0), STATUS_OK);
}

void pair_receive(void)
{
    ACT(server, SYS_RECV, EP, 0);
}

void pair_serve(void)
{
    pair_receive();
    ACT(client, SYS_CALL, CAST_BADGED, LABEL(5) | LENGTH(2), 11, 22);
    CHECK_EQUAL(client->state, THREAD_AWAITING);
    CHECK_EQUAL(server->state, THREAD_READY);
}

void pair_message_is(const struct thread *thread, status_t status, word_t badge, word_t info, word_t first)
{
    CHECK_EQUAL(thread->state, THREAD_READY);
    CHECK_EQUAL(thread->registers.number, status);
    CHECK_EQUAL(thread->registers.cap, badge);
    CHECK_EQUAL(thread->registers.info, info);
    CHECK_EQUAL(thread->registers.message[0], first);
}

void pair_client_was_told(status_t status)
{
    CHECK_EQUAL(client->state, THREAD_READY);
    CHECK_EQUAL(client->registers.number, status);
    CHECK(client->callee == NULL && client->saved == NULL);
    cast_turn(client);
}
