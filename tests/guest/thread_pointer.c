/* The thread pointer is a thread's own, and kept by all that the kernel does. */
#include "thread_pointer.h"

#include "guest.h"

#define TURNS 6 /* of each worker */

static volatile word_t running; /* the number of the worker that ran last */

static void put(word_t seed)
{
    thread_pointer_set(seed << 20);
    other_pointer_set(seed << 20 | 1);
}

static void expect_kept(word_t seed)
{
    expect_equal(thread_pointer(), seed << 20);
    expect_equal(other_pointer(), seed << 20 | 1);
}

static struct worker *turners[3];

/* They all go on until each had its turns: the last one left would find nobody else to take turns with. */
static bool turns_are_left(void)
{
    for (unsigned i = 0; i < COUNT_OF(turners); i++)
        if (turners[i]->progress < TURNS)
            return true;
    return false;
}

static void hold(struct worker *self)
{
    expect_equal(thread_pointer(), 0);
    expect_equal(other_pointer(), 0);
    put(self->number);
    while (turns_are_left()) {
        if (running != self->number) {
            running = self->number;
            self->progress++;
        }
        expect_kept(self->number);
    }
}

TEST(kept_over_preemption)
{
    put(99);
    for (unsigned i = 0; i < COUNT_OF(turners); i++)
        turners[i] = worker_run(hold, LOW, 0);
    for (unsigned i = 0; i < COUNT_OF(turners); i++)
        worker_join(turners[i]);
    expect_kept(99);
}

static void answer(struct worker *self)
{
    struct message message = {.info = 0};

    put(self->number);
    ok(ipc(SYS_RECV, self->argument[0], &message));
    for (;;) {
        expect_equal(thread_pointer(), self->number << 20);
        expect(other_pointer() != (99 << 20 | 1));
        ok(ipc(SYS_REPLY_RECV, self->argument[0], &message));
    }
}

TEST(kept_over_messages)
{
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(answer, HIGH, endpoint);

    for (unsigned i = 0; i < 5; i++) {
        struct message message = message_of(1, 2, 3);
        put(99);
        ok(ipc(SYS_CALL, endpoint, &message));
        expect_equal(thread_pointer(), 99 << 20);
        expect(other_pointer() != (server->number << 20 | 1));
    }
    ok(thread_suspend(server->thread));
}

static void stop_and_hold(struct worker *self)
{
    expect_equal(thread_pointer(), 0);
    put(self->number);
    ok(thread_suspend(self->thread));
    self->progress++;
    self->result[0] = thread_pointer();
    ok(thread_suspend(self->thread));
    guest_fail("", 0, "nobody was to resume it");
}

TEST(read_and_written_as_a_register)
{
    struct worker *worker = worker_run(stop_and_hold, HIGH, 0);
    word_t place = REG_THREAD_POINTER / sizeof(word_t);

    expect_equal(worker_register(worker, REG_THREAD_POINTER), worker->number << 20);
    ok(thread_write(worker->thread, place, 0x123456789000));
    if (THREAD_POINTER_BAD) {
        PROVOKES(thread_write, bad_argument, thread_write(worker->thread, place, THREAD_POINTER_BAD));
        ok(thread_write(worker->thread, place, 0xffff800000000000)); /* the lowest of the upper half: canonical */
        ok(thread_write(worker->thread, place, 0x123456789000));
    }
    ok(thread_resume(worker->thread));
    expect_equal(worker->progress, 1);
    expect_equal(worker->result[0], 0x123456789000);
    expect_equal(worker_register(worker, REG_THREAD_POINTER), 0x123456789000);
    worker_start(worker); /* afresh, at 0 */
    expect_equal(worker->progress, 1);
}

static void delete_itself(struct worker *self)
{
    put(self->number);
    cap_delete(0, self->thread);
    guest_fail("", 0, "a worker that had deleted itself ran");
}

static void find_none(struct worker *self)
{
    (void)self;
    expect_equal(thread_pointer(), 0);
    expect_equal(other_pointer(), 0);
}

TEST(gone_with_its_thread)
{
    put(55);
    worker_run(delete_itself, HIGH, 0);
    expect_kept(55);
    worker_join(worker_run(find_none, HIGH, 0));
    expect_kept(55);
}
