/* Registers of a thread: kept over preemption and plain calls, read and written by who holds it. */
#include "guest.h"

#include "held.h"

/* Less urgent than the case, so it stands where it starts. */
static void nothing(struct worker *self)
{
    self->progress = 1;
}

/* ---- registers */

static void hold(struct worker *self)
{
    registers_hold((struct held *)self->argument[0]);
}

static void expect_held(const struct held *held, word_t seed, unsigned which)
{
    for (unsigned i = 0; i < HELD_COUNT; i++)
        expect(!(which >> i & 1) || held->seen[i] == seed + i, i, held->seen[i], seed);
}

TEST(preemption_keeps_every_register)
{
    static struct held held[3];
    struct worker *workers[3];

    for (unsigned i = 0; i < COUNT_OF(held); i++) {
        held[i].seed = 0x1111111111111100UL * (i + 1);
        workers[i] = worker_run(hold, CASE_PRIORITY, (word_t)&held[i]);
        ok(sched_configure(workers[i]->time, CASE_PRIORITY, 100000, 100000));
    }
    while (!held[0].rounds || !held[1].rounds || !held[2].rounds) /* a slice is short: on a slow host it may end before a round */
        ok(yield());
    for (unsigned round = 0; round < 20; round++)
        ok(yield());
    for (unsigned i = 0; i < COUNT_OF(held); i++) {
        held[i].stop = 1;
        worker_join(workers[i]);
        expect_held(&held[i], 0x1111111111111100UL * (i + 1), ~0u);
    }
}

static void over_call(struct worker *self)
{
    struct held *held = (struct held *)self->argument[0];

    for (unsigned i = 0; i < 8; i++) {
        registers_over_call(held);
        expect_held(held, held->seed, HELD_OVER_CALL);
        self->progress++;
    }
}

TEST(a_plain_call_keeps_every_register)
{
    static struct held held[2] = {{.seed = 0x5a5a000000000000UL, .number = SYS_YIELD}, {.seed = 0xa5a5000000000000UL, .number = SYS_YIELD}};
    struct worker *one = worker_run(over_call, LOW, (word_t)&held[0]), *other = worker_run(over_call, LOW, (word_t)&held[1]);

    worker_join(one);
    worker_join(other);
    expect(one->progress == 8 && other->progress == 8, one->progress, other->progress);
    struct held mine = {.seed = 0xc0de000000000000UL, .number = ~0UL}; /* a call that does not exist keeps them too */
    registers_over_call(&mine);
    expect_held(&mine, mine.seed, HELD_OVER_CALL);
}

TEST(every_register_of_a_stopped_thread_is_read)
{
    static struct held held = {.seed = 0x7777000000000000UL};
    struct worker *worker = worker_run(hold, CASE_PRIORITY, (word_t)&held);

    ok(sched_configure(worker->time, CASE_PRIORITY, 100000, 100000));
    while (held.rounds < 10)
        ok(yield());
    ok(thread_suspend(worker->thread));
    /* It was preempted in its loop, whose own scratch register may hold anything; see registers.S. */
    unsigned wrong = 0;
    for (unsigned i = 0; i < HELD_COUNT; i++)
        wrong += worker_register(worker, held_offset[i]) != held.seed + i;
    expect(wrong <= 1, wrong);
    expect_equal(worker_register(worker, offsetof(struct registers, cap)), (word_t)&held);
    word_t sp = worker_register(worker, REG_SP), pc = worker_register(worker, REG_PC);
    expect(sp > (word_t)worker->stack && sp <= (word_t)worker->stack + 4096, sp);
    expect(pc > (word_t)registers_hold && pc < (word_t)registers_hold + 1024, pc);
}

TEST(every_register_of_a_stopped_thread_is_written)
{
    static struct held held = {.seed = 0x7777000000000000UL}, other;
    struct worker *worker = worker_run(hold, CASE_PRIORITY, (word_t)&held);

    ok(sched_configure(worker->time, CASE_PRIORITY, 100000, 100000));
    while (held.rounds < 10)
        ok(yield());
    ok(thread_suspend(worker->thread));
    other = held;
    other.seed = 0x3333000000000000UL;
    other.stop = 1;
    for (unsigned i = 0; i < HELD_COUNT; i++)
        ok(thread_write(worker->thread, held_offset[i] / sizeof(word_t), other.seed + i));
    ok(thread_write(worker->thread, offsetof(struct registers, cap) / sizeof(word_t), (word_t)&other));
    ok(thread_resume(worker->thread));
    worker_join(worker);
    expect_held(&other, other.seed, ~0u);
}

TEST(what_decides_the_mode_is_not_written)
{
    struct worker *worker = worker_new(nothing, LOW);

    worker_start(worker);
    ok(thread_suspend(worker->thread));
    for (unsigned i = 0; i < COUNT_OF(guest_sealed); i++) {
        word_t before = worker_register(worker, guest_sealed[i]);
        PROVOKES(thread_write, bad_argument, thread_write(worker->thread, guest_sealed[i] / sizeof(word_t), ~0UL));
        PROVOKES(thread_write, bad_argument, thread_write(worker->thread, guest_sealed[i] / sizeof(word_t), before));
        expect_equal(worker_register(worker, guest_sealed[i]), before);
    }
    word_t flags = worker_register(worker, GUEST_FLAGS);
    thread_write(worker->thread, GUEST_FLAGS / sizeof(word_t), ~0UL);
    expect_equal(worker_register(worker, GUEST_FLAGS) & GUEST_FLAGS_SEALED, flags & GUEST_FLAGS_SEALED);
    ok(thread_write(worker->thread, REG_PC / sizeof(word_t), ~0UL << 40)); /* anything: it faults there */
}

TEST(a_started_thread_has_nothing_in_its_registers)
{
    struct worker *worker = worker_new(nothing, LOW);

    worker_start(worker);
    ok(thread_suspend(worker->thread));
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        expect(worker_register(worker, offsetof(struct registers, message[i])) == 0, i);
    for (unsigned i = 0; i < HELD_COUNT; i++)
        expect(worker_register(worker, held_offset[i]) == 0, i);
    expect_equal(worker_register(worker, offsetof(struct registers, cap)), (word_t)worker);
}
