/* Threads: what they are given, starting, and stopping in every state. Their registers are in registers.c. */
#include "guest.h"

static word_t endpoint, notification;

static void nothing(struct worker *self)
{
    self->progress++;
}

static void spin(struct worker *self)
{
    for (;;)
        self->progress++;
}

static void wait_here(struct worker *self)
{
    self->progress = 1;
    self->result[0] = wait(notification, 0, NULL);
    self->progress = 2;
}

static void receive_here(struct worker *self)
{
    struct message message = {0};

    self->progress = 1;
    self->result[0] = message_recv(endpoint, &message);
    self->progress = 2;
}

static void send_here(struct worker *self)
{
    struct message message = message_of(1, 1, 5);

    self->progress = 1;
    self->result[0] = message_send(endpoint, &message);
    self->progress = 2;
}

static void call_here(struct worker *self)
{
    struct message message = message_of(1, 1, 5);

    self->progress = 1;
    self->result[0] = message_call(endpoint, &message);
    self->progress = 2;
}

/* ---- starting and stopping */

TEST(a_thread_starts_where_it_is_told)
{
    struct worker *worker = worker_new(nothing, HIGH);

    worker_start(worker);
    worker_join(worker);
    expect_equal(worker->progress, 1);
    worker_start(worker); /* a stopped thread starts again */
    worker_join(worker);
    expect_equal(worker->progress, 2);
}

TEST(a_thread_without_time_does_not_run_until_it_has_some)
{
    struct worker *worker = worker_new(nothing, HIGH);
    word_t time = make(OBJECT_SCHED_CONTEXT);

    ok(cap_delete(0, worker->time));
    worker_start(worker);
    expect_equal(worker->progress, 0);
    ok(thread_suspend(worker->thread));
    ok(sched_configure(time, HIGH, 10000000, 10000000));
    ok(thread_configure(worker->thread, 0, 0, time, 0, 0));
    ok(thread_resume(worker->thread));
    expect_equal(worker->progress, 1);
}

TEST(a_thread_that_was_never_started_resumes_into_a_fault)
{
    struct worker *worker = worker_in(nothing, HIGH, SLOT_VSPACE, minted(endpoint = make(OBJECT_ENDPOINT), RIGHT_WRITE, 3));
    struct message message;

    ok(thread_resume(worker->thread));
    ok(message_recv(endpoint, &message));
    expect_equal(message_label(&message), FAULT_BASE + FAULT_PAGE);
    expect(message.badge == 3 && message.words[FAULT_WORD_PC] == 0 && message.words[FAULT_WORD_ACCESS] == RIGHT_EXECUTE, message.badge);
}

TEST(a_ready_thread_is_suspended_and_resumed)
{
    struct worker *worker = worker_run(spin, LOW, 0);

    expect_equal(worker->progress, 0);
    ok(thread_suspend(worker->thread));
    ok(sched_configure(worker->time, CASE_PRIORITY, 10000000, 10000000));
    for (unsigned i = 0; i < 3; i++)
        ok(yield());
    expect_equal(worker->progress, 0);
    ok(thread_resume(worker->thread));
    while (worker->progress == 0) /* or it never ends */
        ok(yield());
    ok(thread_suspend(worker->thread)); /* preempted in its loop */
    word_t progress = worker->progress;
    ok(yield());
    expect_equal(worker->progress, progress);
    ok(thread_resume(worker->thread));
    while (worker->progress == progress)
        ok(yield());
}

/* Each way of waiting ends with peer_gone for the thread that is suspended in it, once it is resumed. */
TEST(a_waiting_thread_is_suspended_and_told_when_it_resumes)
{
    void (*const ways[])(struct worker *) = {wait_here, receive_here, send_here, call_here};

    endpoint = make(OBJECT_ENDPOINT);
    notification = make(OBJECT_NOTIFICATION);
    for (unsigned i = 0; i < COUNT_OF(ways); i++) {
        struct worker *worker = worker_run(ways[i], HIGH, 0);
        expect(worker->progress == 1, i);
        ok(thread_suspend(worker->thread));
        ok(signal(minted(notification, RIGHT_WRITE, 1)));
        struct message message = {.info = MESSAGE_POLL};
        expect_status(STATUS_WOULD_BLOCK, ipc(SYS_RECV, endpoint, &message));
        expect(worker->progress == 1, i);
        ok(thread_resume(worker->thread));
        expect(worker->progress == 2 && worker->result[0] == STATUS_PEER_GONE, i, worker->progress, worker->result[0]);
        poll(notification, NULL);
    }
}

