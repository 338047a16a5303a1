/* Time: priorities, turns, budgets, and whose time a server works on. */
#include "guest.h"

#define MS 1000000UL
#define CHANGES 200 /* of who runs, there and back, that are measured together */
#define CROWD 30

static word_t endpoint;
static word_t order[64], ordered;

static void note(struct worker *self)
{
    order[ordered++ % COUNT_OF(order)] = self->argument[0];
}

static void note_and_yield(struct worker *self)
{
    for (unsigned i = 0; i < 4; i++) {
        note(self);
        ok(yield());
    }
}

static void spin(struct worker *self)
{
    for (;;)
        self->progress++;
}

static void set_priority(word_t time, unsigned priority)
{
    ok(sched_configure(time, priority, 10 * MS, 10 * MS));
}

/* ---- priorities and turns */

TEST(the_most_urgent_runs_first)
{
    static const uint8_t priorities[] = {64, 1, 129, 128, 63, 127, 192, 2, 191, 254, 65, 99};

    guest_may_idle();
    set_priority(case_time(), 255);
    for (unsigned i = 0; i < COUNT_OF(priorities); i++)
        worker_run(note, priorities[i], priorities[i]);
    expect_equal(ordered, 0);
    set_priority(case_time(), 0);
    expect_equal(ordered, COUNT_OF(priorities));
    for (unsigned i = 1; i < COUNT_OF(priorities); i++)
        expect(order[i - 1] > order[i], i, order[i - 1], order[i]);
}

static void wait_often(struct worker *self)
{
    for (;;) {
        ok(wait(self->argument[0], 0, NULL));
        self->progress++;
    }
}

/* Nanoseconds of changes to a thread of this priority and back. */
static uint64_t changes(struct worker *worker, unsigned priority)
{
    set_priority(case_time(), priority - 1);
    set_priority(worker->time, priority);
    uint64_t start = guest_ns();
    for (unsigned i = 0; i < CHANGES; i++)
        ok(signal(worker->argument[0]));
    return guest_ns() - start;
}

/* The time of a case here is instructions. A debug build that checks its invariants looks at every queue after each call. */
TEST(neither_priority_nor_crowd_changes_what_a_pick_takes)
{
    struct worker *worker = worker_run(wait_often, HIGH, minted(make(OBJECT_NOTIFICATION), RIGHTS_RW, 1));
    uint64_t alone = changes(worker, 255);

    for (unsigned i = 0; i < CROWD; i++)
        worker_run(spin, 1 + i / 2, 0);
    uint64_t above = changes(worker, 255), amid = changes(worker, 128), just_above = changes(worker, CROWD / 2 + 2);
    expect_equal(worker->progress, 4 * CHANGES);
    if (!boot->debug)
        for (unsigned i = 0; i < 3; i++)
            expect(((uint64_t[]){above, amid, just_above})[i] <= alone + alone / 100, alone, above, amid, just_above);
}

TEST(equals_take_turns_when_they_yield)
{
    struct worker *workers[3];

    for (unsigned i = 0; i < 3; i++)
        workers[i] = worker_run(note_and_yield, LOW, i);
    for (unsigned i = 0; i < 3; i++)
        worker_join(workers[i]);
    expect_equal(ordered, 12);
    for (unsigned i = 0; i < 12; i++)
        expect(order[i] == i % 3, i, order[i]);
}

TEST(to_yield_is_not_to_give_way_to_less_urgent_ones)
{
    struct worker *worker = worker_run(spin, LOW, 0);

    for (unsigned i = 0; i < 50; i++)
        ok(yield());
    expect_equal(worker->progress, 0);
}

TEST(equals_take_turns_when_their_time_is_up)
{
    struct worker *workers[3];

    guest_may_idle();
    for (unsigned i = 0; i < 3; i++) {
        workers[i] = worker_new(spin, LOW);
        ok(sched_configure(workers[i]->time, LOW, MS, MS));
        worker_start(workers[i]);
    }
    struct worker *below = worker_run(spin, LOW - 1, 0);
    for (unsigned round = 0; round < 100 && !(workers[0]->progress && workers[1]->progress && workers[2]->progress); round++)
        sleep_ns(2 * MS);
    expect(workers[0]->progress > 0 && workers[1]->progress > 0 && workers[2]->progress > 0, workers[0]->progress, workers[1]->progress,
           workers[2]->progress);
    expect_equal(below->progress, 0);
}

TEST(who_is_preempted_keeps_the_turn)
{
    guest_may_idle();
    struct worker *first = worker_new(spin, LOW), *second = worker_new(spin, LOW);
    ok(sched_configure(first->time, LOW, 1000 * MS, 1000 * MS)); /* longer than this case takes */
    ok(sched_configure(second->time, LOW, 1000 * MS, 1000 * MS));
    worker_start(first);
    worker_start(second);
    for (unsigned i = 0; i < 5 || (first->progress == 0 && i < 100); i++)
        sleep_ns(MS);
    expect(first->progress > 0 && second->progress == 0, first->progress, second->progress);
}

