/* Notifications: bits, waiters, the bound thread, and who is told when one goes. */
#include "guest.h"

TEST(signals_add_up_and_are_taken_at_once)
{
    word_t notification = make(OBJECT_NOTIFICATION), one = minted(notification, RIGHTS_RW, 1), four = minted(notification, RIGHTS_RW, 4);
    word_t bits = 77;

    PROVOKES(poll, would_block, poll(notification, &bits));
    ok(signal(one));
    ok(signal(four));
    ok(signal(four));
    ok(poll(notification, &bits));
    expect_equal(bits, 5);
    PROVOKES(poll, would_block, poll(notification, &bits));
    ok(signal(one));
    ok(wait(notification, 0, &bits)); /* does not wait for what is there */
    expect_equal(bits, 1);
    ok(signal(minted(notification, RIGHTS_RW, ~0UL)));
    ok(poll(four, &bits)); /* any capability takes all */
    expect_equal(bits, ~0UL);
}

TEST(a_signal_without_a_badge_sets_nothing)
{
    word_t notification = make(OBJECT_NOTIFICATION);

    ok(signal(notification));
    PROVOKES(poll, would_block, poll(notification, NULL));
}

static word_t order[8], arrived;

static void wait_once(struct worker *self)
{
    word_t bits = 0;

    self->progress = 1;
    self->result[0] = wait(self->argument[0], 0, &bits);
    self->result[1] = bits;
    order[arrived++ % COUNT_OF(order)] = self->number;
    self->progress = 2;
}

TEST(a_signal_wakes_who_waits)
{
    word_t notification = make(OBJECT_NOTIFICATION), badged = minted(notification, RIGHTS_RW, 9);
    struct worker *worker = worker_run(wait_once, HIGH, notification);

    expect_equal(worker->progress, 1);
    ok(signal(badged));
    expect(worker->progress == 2 && worker->result[0] == STATUS_OK && worker->result[1] == 9, worker->result[0], worker->result[1]);
    PROVOKES(poll, would_block, poll(notification, NULL)); /* it was taken */
}

TEST(waiters_are_woken_one_by_one_in_their_order)
{
    word_t notification = make(OBJECT_NOTIFICATION);
    struct worker *workers[4];

    for (unsigned i = 0; i < 4; i++)
        workers[i] = worker_run(wait_once, HIGH + (i * 3) % 4, notification);
    for (unsigned i = 0; i < 4; i++) {
        ok(signal(minted(notification, RIGHTS_RW, 1UL << i)));
        expect_equal(arrived, i + 1);
        expect(order[i] == workers[i]->number && workers[i]->result[1] == 1UL << i, i, order[i], workers[i]->result[1]);
    }
    ok(signal(minted(notification, RIGHTS_RW, 32)));
    ok(poll(notification, &arrived));
    expect_equal(arrived, 32);
}

TEST(a_waiter_that_is_killed_takes_no_signal)
{
    word_t notification = make(OBJECT_NOTIFICATION), badged = minted(notification, RIGHTS_RW, 2);
    struct worker *first = worker_run(wait_once, HIGH, notification), *second = worker_run(wait_once, HIGH, notification);

    ok(cap_delete(0, first->thread));
    ok(signal(badged));
    expect(second->progress == 2 && second->result[1] == 2, second->progress, second->result[1]);
    expect_equal(first->progress, 1);
}

TEST(a_notification_that_goes_tells_all_its_waiters)
{
    word_t notification = make(OBJECT_NOTIFICATION);
    struct worker *workers[12]; /* more than one step of the kernel's */

    for (unsigned i = 0; i < COUNT_OF(workers); i++)
        workers[i] = worker_run(wait_once, HIGH, notification);
    PROVOKES(cap_delete, again, cap_delete_step(0, notification));
    ok(cap_delete(0, notification));
    for (unsigned i = 0; i < COUNT_OF(workers); i++)
        expect(workers[i]->progress == 2 && workers[i]->result[0] == STATUS_PEER_GONE, i, workers[i]->progress, workers[i]->result[0]);
}

static void delete_it(struct worker *self)
{
    ok(cap_delete(0, self->argument[0]));
}

