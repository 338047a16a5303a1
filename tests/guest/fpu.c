/* Floating point and vectors: each thread's own, and nobody else's. */
#include "fpu.h"

#include "arch.h"
#include "guest.h"

/* The word that a user of the unit puts at a place. Whole and small enough for what an integer on the x87 stack is. */
static word_t pattern(word_t seed, unsigned index)
{
    return index == FPU_CONTROL ? FPU_CONTROL_OTHER : seed << 32 | (index + 1);
}

static void fill(word_t seed)
{
    word_t words[FPU_WORDS];

    for (unsigned i = 0; i < FPU_WORDS; i++)
        words[i] = pattern(seed, i);
    fpu_put(words, fpu_is_wide());
}

static void expect_filled(word_t seed)
{
    word_t words[FPU_WORDS];

    fpu_get(words, fpu_is_wide());
    for (unsigned i = 0; i < FPU_WORDS; i++)
        expect(!fpu_has_word(i) || words[i] == pattern(seed, i), seed, i, words[i]);
}

static void expect_fresh(void)
{
    word_t words[FPU_WORDS];

    fpu_get(words, fpu_is_wide());
    for (unsigned i = 0; i < FPU_WORDS; i++)
        expect(!fpu_has_word(i) || words[i] == (i == FPU_CONTROL ? FPU_CONTROL_START : 0), i, words[i]);
}

/* Nothing that `seed` put there is to be seen. */
static void expect_without(word_t seed)
{
    word_t words[FPU_WORDS];

    fpu_get(words, fpu_is_wide());
    for (unsigned i = 0; i < FPU_WORDS; i++)
        expect(!fpu_has_word(i) || i == FPU_CONTROL || words[i] != pattern(seed, i), seed, i, words[i]);
}

static void find_it_fresh_and_fill(struct worker *self)
{
    expect_fresh();
    fill(self->argument[0]);
    expect_filled(self->argument[0]);
}

TEST(first_use_finds_zeroes)
{
    expect_fresh();
    fill(7);
    worker_join(worker_run(find_it_fresh_and_fill, HIGH, 8));
    expect_filled(7);
    worker_join(worker_run(find_it_fresh_and_fill, HIGH, 9));
    expect_filled(7);
}

#define TURNS 6 /* of each worker */

static struct worker *turners[4];
static volatile word_t running; /* the number of the worker that ran last */

/* They all go on until each had its turns: the last one left would find nobody else to take turns with. */
static bool turns_are_left(void)
{
    for (unsigned i = 0; i < COUNT_OF(turners); i++)
        if (turners[i]->progress < TURNS)
            return true;
    return false;
}

/* Until it was preempted in favour of another worker often enough, with no system call. */
static void hold(struct worker *self)
{
    fill(self->number);
    while (turns_are_left()) {
        if (running != self->number) {
            running = self->number;
            self->progress++;
        }
        expect_filled(self->number);
    }
}

static void spin(struct worker *self)
{
    while (turns_are_left()) {
        if (running != self->number) {
            running = self->number;
            self->progress++;
        }
    }
}

TEST(kept_over_preemption)
{
    for (unsigned i = 0; i < COUNT_OF(turners); i++)
        turners[i] = worker_run(i == 2 ? spin : hold, LOW, 0);
    fill(99);
    for (unsigned i = 0; i < COUNT_OF(turners); i++)
        worker_join(turners[i]);
    expect_filled(99);
}

static void hold_over_waits(struct worker *self)
{
    fill(self->number);
    for (unsigned i = 0; i < 10; i++) {
        word_t bits;
        ok(wait(self->argument[0], 0, &bits));
        expect_filled(self->number);
        self->progress++;
    }
}

TEST(kept_over_plain_calls)
{
    word_t notification = make(OBJECT_NOTIFICATION), signalled = minted(notification, RIGHT_WRITE, 1);
    struct worker *worker = worker_run(hold_over_waits, HIGH, notification);

    fill(77);
    for (unsigned i = 0; i < 10; i++) {
        ok(signal(signalled));
        expect_equal(worker->progress, i + 1);
        ok(yield());
        expect_filled(77);
    }
    worker_join(worker);
    expect_filled(77);
}

static void answer(struct worker *self)
{
    struct message message = {.info = 0};

    ok(ipc(SYS_RECV, self->argument[0], &message));
    for (unsigned i = 0; i < 5; i++) {
        expect_without(1);
        fill(2);
        ok(ipc(SYS_REPLY_RECV, self->argument[0], &message));
    }
}

TEST(never_seen_over_messages)
{
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(answer, HIGH, endpoint);

    for (unsigned i = 0; i < 5; i++) {
        struct message message = message_of(1, 2, 3);
        fill(1);
        ok(ipc(SYS_CALL, endpoint, &message));
        expect_without(2);
    }
    thread_suspend(server->thread);
}

static void fill_and_stop(struct worker *self)
{
    if (self->progress++ > 0)
        expect_fresh();
    fill(self->number);
    thread_suspend(self->thread);
    guest_fail("", 0, "a worker that had stopped itself was resumed");
}

TEST(a_thread_that_starts_again_is_fresh)
{
    struct worker *worker = worker_run(fill_and_stop, HIGH, 0);

    for (unsigned i = 1; i < 4; i++) {
        expect_equal(worker->progress, i);
        worker_start(worker);
    }
    fill(55);
    worker_start(worker);
    expect_equal(worker->progress, 5);
    expect_filled(55);
}

TEST(a_thread_that_ends_leaves_nothing)
{
    struct worker *worker = worker_run(fill_and_stop, HIGH, 0);
    word_t untyped = make_sized(OBJECT_UNTYPED, OBJECT_THREAD_BITS);

    ok(cap_delete(0, worker->thread));
    expect_fresh();
    fill(1);
    for (unsigned i = 0; i < 3; i++) { /* threads one after the other in the same memory */
        worker->thread = make_from(untyped, OBJECT_THREAD, 0);
        worker->progress = 1;
        ok(thread_configure(worker->thread, SLOT_TABLE, SLOT_VSPACE, worker->time, supervisor_endpoint(), 0));
        worker_start(worker);
        expect_equal(worker->progress, 2);
        ok(cap_delete(0, worker->thread));
        if (i == 1)
            expect_filled(1);
    }
    expect_filled(1);
}

static void delete_itself(struct worker *self)
{
    fill(self->number);
    cap_delete(0, self->thread);
    guest_fail("", 0, "a worker that had deleted itself ran");
}

TEST(a_thread_may_end_itself_while_it_owns_the_unit)
{
    fill(66);
    worker_run(delete_itself, HIGH, 0);
    expect_filled(66);
    worker_run(delete_itself, HIGH, 0);
    worker_join(worker_run(find_it_fresh_and_fill, HIGH, 8));
    expect_filled(66);
}

static void fault(struct worker *self)
{
    (void)self;
    arch_fault();
}

TEST(an_invalid_instruction_is_a_fault_without_the_unit)
{
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct worker *worker = worker_in(fault, HIGH, SLOT_VSPACE, endpoint);
    struct message message = {.info = 0};

    fill(44);
    worker_start(worker);
    ok(ipc(SYS_RECV, endpoint, &message));
    expect_equal((message.info & INFO_LABEL_MASK) >> INFO_LABEL_SHIFT, FAULT_BASE + FAULT_ILLEGAL);
    thread_suspend(worker->thread);
    expect_filled(44);
}