TEST(often_preempted_equals_do_not_starve)
{
    guest_may_idle();
    struct worker *first = worker_new(spin, LOW), *second = worker_new(spin, LOW);
    ok(sched_configure(first->time, LOW, 3 * MS, 3 * MS)); /* preempted more often than that is long */
    ok(sched_configure(second->time, LOW, 3 * MS, 3 * MS));
    worker_start(first);
    worker_start(second);
    for (unsigned i = 0; i < 2000 && (first->progress == 0 || second->progress == 0); i++)
        sleep_ns(MS / 2); /* a busy host may take a whole turn from either */
    expect(first->progress > 0 && second->progress > 0, first->progress, second->progress);
}

TEST(a_new_priority_counts_at_once)
{
    struct worker *worker = worker_run(note, LOW, 1), *other = worker_run(note, LOW, 2);

    set_priority(other->time, HIGH); /* it waits in a queue */
    expect(ordered == 1 && order[0] == 2, ordered, order[0]);
    set_priority(case_time(), LOW - 1); /* this one runs */
    expect(ordered == 2 && order[1] == 1, ordered, order[1]);
    set_priority(case_time(), CASE_PRIORITY);
    worker_join(worker);
}

/* ---- calls */

static volatile bool go;

static void serve_slowly(struct worker *self)
{
    struct message message;

    ok(message_recv(endpoint, &message));
    for (;;) {
        self->progress++;
        while (!go)
            ;
        message = message_of(1, 1, message.badge);
        ok(message_reply_recv(endpoint, &message));
    }
}

static void call_once(struct worker *self)
{
    struct message message = message_of(1, 0, 0);

    self->result[0] = message_call(endpoint, &message);
    self->progress = 1;
}

TEST(a_server_works_on_its_callers_time)
{
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(serve_slowly, LOW, 0), *middle = worker_new(spin, LOW + 5);
    struct message message = message_of(1, 0, 0);

    go = true;
    ok(message_call(endpoint, &message)); /* so that it waits */
    worker_start(middle);
    for (unsigned i = 0; i < 5; i++)
        ok(message_call(endpoint, &message));
    expect(server->progress == 6 && middle->progress == 0, server->progress, middle->progress);
}

TEST(a_busy_server_is_helped_by_who_waits_for_it)
{
    guest_may_idle();
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(serve_slowly, LOW, 0), *client = worker_run(call_once, LOW - 5, 0);
    struct message message = message_of(1, 0, 0);
    for (unsigned i = 0; i < 100 && server->progress == 0; i++)
        sleep_ns(MS); /* until it works for the client, which is less urgent than anybody */
    expect_equal(server->progress, 1);
    struct worker *middle = worker_run(spin, LOW + 5, 0);
    go = true;
    ok(message_call(endpoint, &message));
    expect_equal(middle->progress, 0); /* no priority was inverted */
    expect(client->progress == 0 && server->progress == 2, client->progress, server->progress);
}

TEST(time_that_is_lent_is_taken_back_from_who_does_not_return_it)
{
    struct message message = message_of(1, 0, 0);

    guest_may_idle();
    endpoint = make(OBJECT_ENDPOINT);
    worker_run(serve_slowly, HIGH, 0);
    message.info |= message_within(3 * MS);
    uint64_t before = guest_ns();
    go = false;
    set_priority(case_time(), HIGH + 1);
    PROVOKES(call, timed_out, message_call(endpoint, &message)); /* a server that loops cannot hang its client */
    expect(guest_ns() - before >= 2 * MS, guest_ns() - before);
}

/* ---- budgets */

TEST(a_budget_is_used_up_and_comes_back)
{
    word_t consumed = 0, left = 0, exhausted = 0, missed = 0, bits = 0, notification = make(OBJECT_NOTIFICATION);
    struct worker *worker = worker_new(spin, LOW + 1), *below = worker_new(spin, LOW);

    guest_may_idle();
    ok(sched_configure(worker->time, LOW + 1, MS, 20 * MS));
    ok(sched_bind(worker->time, minted(notification, RIGHT_WRITE, 2)));
    worker_start(worker);
    worker_start(below);
    uint64_t before = guest_ns();
    ok(wait(notification, 1000 * MS, &bits)); /* it is told */
    expect_equal(bits, 2);
    word_t progress = worker->progress;
    for (unsigned i = 0; i < 200 && (worker->progress == progress || below->progress == 0); i++)
        sleep_ns(5 * MS);
    expect(worker->progress > progress, progress); /* it came back */
    expect(below->progress > 0);
    sleep_ns(100 * MS);
    ok(thread_suspend(worker->thread));
    uint64_t passed = guest_ns() - before;
    ok(sched_read(worker->time, &consumed, &left, &exhausted, &missed));
    expect(consumed > 0 && consumed < passed / 2, consumed, passed);
    expect(exhausted >= 2, exhausted);
}

