/* invariants_thread.c: each fact about threads and what they wait for is broken, and is the one that is told. */
#include "broken.h"
#include "check.h"
#include "pair.h"
#include "space.h"

enum { MORE = 60 };

static struct notification *notification_at(unsigned slot)
{
    return (struct notification *)world.table[slot].object;
}

/* ---- time */

CASE(home_is_mutual)
{
    pair_begin(true);
    healthy();
    client->time->home = NULL;
    BREAKS(home_is_mutual, own == NULL || own->home == thread);
}

CASE(own_time_is_held)
{
    pair_begin(true);
    healthy();
    client->time = server->time;
    BREAKS(home_is_mutual, own == (held->type == OBJECT_NULL ? NULL : (const struct sched_context *)held->object));
}

CASE(ready_is_listed)
{
    pair_begin(true);
    healthy();
    sched_unready(client->time);
    BREAKS(ready_is_listed, thread->state != THREAD_READY || time == NULL || is_listed(time));
}

CASE(idle_time_is_not_listed)
{
    pair_begin(true);
    pair_receive();
    healthy();
    sched_enqueue(server->time);
    BREAKS(idle_time_is_not_listed, own == NULL || used || !is_listed(own));
}

CASE(own_time_rests_while_it_works_on_its_callers)
{
    pair_begin(true);
    pair_serve();
    healthy();
    sched_enqueue(server->time);
    BREAKS(idle_time_is_not_listed, own == NULL || used || !is_listed(own));
}

CASE(timer_is_for_waiting)
{
    pair_begin(true);
    healthy();
    timer_insert(&hart_self()->timers, &client->timer, 1000000);
    BREAKS(timer_is_for_waiting, !thread->timer.armed || (thread->state != THREAD_READY && thread->state != THREAD_STOPPED));
}

CASE(helping_is_mutual)
{
    pair_begin(true);
    healthy();
    server->helper = client->time;
    BREAKS(helping_is_mutual, thread->helper == NULL || thread->helper->parked_on == thread);
}

CASE(serving_is_mutual)
{
    pair_begin(true);
    pair_receive();
    healthy();
    client->serves = cast_endpoint(CAST_ENDPOINT);
    BREAKS(helping_is_mutual, thread->serves == NULL || thread->serves->server == thread);
}

/* ---- calls */

CASE(call_is_mutual_for_the_server)
{
    pair_begin(true);
    pair_serve();
    healthy();
    other->caller = client;
    BREAKS(call_is_mutual, thread->caller == NULL || thread->caller->callee == thread);
}

CASE(call_is_mutual_for_the_caller)
{
    pair_begin(true);
    pair_serve();
    healthy();
    server->caller = NULL;
    BREAKS(call_is_mutual, thread->callee == NULL || thread->callee->caller == thread);
}

CASE(call_is_mutual_when_saved)
{
    pair_begin(true);
    pair_serve();
    CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0), STATUS_OK);
    healthy();
    client->saved->caller = NULL;
    BREAKS(call_is_mutual, thread->saved == NULL || thread->saved->caller == thread);
}

CASE(awaiting_is_owed)
{
    pair_begin(true);
    pair_serve();
    healthy();
    client->callee = NULL;
    server->caller = NULL;
    BREAKS(awaiting_is_owed, owed == (thread->state == THREAD_AWAITING));
}

CASE(fault_is_under_way)
{
    pair_begin(true);
    healthy();
    client->fault.pending = true;
    BREAKS(fault_is_under_way, !thread->fault.pending || thread->state == THREAD_CALLING || thread->state == THREAD_AWAITING);
}

CASE(held_is_told)
{
    pair_begin(true);
    healthy();
    client->slots[THREAD_TIME].flags &= (uint8_t)~SLOT_IN_THREAD;
    BREAKS(held_is_told, held->flags & SLOT_IN_THREAD);
}

CASE(what_a_thread_holds_is_looked_at)
{
    pair_begin(true);
    healthy();
    world.table[SLOT(CLIENT) + 1].rights = RIGHT_READ;
    BREAKS(rights_shrink, (slot->rights & ~parent->rights) == 0);
}

/* ---- queues */

/* Two senders in a queue that nobody takes from; their time rests. */
static void two_senders(void)
{
    pair_begin(true);
    pair_resume(OTHER);
    ACT(client, SYS_SEND, EP, 0);
    ACT(other, SYS_SEND, EP, 0);
    CHECK(client->next == other && other->next == client);
    healthy();
}

/* ---- what the fast path takes for granted */

CASE(nesting_ends_with_the_call)
{
    pair_begin(true);
    healthy();
    client->nesting = 1;
    BREAKS(standing_is_true, caller == NULL ? thread->nesting == 0 : thread->nesting > caller->nesting);
}

CASE(plain_answers_are_to_callers)
{
    pair_begin(true);
    healthy();
    client->standing = THREAD_PLAIN;
    BREAKS(standing_is_true, caller != NULL && !caller->fault.pending && !caller->timer.armed && sched_time_of(caller) != NULL);
}

CASE(signals_are_noted)
{
    pair_begin(true);
    CHECK_EQUAL(INVOKE(SYS_THREAD_BIND, SLOT(SERVER), CAST_NOTIFICATION, 0), STATUS_OK);
    healthy();
    notification_at(CAST_NOTIFICATION)->bits = 1;
    BREAKS(standing_is_true, thread->standing & THREAD_SIGNALLED);
}

