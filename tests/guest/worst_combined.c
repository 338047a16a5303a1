/*
 * More states that are built to be as bad for the kernel as they can be (see worst.c): much has to be woken at once, waking is dear, and
 * it is found at the end of the longest way through tables.
 *
 * The dearest thread to wake, here a sleeper, waits with a deadline among hundreds of others, has used up its time, so that it has to wait
 * for its refill next, and has a helper that waits for it and has used up its time too.
 */
#include "guest.h"
#include "moments.h"
#include "worker.h"

#define TIMERS 500 /* armed beside those of the sleepers; a debug build walks them at each system call */
#define SLEEPERS 20
#define FIRSTS 6 /* callers */
#define LINKS 5  /* threads of a chain of calls */
#define NEST 4   /* tables in tables: NEST_MAX of kernel/cap.h */
#define LONG_PERIOD (3600000 * MS)
#define LATER (2000000 * MS)
#define SHORT_WHILE 50000UL /* less than a budget that is used up */

/* Debug builds, in which a system call takes as long as it takes to check all invariants, use nothing up. */
static word_t short_budget(void)
{
    return scaled(100000, LONG_PERIOD / 2);
}

struct member {
    struct worker worker; /* first */
    void (*run)(struct worker *self);
    char stack[1024] __attribute__((aligned(16)));
};

static struct {
    struct member waiting[TIMERS], sleeper[SLEEPERS], helper[SLEEPERS], link[LINKS + 1], first[FIRSTS];
} *const all = (void *)WINDOW; /* a page of 2 MiB: the kernel keeps little memory for what a program is loaded with */
static word_t never, bell[SLEEPERS], door[SLEEPERS];
static word_t chain[LINKS + 1]; /* endpoints */
static uint64_t deadline; /* of the sleepers */

/* What a member does; if it comes to its end it waits there. */
static void live(struct worker *self)
{
    ((struct member *)self)->run(self);
    for (;;)
        wait(never, 0, NULL);
}

/* A thread with time of its own that is used up soon; configured, not started. */
static void member_make(struct member *member, unsigned number, void (*run)(struct worker *), word_t thread, word_t budget)
{
    struct worker *worker = &member->worker;

    member->run = run;
    *worker = (struct worker){.run = live, .number = number, .thread = thread, .time = make(OBJECT_SCHED_CONTEXT), .stack = member->stack};
    ok(sched_configure(worker->time, HIGH, budget, LONG_PERIOD));
    ok(thread_configure(thread, SLOT_TABLE, SLOT_VSPACE, worker->time, 0, 0));
}

/* It is at once under way, since nobody has a higher priority. */
static void member_start(struct member *member)
{
    ok(thread_start(member->worker.thread, (word_t)worker_begin, (word_t)member->stack + sizeof(member->stack), (word_t)&member->worker));
}

static void member_run(struct member *member, unsigned number, void (*run)(struct worker *), word_t budget)
{
    member_make(member, number, run, make(OBJECT_THREAD), budget);
    member_start(member);
}

static void wait_long(struct worker *self)
{
    wait(never, LATER + self->number * MS, NULL);
}

static void fill_timers(void)
{
    guest_may_idle();
    map_here(make_sized(OBJECT_FRAME, 21), WINDOW, RIGHTS_RW);
    never = make(OBJECT_NOTIFICATION);
    for (unsigned i = 0; i < scaled(TIMERS, 10); i++)
        member_run(&all->waiting[i], i, wait_long, MS);
}

/* Run until no more is left of the budget than is worth a switch. */
static void use_up(struct worker *self)
{
    uint64_t start = moment();
    word_t used;

    if (boot->debug)
        return;
    ok(sched_read(self->time, &used, NULL, NULL, NULL));
    while (moment() < start + short_budget() - 6000 - used)
        ;
}

static void sleep_as_server(struct worker *self)
{
    struct message message = {.info = message_within(1)};

    ipc(SYS_RECV, door[self->number], &message);
    use_up(self);
    wait(bell[self->number], deadline - moment(), NULL);
}

static void call_sleeper(struct worker *self)
{
    struct message message = {0};

    use_up(self);
    ipc(SYS_CALL, door[self->number], &message);
}

static void spin_ns(uint64_t nanoseconds)
{
    for (uint64_t start = moment(); moment() < start + nanoseconds;)
        ;
}

static void expect_used_up(const struct member *member)
{
    word_t exhausted = 0;

    ok(sched_read(member->worker.time, NULL, NULL, &exhausted, NULL));
    expect_equal(exhausted, scaled(1, 0));
}