TEST(a_wait_says_that_its_notification_went)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 5;

    worker_run(delete_it, LOW, notification);
    PROVOKES(wait, peer_gone, wait(notification, 0, &bits));
}

TEST(a_wait_ends_after_its_time)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 5;

    guest_may_idle();
    uint64_t before = guest_ns();
    PROVOKES(wait, timed_out, wait(notification, 3000000, &bits));
    uint64_t passed = guest_ns() - before;
    expect(passed >= 3000000, passed);
    ok(signal(minted(notification, RIGHTS_RW, 1)));
    ok(wait(notification, 3000000, &bits)); /* and not if there is something to take */
}

TEST(a_signal_in_time_ends_the_wait_and_the_clock)
{
    word_t notification = make(OBJECT_NOTIFICATION), other = make(OBJECT_NOTIFICATION);
    struct worker *worker = worker_run(wait_once, HIGH, notification);

    worker->argument[0] = notification;
    ok(signal(minted(notification, RIGHTS_RW, 1)));
    expect_equal(worker->progress, 2);
    guest_may_idle();
    expect_status(STATUS_TIMED_OUT, wait(other, 1000000, NULL));
}

/* ---- the bound thread */

static void receive(struct worker *self)
{
    struct message message = {0};

    for (;;) {
        self->progress++;
        self->result[0] = message_recv(self->argument[0], &message);
        self->result[1] = message.info;
        self->result[2] = message.badge;
        self->result[3] = message.words[0];
        if (self->result[0] != STATUS_OK)
            return;
    }
}

TEST(a_signal_ends_the_receive_of_the_bound_thread)
{
    word_t endpoint = make(OBJECT_ENDPOINT), notification = make(OBJECT_NOTIFICATION), badged = minted(notification, RIGHTS_RW, 6);
    struct worker *worker = worker_new(receive, HIGH);
    struct message message = message_of(3, 1, 44);

    worker->argument[0] = endpoint;
    ok(thread_bind(worker->thread, notification));
    worker_start(worker);
    ok(signal(badged));
    expect_equal(worker->progress, 2);
    expect(worker->result[1] == 0 && worker->result[2] == 6 && worker->result[3] == 6, worker->result[1], worker->result[2]);
    ok(message_send(endpoint, &message)); /* messages come as ever */
    expect(worker->progress == 3 && worker->result[3] == 44, worker->progress, worker->result[3]);
    PROVOKES(poll, would_block, poll(notification, NULL));
}

TEST(a_signal_that_came_before_ends_the_next_receive)
{
    word_t notification = make(OBJECT_NOTIFICATION), badged = minted(notification, RIGHTS_RW, 3), endpoint = make(OBJECT_ENDPOINT);
    struct worker *worker = worker_new(receive, HIGH);

    worker->argument[0] = endpoint;
    ok(thread_bind(worker->thread, notification));
    ok(signal(badged));
    worker_start(worker);
    expect(worker->progress == 2 && worker->result[2] == 3, worker->progress, worker->result[2]);
}

TEST(binding_tells_a_thread_that_receives_already)
{
    word_t notification = make(OBJECT_NOTIFICATION), endpoint = make(OBJECT_ENDPOINT);
    struct worker *worker = worker_run(receive, HIGH, endpoint);

    ok(signal(minted(notification, RIGHTS_RW, 8)));
    expect_equal(worker->progress, 1);
    ok(thread_bind(worker->thread, notification));
    expect(worker->progress == 2 && worker->result[2] == 8, worker->progress, worker->result[2]);
}

TEST(who_waits_for_the_notification_itself_comes_first)
{
    word_t notification = make(OBJECT_NOTIFICATION), endpoint = make(OBJECT_ENDPOINT);
    struct worker *bound = worker_new(receive, HIGH), *waiter;

    bound->argument[0] = endpoint;
    ok(thread_bind(bound->thread, notification));
    worker_start(bound);
    waiter = worker_run(wait_once, HIGH, notification);
    ok(signal(minted(notification, RIGHTS_RW, 1)));
    expect(waiter->progress == 2 && bound->progress == 1, waiter->progress, bound->progress);
}

