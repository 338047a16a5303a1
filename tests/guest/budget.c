#include "guest.h"
#include "moments.h"

static void spin(struct worker *self)
{
    for (;;)
        self->progress++;
}

TEST(a_budget_leaves_time_to_lower_priorities)
{
    guest_may_idle();
    struct worker *worker = worker_new(spin, HIGH);
    word_t consumed, left, exhausted;

    ok(sched_configure(worker->time, HIGH, 2 * MS, 20 * MS));
    worker_start(worker); /* comes back only if the budget ends */
    uint64_t started = moment();
    while (moment() - started < 100 * MS)
        continue;
    ok(sched_read(worker->time, &consumed, &left, &exhausted, NULL));
    expect(worker->progress > 0);
    expect(exhausted >= 2, exhausted);
    expect(consumed > 0 && consumed < (moment() - started) / 2, consumed, moment() - started);
}

TEST(a_budget_comes_back)
{
    guest_may_idle();
    struct worker *worker = worker_new(spin, HIGH);

    ok(sched_configure(worker->time, HIGH, MS, 10 * MS));
    worker_start(worker);
    word_t seen = worker->progress;
    uint64_t started = moment();
    while (worker->progress == seen)
        expect(moment() - started < 5000 * MS, worker->progress);
}

TEST(exhaustion_is_signalled)
{
    guest_may_idle();
    word_t notification = make(OBJECT_NOTIFICATION), bits = 0, exhausted = 0;
    struct worker *worker = worker_new(spin, HIGH);

    ok(sched_configure(worker->time, HIGH, MS, 1000 * MS));
    ok(sched_bind(worker->time, minted(notification, RIGHT_WRITE, 4)));
    worker_start(worker);
    ok(wait(notification, 0, &bits));
    expect_equal(bits, 4);
    ok(sched_read(worker->time, NULL, NULL, &exhausted, NULL));
    expect_equal(exhausted, 1);
}

TEST(a_missed_period_is_counted_and_signalled)
{
    guest_may_idle();
    word_t notification = make(OBJECT_NOTIFICATION), missed = 0;
    struct worker *worker = worker_new(spin, HIGH);

    ok(sched_configure(worker->time, HIGH, 5 * MS, 10 * MS));
    ok(sched_bind(worker->time, minted(notification, RIGHT_WRITE, 1)));
    worker_start(worker); /* its work never ends, so each period ends before it */
    while (missed == 0) {
        ok(wait(notification, 0, NULL));
        ok(sched_read(worker->time, NULL, NULL, NULL, &missed));
    }
}

TEST(what_ends_in_time_misses_nothing)
{
    guest_may_idle();
    word_t notification = make(OBJECT_NOTIFICATION), missed, exhausted, consumed;
    word_t time = make(OBJECT_SCHED_CONTEXT);

    ok(sched_configure(time, HIGH, 500 * MS, 1000 * MS));
    ok(sched_bind(time, minted(notification, RIGHT_WRITE, 1)));
    ok(sched_read(time, &consumed, NULL, &exhausted, &missed));
    expect_equal(consumed + exhausted + missed, 0);
    PROVOKES(poll, would_block, poll(notification, NULL));
}

TEST(a_bound_notification_that_goes_is_forgotten)
{
    guest_may_idle();
    word_t notification = make(OBJECT_NOTIFICATION), other = make(OBJECT_NOTIFICATION);
    struct worker *worker = worker_new(spin, HIGH);

    ok(sched_configure(worker->time, HIGH, MS, 10 * MS));
    ok(sched_bind(worker->time, notification));
    PROVOKES(sched_bind, already, sched_bind(worker->time, other));
    ok(cap_delete(0, notification));
    ok(sched_bind(worker->time, other));
    worker_start(worker);
    ok(wait(other, 0, NULL));
    ok(sched_bind(worker->time, 0));
}

TEST(admission_refuses_nonsense)
{
    guest_may_idle();
    word_t time = make(OBJECT_SCHED_CONTEXT), endpoint = make(OBJECT_ENDPOINT);

    PROVOKES(sched_configure, bad_argument, sched_configure(time, 256, MS, MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, 2 * MS, MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, 99999, MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, 0, 0));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, MS, 3600001 * MS));
    PROVOKES(sched_configure, bad_argument, sched_configure(time, 1, ~0UL, ~0UL));
    PROVOKES(sched_configure, no_cap, sched_configure(slot_new(), 1, MS, MS));
    PROVOKES(sched_configure, wrong_type, sched_configure(endpoint, 1, MS, MS));
    PROVOKES(sched_configure, no_right, sched_configure(copy_of(time, RIGHT_READ), 1, MS, MS));
    PROVOKES(sched_read, no_cap, sched_read(slot_new(), NULL, NULL, NULL, NULL));
    PROVOKES(sched_read, wrong_type, sched_read(endpoint, NULL, NULL, NULL, NULL));
    PROVOKES(sched_read, no_right, sched_read(copy_of(time, RIGHT_WRITE), NULL, NULL, NULL, NULL));
    PROVOKES(sched_bind, no_cap, sched_bind(time, slot_new()));
    PROVOKES(sched_bind, wrong_type, sched_bind(time, endpoint));
    PROVOKES(sched_bind, no_right, sched_bind(time, copy_of(make(OBJECT_NOTIFICATION), RIGHT_READ)));
    ok(sched_configure(time, 255, 100000, 3600000 * MS));
}