TEST(work_that_outlasts_its_period_is_told)
{
    word_t consumed = 0, left = 0, exhausted = 0, missed = 0, notification = make(OBJECT_NOTIFICATION);
    struct worker *worker = worker_new(spin, LOW);

    guest_may_idle();
    ok(sched_configure(worker->time, LOW, 2 * MS, 4 * MS));
    ok(sched_bind(worker->time, minted(notification, RIGHT_WRITE, 1)));
    worker_start(worker);
    for (unsigned i = 0; i < 100 && missed == 0; i++) {
        sleep_ns(5 * MS);
        ok(sched_read(worker->time, &consumed, &left, &exhausted, &missed));
    }
    expect(missed > 0, consumed, exhausted);
    ok(poll(notification, NULL));
}

TEST(an_unlimited_budget_is_never_used_up)
{
    word_t consumed = 0, left = 0, exhausted = 1, missed = 1;
    struct worker *worker = worker_new(spin, LOW);

    guest_may_idle();
    ok(sched_configure(worker->time, LOW, MS, MS));
    worker_start(worker);
    for (unsigned i = 0; i < 10 || (worker->progress == 0 && i < 100); i++)
        sleep_ns(2 * MS);
    ok(sched_read(worker->time, &consumed, &left, &exhausted, &missed));
    expect(exhausted == 0 && missed == 0 && consumed > 0, exhausted, missed, consumed);
}

TEST(time_that_goes_while_it_is_lent_leaves_the_server_its_own)
{
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(serve_slowly, LOW, 0);
    struct message message = message_of(1, 0, 0);

    guest_may_idle();
    go = true;
    ok(message_call(endpoint, &message));
    go = false;
    struct worker *client = worker_run(call_once, LOW + 1, 0);
    for (unsigned i = 0; i < 200 && server->progress < 2; i++)
        sleep_ns(MS);
    expect_equal(server->progress, 2);
    ok(cap_delete(0, client->time));
    go = true;
    ok(message_call(endpoint, &message)); /* the server ends its work first */
    expect_equal(server->progress, 3);
    expect_equal(client->progress, 0); /* the client has no time to go on */
}

/* ---- what is refused */

TEST(time_calls_say_what_is_wrong)
{
    word_t time = make(OBJECT_SCHED_CONTEXT), notification = make(OBJECT_NOTIFICATION), empty = slot_new(), deep = notification, value = 0;
    word_t reader = copy_of(time, RIGHT_READ), writer = copy_of(time, RIGHT_WRITE);

    PROVOKES(sched_configure, no_cap, sched_configure(empty, 1, MS, MS));
    PROVOKES(sched_configure, wrong_type, sched_configure(notification, 1, MS, MS));
    PROVOKES(sched_configure, no_right, sched_configure(reader, 1, MS, MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, PRIORITIES, MS, MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, ~0UL, MS, MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, 99999, MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, 0, MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, MS + 1, MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, MS, 3600000000001UL));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, ~0UL, ~0UL));
    ok(sched_configure(time, 255, 100000, 3600000000000UL));
    PROVOKES(sched_bind, no_cap, sched_bind(empty, notification));
    PROVOKES(sched_bind, no_cap, sched_bind(time, empty));
    PROVOKES(sched_bind, wrong_type, sched_bind(notification, notification));
    PROVOKES(sched_bind, wrong_type, sched_bind(time, time));
    PROVOKES(sched_bind, no_right, sched_bind(reader, notification));
    PROVOKES(sched_bind, no_right, sched_bind(time, copy_of(notification, RIGHT_READ)));
    while (depth_of(deep) < DEPTH_MAX)
        deep = minted(deep, RIGHT_ALL, 1);
    PROVOKES(sched_bind, too_deep, sched_bind(time, deep));
    ok(sched_bind(time, notification));
    PROVOKES(sched_bind, already, sched_bind(time, notification));
    ok(sched_bind(time, 0));
    ok(sched_bind(time, notification));
    PROVOKES(sched_read, no_cap, sched_read(empty, &value, NULL, NULL, NULL));
    PROVOKES(sched_read, wrong_type, sched_read(notification, &value, NULL, NULL, NULL));
    PROVOKES(sched_read, no_right, sched_read(writer, &value, NULL, NULL, NULL));
}
