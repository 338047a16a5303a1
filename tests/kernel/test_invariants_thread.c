/* invariants_thread.c: each fact about threads and what they wait for is broken, and is the one that is told. */
#include "broken.h"
#include "check.h"
#include "pair.h"

enum { MORE = 60 };

static struct notification *notification_at(unsigned slot)
{
    return (struct notification *)world.table[slot].object;
}

/* ---- time */

CASE(time_is_mutual)
{
    pair_begin(true);
    healthy();
    other->time = server->time; /* it is suspended, and has none */
    BREAKS(time_is_mutual, thread->time == NULL || thread->time->thread == thread);
}

CASE(home_is_mutual)
{
    pair_begin(true);
    healthy();
    thread_own_time(client)->home = NULL;
    BREAKS(home_is_mutual, own == NULL || own->home == thread);
}

CASE(ready_is_queued)
{
    pair_begin(true);
    healthy();
    sched_unready(client->time);
    BREAKS(ready_is_queued, listed);
}

CASE(who_waits_is_not_queued)
{
    pair_begin(true);
    pair_receive();
    healthy();
    sched_enqueue(server->time);
    BREAKS(ready_is_queued, !listed || thread->state == THREAD_CALLING);
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

CASE(queue_is_that_of_an_endpoint)
{
    pair_begin(true);
    healthy();
    client->endpoint = cast_endpoint(CAST_ENDPOINT);
    BREAKS(queue_agrees_with_state, on_endpoint == (thread->endpoint != NULL));
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
    BREAKS(queue_agrees_with_state, (thread->next != NULL) == (on_endpoint || thread->state == THREAD_WAITING));
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