static void sleepers_start(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        bell[i] = bell[i] ? bell[i] : minted(make(OBJECT_NOTIFICATION), RIGHTS_RW, 1);
        door[i] = make(OBJECT_ENDPOINT);
        member_run(&all->sleeper[i], i, sleep_as_server, short_budget());
        member_run(&all->helper[i], i, call_sleeper, short_budget());
    }
    for (unsigned i = 0; i < count; i++) {
        expect_used_up(&all->sleeper[i]);
        expect_used_up(&all->helper[i]);
    }
}

TEST(one_sleeper_is_woken)
{
    deadline = LATER;
    fill_timers();
    sleepers_start(2);
    sleep_ns(MS);
    ok(signal(bell[0]));
    ok(signal(bell[1]));
    ok(signal(bell[1]));

}

TEST(sleepers_are_due_at_once)
{
    fill_timers();
    deadline = moment() + 50 * MS;
    sleepers_start(12);
    while (moment() < deadline + MS)
        ;
    sleep_ns(MS);
}

TEST(sleepers_lose_their_bell)
{
    word_t one = make(OBJECT_NOTIFICATION);

    fill_timers();
    for (unsigned i = 0; i < 12; i++)
        bell[i] = one;
    deadline = LATER;
    sleepers_start(12);
    sleep_ns(MS);
    while (cap_delete(0, one) == STATUS_AGAIN)
        ;
}

/* ---- from deep down */

enum { OUTER_MAIN = 1, OUTER_NEXT = 3, OUTER_BITS = CAP_BITS + 2 }; /* slots of a table in the middle */

/* In a thread whose table is a table in the middle: from its untyped to the program's own table. */
static void step_out(struct worker *self)
{
    untyped_retype(OUTER_NEXT, OBJECT_UNTYPED, self->argument[0], self->argument[1], 0, OUTER_MAIN, NULL);
    arch_fault();
}

/* An untyped in the last slot of table `outer`, and one made from it in the program's own, which is returned. */
static word_t step_in(word_t outer, word_t bits)
{
    word_t slot = slot_new();
    struct worker *worker = worker_alone(step_out, HIGH, outer);

    ok(cap_copy(outer, OUTER_MAIN, SLOT_TABLE, RIGHT_ALL));
    ok(untyped_retype(pool(), OBJECT_UNTYPED, bits, OUTER_NEXT, 0, outer, NULL));
    worker->argument[0] = bits;
    worker->argument[1] = slot;
    worker_start(worker);
    expect_equal(identify(slot).type, OBJECT_UNTYPED);
    return slot;
}

static word_t down_to(word_t depth, word_t untyped, word_t bits)
{
    while (depth_of(untyped) < depth)
        untyped = make_from(untyped, OBJECT_UNTYPED, bits);
    return untyped;
}

/* The untyped at the end of the longest way down that there can be: tables in tables, each at the end of a derivation that begins in the
 * table above. Returns where the way begins, of which all that stands on it is revoked. */
static word_t deepest(word_t bits, word_t *untyped)
{
    word_t top = make_sized(OBJECT_UNTYPED, bits);

    *untyped = down_to(DEPTH_MAX - 2, top, bits);
    for (unsigned nest = 0; nest < NEST; nest++) {
        word_t table = make_from(*untyped, OBJECT_CTABLE, OUTER_BITS);
        *untyped = down_to(DEPTH_MAX - 2, step_in(table, bits), bits); /* a thread may hold what is made from it */
    }
    return top;
}

TEST(tables_nested_and_derivations_deep)
{
    word_t untyped, top = deepest(12, &untyped);

    for (unsigned i = 0; i < 12; i++)
        make_from(untyped, OBJECT_ENDPOINT, 0);
    ok(cap_revoke(0, top));
    expect_equal(identify(top).value, 0);
}

/*
 * A first thread calls a second, whose fault a third is to mend, whose fault a fourth is to mend, which calls a fifth: that works, and on
 * the time of the first, whose period is over. Both who fault have a supervisor that sleeps, and the time tells a sleeper.
 */
enum { FIRST, SECOND, THIRD, FOURTH, FIFTH };

static void next_in_chain(struct worker *self)
{
    struct message message = {.info = message_info(1, 0) | (self->number == FIRST ? message_within(LATER) : 0)};

    if (self->number != FIRST) {
        use_up(self);
        ok(ipc(SYS_RECV, chain[self->number], &message));
        message.info = message_info(1, 0);
    }
    if (self->number == FIRST || self->number == FOURTH)
        ipc(SYS_CALL, chain[self->number + 1], &message);
    else if (self->number != FIFTH)
        arch_fault();
    for (;;)
        self->progress++;
}