TEST(a_caller_is_suspended_while_it_is_served)
{
    struct message message;

    endpoint = make(OBJECT_ENDPOINT);
    struct worker *worker = worker_run(call_here, HIGH, 0);
    ok(message_recv(endpoint, &message));
    ok(thread_suspend(worker->thread));
    PROVOKES(reply, peer_gone, message_reply(0, &message));
    ok(thread_resume(worker->thread));
    expect(worker->progress == 2 && worker->result[0] == STATUS_PEER_GONE, worker->progress, worker->result[0]);
}

static void suspend_self(struct worker *self)
{
    self->progress = 1;
    self->result[0] = thread_suspend(self->thread);
    self->progress = 2;
}

TEST(a_thread_may_suspend_itself)
{
    struct worker *worker = worker_run(suspend_self, HIGH, 0);

    expect_equal(worker->progress, 1);
    ok(thread_resume(worker->thread));
    expect(worker->progress == 2 && worker->result[0] == STATUS_OK, worker->progress, worker->result[0]);
}

static void delete_self(struct worker *self)
{
    self->progress = 1;
    cap_delete(0, self->thread);
    guest_fail(__FILE__, __LINE__, "a thread went on after it was deleted");
}

TEST(a_thread_may_delete_itself)
{
    struct worker *worker = worker_run(delete_self, HIGH, 0);

    expect_equal(worker->progress, 1);
    expect(is_empty(worker->thread));
}

TEST(all_that_a_thread_holds_is_freed_with_it)
{
    struct worker *worker = worker_new(nothing, HIGH), *other = worker_new(nothing, HIGH);

    ok(cap_delete(0, other->time));
    ok(cap_delete(0, worker->thread));
    ok(thread_configure(other->thread, 0, 0, worker->time, 0, 0)); /* its time has no home any more */
    worker_start(other);
    expect_equal(other->progress, 1);
}

/* ---- what is refused */

TEST(configure_says_what_is_wrong)
{
    struct worker *worker = worker_new(nothing, LOW), *other = worker_new(nothing, LOW);
    word_t thread = worker->thread, empty = slot_new(), deep = endpoint = make(OBJECT_ENDPOINT);

    PROVOKES(thread_configure, no_cap, thread_configure(empty, 0, 0, 0, 0, 0));
    PROVOKES(thread_configure, no_cap, thread_configure(thread, empty, 0, 0, 0, 0));
    PROVOKES(thread_configure, no_cap, thread_configure(thread, 0, empty, 0, 0, 0));
    PROVOKES(thread_configure, no_cap, thread_configure(thread, 0, 0, empty, 0, 0));
    PROVOKES(thread_configure, no_cap, thread_configure(thread, 0, 0, 0, empty, 0));
    PROVOKES(thread_configure, no_cap, thread_configure(thread, 0, 0, 0, 0, empty));
    PROVOKES(thread_configure, wrong_type, thread_configure(endpoint, 0, 0, 0, 0, 0));
    PROVOKES(thread_configure, wrong_type, thread_configure(thread, endpoint, 0, 0, 0, 0));
    PROVOKES(thread_configure, wrong_type, thread_configure(thread, 0, SLOT_TABLE, 0, 0, 0));
    PROVOKES(thread_configure, wrong_type, thread_configure(thread, 0, 0, SLOT_TABLE, 0, 0));
    PROVOKES(thread_configure, wrong_type, thread_configure(thread, 0, 0, 0, SLOT_TABLE, 0));
    PROVOKES(thread_configure, wrong_type, thread_configure(thread, 0, 0, 0, 0, endpoint));
    PROVOKES(thread_configure, no_right, thread_configure(copy_of(thread, RIGHT_READ), 0, 0, 0, 0, 0));
    PROVOKES(thread_configure, no_right, thread_configure(thread, copy_of(SLOT_TABLE, RIGHT_READ), 0, 0, 0, 0));
    PROVOKES(thread_configure, no_right, thread_configure(thread, 0, copy_of(SLOT_VSPACE, RIGHT_READ), 0, 0, 0));
    PROVOKES(thread_configure, no_right, thread_configure(thread, 0, 0, 0, copy_of(endpoint, RIGHT_READ), 0));
    PROVOKES(thread_configure, already, thread_configure(thread, 0, 0, other->time, 0, 0)); /* it is another's */
    PROVOKES(thread_configure, already, thread_configure(SLOT_THREAD, 0, 0, 0, 0, 0)); /* it runs, or waits */
    while (depth_of(deep) < DEPTH_MAX)
        deep = minted(deep, RIGHT_ALL, 1);
    PROVOKES(thread_configure, too_deep, thread_configure(thread, 0, 0, 0, deep, 0));
    worker_start(worker); /* nothing of it was done */
    worker_join(worker);
}