TEST(an_unbound_notification_leaves_the_thread_alone)
{
    word_t notification = make(OBJECT_NOTIFICATION), endpoint = make(OBJECT_ENDPOINT);
    struct worker *worker = worker_new(receive, HIGH);

    worker->argument[0] = endpoint;
    ok(thread_bind(worker->thread, notification));
    worker_start(worker);
    ok(thread_bind(worker->thread, 0));
    ok(signal(minted(notification, RIGHTS_RW, 1)));
    expect_equal(worker->progress, 1);
    ok(thread_bind(worker->thread, notification)); /* told of it now */
    expect_equal(worker->progress, 2);
}

TEST(a_bound_notification_that_goes_leaves_the_thread_receiving)
{
    word_t notification = make(OBJECT_NOTIFICATION), endpoint = make(OBJECT_ENDPOINT);
    struct worker *worker = worker_new(receive, HIGH);
    struct message message = message_of(1, 1, 5);

    worker->argument[0] = endpoint;
    ok(thread_bind(worker->thread, notification));
    worker_start(worker);
    ok(cap_delete(0, notification));
    expect_equal(worker->progress, 1);
    ok(message_send(endpoint, &message));
    expect(worker->progress == 2 && worker->result[3] == 5, worker->progress, worker->result[3]);
    ok(thread_bind(worker->thread, make(OBJECT_NOTIFICATION))); /* another can be bound */
}

TEST(a_killed_thread_frees_its_notification)
{
    word_t notification = make(OBJECT_NOTIFICATION), endpoint = make(OBJECT_ENDPOINT), bits = 0;
    struct worker *worker = worker_new(receive, HIGH), *other = worker_new(receive, HIGH);

    worker->argument[0] = endpoint;
    ok(thread_bind(worker->thread, notification));
    worker_start(worker);
    ok(cap_delete(0, worker->thread));
    ok(signal(minted(notification, RIGHTS_RW, 1)));
    ok(poll(notification, &bits));
    expect_equal(bits, 1);
    ok(thread_bind(other->thread, notification));
}

TEST(binding_says_what_is_wrong)
{
    word_t notification = make(OBJECT_NOTIFICATION), deep = notification, empty = slot_new();
    struct worker *worker = worker_new(receive, HIGH), *other = worker_new(receive, HIGH);

    PROVOKES(thread_bind, no_cap, thread_bind(empty, notification));
    PROVOKES(thread_bind, no_cap, thread_bind(worker->thread, empty));
    PROVOKES(thread_bind, wrong_type, thread_bind(notification, notification));
    PROVOKES(thread_bind, wrong_type, thread_bind(worker->thread, SLOT_KERNEL));
    PROVOKES(thread_bind, no_right, thread_bind(copy_of(worker->thread, RIGHT_READ), notification));
    PROVOKES(thread_bind, no_right, thread_bind(worker->thread, copy_of(notification, RIGHT_WRITE)));
    while (depth_of(deep) < DEPTH_MAX)
        deep = minted(deep, RIGHT_ALL, 1);
    PROVOKES(thread_bind, too_deep, thread_bind(worker->thread, deep));
    ok(thread_bind(worker->thread, notification));
    PROVOKES(thread_bind, already, thread_bind(worker->thread, make(OBJECT_NOTIFICATION)));
    PROVOKES(thread_bind, already, thread_bind(other->thread, notification));
}

TEST(the_calls_say_what_is_wrong)
{
    word_t notification = make(OBJECT_NOTIFICATION), empty = slot_new(), bits = 0;
    word_t reader = copy_of(notification, RIGHT_READ), writer = copy_of(notification, RIGHT_WRITE);

    PROVOKES(signal, no_cap, signal(empty));
    PROVOKES(signal, wrong_type, signal(SLOT_THREAD));
    PROVOKES(signal, no_right, signal(reader));
    PROVOKES(wait, no_cap, wait(empty, 0, &bits));
    PROVOKES(wait, wrong_type, wait(SLOT_THREAD, 0, &bits));
    PROVOKES(wait, no_right, wait(writer, 0, &bits));
    PROVOKES(poll, no_cap, poll(empty, &bits));
    PROVOKES(poll, wrong_type, poll(SLOT_THREAD, &bits));
    PROVOKES(poll, no_right, poll(writer, &bits));
}