/* The fourth thread is made from this memory. */
static void chain_start(word_t memory)
{
    struct member *link = all->link;

    for (unsigned i = 0; i < LINKS; i++)
        chain[i] = make(OBJECT_ENDPOINT);
    for (unsigned i = LINKS; i-- > 0;) {
        word_t fault = i == SECOND || i == THIRD ? chain[i + 1] : 0;
        member_make(&link[i], i, next_in_chain, i == FOURTH ? make_from(memory, OBJECT_THREAD, 0) : make(OBJECT_THREAD), short_budget());
        ok(thread_configure(link[i].worker.thread, 0, 0, 0, fault, bell[i]));
        ok(sched_configure(link[i].worker.time, LOW, short_budget(), LONG_PERIOD));
    }
    ok(sched_configure(link[FIRST].worker.time, LOW, short_budget(), short_budget() + 10000));
    ok(sched_bind(link[FIRST].worker.time, bell[FIRST]));
    for (unsigned i = LINKS; i-- > 0;)
        member_start(&link[i]);
    while (link[FIFTH].worker.progress == 0)
        sleep_ns(SHORT_WHILE);
    spin_ns(3 * SHORT_WHILE); /* the period of the first is over */
}

TEST(the_end_of_a_chain_is_deep_down)
{
    word_t untyped, top;

    deadline = LATER;
    fill_timers();
    top = deepest(12, &untyped);
    sleepers_start(LINKS);
    chain_start(untyped);
    ok(cap_revoke(0, top));
}

TEST(the_end_of_a_chain_is_suspended)
{
    deadline = LATER;
    fill_timers();
    sleepers_start(LINKS);
    chain_start(pool());
    ok(thread_suspend(all->link[FOURTH].worker.thread));
}

/* ---- faults that nobody takes */

/* Takes the fault of one, and has one itself, which stands in the queue of an endpoint that nobody receives from. */
static void take_and_fault(struct worker *self)
{
    struct message message = {0};

    ok(ipc(SYS_RECV, chain[self->number], &message));
    arch_fault();
}

static void call_and_be_told(struct worker *self)
{
    struct message message = {.info = message_info(1, 0) | message_within(LATER)};

    ipc(SYS_CALL, chain[self->number], &message);
}

/* Each waiter goes with its fault, its caller with that one's, and that one's caller is told: that is all that a fault can take along. */
TEST(an_endpoint_deep_down_goes_with_faults)
{
    word_t untyped, top, faults;
    struct member *link = all->link;

    deadline = LATER;
    fill_timers();
    top = deepest(12, &untyped);
    faults = make_from(untyped, OBJECT_ENDPOINT, 0);
    sleepers_start(6);
    for (unsigned i = 0; i < 6; i += 2) {
        chain[i] = make(OBJECT_ENDPOINT);
        chain[i + 1] = make(OBJECT_ENDPOINT);
        member_make(&link[i], i, take_and_fault, make(OBJECT_THREAD), short_budget());
        member_make(&link[i + 1], i + 1, take_and_fault, make(OBJECT_THREAD), short_budget());
        ok(thread_configure(link[i].worker.thread, 0, 0, 0, chain[i + 1], bell[i]));
        ok(thread_configure(link[i + 1].worker.thread, 0, 0, 0, faults, bell[i + 1]));
        member_start(&link[i]);
        member_start(&link[i + 1]);
        member_run(&all->first[i], i, call_and_be_told, short_budget());
    }
    ok(cap_revoke(0, top));
}

/* ---- helpers that are late */

static volatile bool enough;

static void work_and_wait(struct worker *self)
{
    struct message message = {0};

    ok(ipc(SYS_RECV, chain[0], &message));
    while (!enough)
        self->progress++;
    wait(never, LATER, NULL);
}

static void call_worker(struct worker *self)
{
    struct message message = {.info = message_info(1, 0)};

    (void)self;
    ipc(SYS_CALL, chain[0], &message);
}

/* Whoever helps has not done its work of the period, and tells a sleeper so when it finds that it cannot help any more. */
TEST(helpers_are_late)
{
    struct member *first = all->first;

    deadline = LATER;
    fill_timers();
    sleepers_start(FIRSTS);
    chain[0] = make(OBJECT_ENDPOINT);
    member_run(&all->link[0], 0, work_and_wait, MS);
    for (unsigned i = 0; i < FIRSTS; i++) {
        member_make(&first[i], i, call_worker, make(OBJECT_THREAD), short_budget());
        ok(sched_configure(first[i].worker.time, LOW + i, short_budget(), short_budget() + 10000));
        ok(sched_bind(first[i].worker.time, bell[i]));
        member_start(&first[i]);
        sleep_ns(20000);
    }
    spin_ns(4 * SHORT_WHILE);
    enough = true;
    sleep_ns(MS);
}