TEST(starting_and_stopping_say_what_is_wrong)
{
    word_t thread = make(OBJECT_THREAD), reader = copy_of(thread, RIGHT_READ), empty = slot_new();
    struct worker *worker = worker_run(spin, LOW, 0);

    PROVOKES(thread_start, no_cap, thread_start(empty, 0, 0, 0));
    PROVOKES(thread_start, wrong_type, thread_start(SLOT_TABLE, 0, 0, 0));
    PROVOKES(thread_start, no_right, thread_start(reader, 0, 0, 0));
    PROVOKES(thread_start, already, thread_start(worker->thread, 0, 0, 0));
    PROVOKES(thread_start, bad_argument, thread_start(thread, USER_TOP, 0, 0));
    PROVOKES(thread_start, bad_argument, thread_start(thread, ~0UL, 0, 0));
    PROVOKES(thread_start, bad_argument, thread_start(thread, IMAGE_BASE, USER_TOP + 1, 0));
    PROVOKES(thread_start, bad_argument, thread_start(thread, IMAGE_BASE, guest_kernel_addresses[0], 0));
    PROVOKES(thread_suspend, no_cap, thread_suspend(empty));
    PROVOKES(thread_suspend, wrong_type, thread_suspend(SLOT_TABLE));
    PROVOKES(thread_suspend, no_right, thread_suspend(reader));
    PROVOKES(thread_suspend, already, thread_suspend(thread));
    PROVOKES(thread_resume, no_cap, thread_resume(empty));
    PROVOKES(thread_resume, wrong_type, thread_resume(SLOT_TABLE));
    PROVOKES(thread_resume, no_right, thread_resume(reader));
    PROVOKES(thread_resume, already, thread_resume(worker->thread));
}

TEST(reading_and_writing_say_what_is_wrong)
{
    word_t thread = make(OBJECT_THREAD), empty = slot_new(), value = 0;
    word_t reader = copy_of(thread, RIGHT_READ), writer = copy_of(thread, RIGHT_WRITE);
    struct worker *worker = worker_run(spin, LOW, 0);

    PROVOKES(thread_read, no_cap, thread_read(empty, 0, &value));
    PROVOKES(thread_read, wrong_type, thread_read(SLOT_TABLE, 0, &value));
    PROVOKES(thread_read, no_right, thread_read(writer, 0, &value));
    PROVOKES(thread_read, bad_argument, thread_read(thread, REGISTER_COUNT, &value));
    PROVOKES(thread_read, bad_argument, thread_read(thread, ~0UL, &value));
    PROVOKES(thread_read, already, thread_read(worker->thread, 0, &value));
    PROVOKES(thread_write, no_cap, thread_write(empty, 0, 0));
    PROVOKES(thread_write, wrong_type, thread_write(SLOT_TABLE, 0, 0));
    PROVOKES(thread_write, no_right, thread_write(reader, 0, 0));
    PROVOKES(thread_write, bad_argument, thread_write(thread, REGISTER_COUNT, 0));
    PROVOKES(thread_write, bad_argument, thread_write(thread, ~0UL, 0));
    PROVOKES(thread_write, already, thread_write(worker->thread, 0, 0));
    PROVOKES(thread_affinity, no_cap, thread_affinity(empty, 0));
    PROVOKES(thread_affinity, wrong_type, thread_affinity(SLOT_TABLE, 0));
    PROVOKES(thread_affinity, no_right, thread_affinity(reader, 0));
    PROVOKES(thread_affinity, bad_argument, thread_affinity(thread, 1000));
    ok(thread_affinity(thread, 0));
}