CASE(root_is_its_spaces)
{
    pair_begin(true);
    healthy();
    client->root = 1;
    BREAKS(root_is_its_spaces, held->type == OBJECT_VSPACE ? thread->root == space_root(held) : thread->root == 0 || thread->root == space_root(NULL));
}

CASE(idle_receiver_is_alone)
{
    pair_begin(true);
    pair_receive();
    healthy();
    cast_endpoint(CAST_ENDPOINT)->server = NULL;
    server->serves = NULL;
    BREAKS(idle_receiver_is_alone, endpoint->queue == NULL && endpoint->server == idle);
}

CASE(idle_receiver_receives)
{
    pair_begin(true);
    healthy();
    cast_endpoint(CAST_ENDPOINT)->idle = cast_endpoint(CAST_ENDPOINT)->server = server;
    server->serves = cast_endpoint(CAST_ENDPOINT);
    BREAKS(idle_receiver_is_alone, idle->state == THREAD_RECEIVING && idle->endpoint == endpoint);
}

CASE(idle_receiver_has_nothing_else)
{
    pair_begin(true);
    pair_receive();
    healthy();
    server->standing = THREAD_SIGNALLED;
    BREAKS(idle_receiver_is_alone, !idle->timer.armed && idle->helper == NULL && idle->standing == 0);
}

CASE(queue_is_entered_by_a_capability)
{
    pair_begin(true);
    healthy();
    client->sent_by = &world.table[EP];
    BREAKS(queue_agrees_with_state, (thread->sent_by != NULL) == (thread->state == THREAD_SENDING || thread->state == THREAD_CALLING));
}

CASE(queue_is_that_of_the_capability)
{
    static struct slot elsewhere;

    two_senders();
    elsewhere.space = 1;
    client->sent_by = &elsewhere;
    world.table[EP].space--;
    BREAKS(queue_agrees_with_state,
           thread->sent_by == NULL || (thread->sent_by->space > 0 && thread->sent_by->object == (word_t)thread->endpoint));
}

CASE(queue_is_that_of_a_notification)
{
    pair_begin(true);
    healthy();
    client->notification = notification_at(CAST_NOTIFICATION);
    BREAKS(queue_agrees_with_state, (thread->state == THREAD_WAITING) == (thread->notification != NULL));
}

CASE(queue_has_who_waits_alone)
{
    pair_begin(true);
    healthy();
    client->next = client->prev = client;
    BREAKS(queue_agrees_with_state, (thread->next != NULL) == ((on_endpoint && !idle) || thread->state == THREAD_WAITING));
}

CASE(queue_is_linked_both_ways)
{
    two_senders();
    client->prev = client;
    BREAKS(queue_agrees_with_state, thread->next->prev == thread && thread->prev->next == thread);
}

/* ---- endpoints, notifications, reply objects */

CASE(endpoint_queue_is_of_one_kind)
{
    two_senders();
    other->state = THREAD_RECEIVING;
    other->sent_by = NULL;
    world.table[EP].space--;
    BREAKS(endpoint_queue_is_of_one_kind,
           thread->endpoint == endpoint && (thread->state == THREAD_RECEIVING) == (head->state == THREAD_RECEIVING));
}

CASE(endpoint_queue_is_its_own)
{
    two_senders();
    cast_endpoint(CAST_OTHER_ENDPOINT)->queue = client;
    BREAKS(endpoint_queue_is_of_one_kind,
           thread->endpoint == endpoint && (thread->state == THREAD_RECEIVING) == (head->state == THREAD_RECEIVING));
}

CASE(server_is_mutual)
{
    pair_begin(true);
    pair_receive();
    healthy();
    cast_endpoint(CAST_OTHER_ENDPOINT)->server = server;
    BREAKS(server_is_mutual, endpoint->server == NULL || endpoint->server->serves == endpoint);
}

CASE(notification_queue_is_its_own)
{
    pair_begin(true);
    world_make(MORE, OBJECT_NOTIFICATION, 0);
    ACT(client, SYS_WAIT, CAST_NOTIFICATION, 0);
    healthy();
    notification_at(MORE)->queue = client;
    BREAKS(notification_queue_is_its_own, thread->notification == notification);
}

CASE(notification_keeps_nobody_waiting)
{
    pair_begin(true);
    ACT(client, SYS_WAIT, CAST_NOTIFICATION, 0);
    healthy();
    notification_at(CAST_NOTIFICATION)->bits = 1;
    BREAKS(notification_is_consistent, notification->bits == 0 || notification->queue == NULL);
}

CASE(notification_is_known_to_whom_it_is_bound)
{
    pair_begin(true);
    healthy();
    notification_at(CAST_NOTIFICATION)->bound = client;
    BREAKS(notification_is_consistent, held->type == OBJECT_NOTIFICATION && held->object == (word_t)notification);
}

CASE(reply_is_mutual)
{
    pair_begin(true);
    pair_serve();
    CHECK_EQUAL(ACT(server, SYS_SAVE_REPLY, CAST_REPLY, 0), STATUS_OK);
    healthy();
    ((struct reply *)world.table[CAST_OTHER_REPLY].object)->caller = client;
    BREAKS(reply_is_mutual, reply->caller == NULL || reply->caller->saved == reply);
}
