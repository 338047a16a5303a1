/* The fast path of messages and signals (kernel/fast.h): what it carries. What it leaves alone is in fast_refused.c, who else is there
 * meanwhile in fast_meanwhile.c. */
#include "fpu.h"
#include "guest.h"
#include "held.h"
#include "thread_pointer.h"

#define ASKED 0x1122334455667700UL
#define ANSWERED 0x8899aabbccddee00UL
#define SECRET 0x5ec2e75ec2e7UL

static word_t endpoint; /* of the case that runs */

/* ---- what short messages carry */

/* A message of so many words, with something in the others that is to stay at home. */
static struct message question(word_t label, unsigned length, word_t first)
{
    struct message message = message_of(label, length, first);

    for (unsigned i = length; i < MESSAGE_WORDS; i++)
        message.words[i] = SECRET;
    return message;
}

static void expect_message(const struct message *message, word_t label, unsigned length, word_t first)
{
    expect(message_is(message, label, length, first), label, length, message->info, message->words[0]);
    for (unsigned i = length; i < SHORT_WORDS; i++)
        expect(message->words[i] == 0, i, message->words[i]);
}

/* A server of short messages of this length, and a client of argument[2] rounds; each finds its thread pointer as it was. */
#define LENGTH(length)                                                                                                               \
    static void serve_##length(struct worker *self)                                                                                  \
    {                                                                                                                                \
        struct message message = {0};                                                                                                \
        thread_pointer_set(self->number << 20);                                                                                      \
        ok(message_recv(self->argument[0], &message));                                                                               \
        for (word_t round = 0;; round++) {                                                                                           \
            expect_message(&message, 1 + (round & 0xff), length, ASKED + round);                                                     \
            expect_equal(message.badge, self->argument[1]);                                                                          \
            expect_equal(thread_pointer(), self->number << 20);                                                                      \
            message = question(2 + (round & 0xff), length, ANSWERED + round);                                                        \
            ok(message_reply_recv_short(self->argument[0], &message, length, SHORT_WORDS));                                          \
        }                                                                                                                            \
    }                                                                                                                                \
    static void ask_##length(struct worker *self)                                                                                    \
    {                                                                                                                                \
        thread_pointer_set(~self->number << 20);                                                                                     \
        for (word_t round = 0; round < self->argument[2]; round++) {                                                                 \
            struct message message = question(1 + (round & 0xff), length, ASKED + round);                                            \
            message.badge = SECRET;                                                                                                  \
            ok(message_call_short(self->argument[0], &message, length, SHORT_WORDS));                                                \
            expect_message(&message, 2 + (round & 0xff), length, ANSWERED + round);                                                  \
            expect_equal(message.badge, 0);                                                                                          \
            expect_equal(thread_pointer(), ~self->number << 20);                                                                     \
        }                                                                                                                            \
    }
LENGTH(0)
LENGTH(1)
LENGTH(4)
LENGTH(10)
_Static_assert(SHORT_WORDS == 10, "the longest is among them");

static const struct {
    void (*serve)(struct worker *), (*ask)(struct worker *);
} lengths[] = {{serve_0, ask_0}, {serve_1, ask_1}, {serve_4, ask_4}, {serve_10, ask_10}};

/* A client that is not started yet, and its server, idle in this address space. */
static struct worker *pair(unsigned length, word_t vspace, unsigned priority, word_t rounds)
{
    struct worker *server = worker_in(lengths[length].serve, HIGH, vspace, supervisor_endpoint()), *client;

    server->argument[0] = make(OBJECT_ENDPOINT);
    server->argument[1] = 0x8000000000000000UL | length;
    worker_start(server);
    client = worker_new(lengths[length].ask, priority);
    client->argument[0] = minted(server->argument[0], RIGHT_WRITE, server->argument[1]);
    client->argument[2] = rounds;
    return client;
}

TEST(short_messages_carry_their_words_and_no_others)
{
    for (unsigned i = 0; i < COUNT_OF(lengths); i++) {
        struct worker *client = pair(i, SLOT_VSPACE, LOW, 1000);
        worker_start(client);
        worker_join(client);
    }
}

TEST(short_messages_cross_address_spaces)
{
    word_t vspace = space_clone();

    for (unsigned i = 0; i < COUNT_OF(lengths); i++) {
        struct worker *client = pair(i, vspace, LOW, 1000);
        worker_start(client);
        worker_join(client);
    }
}

TEST(pairs_that_preempt_each_other_keep_apart)
{
    struct worker *clients[4];
    word_t vspace = space_clone();

    for (unsigned i = 0; i < COUNT_OF(clients); i++) {
        clients[i] = pair(i, i % 2 ? vspace : SLOT_VSPACE, LOW, scaled(20000, 5000));
        ok(sched_configure(clients[i]->time, LOW, 100000, 100000));
        worker_start(clients[i]);
    }
    for (unsigned i = 0; i < COUNT_OF(clients); i++)
        worker_join(clients[i]);
}

/* ---- calls in calls */

#define CALLS_MAX 16 /* of kernel/thread.h */

/* Passes on to argument[1] and tells in result[0] how that ended; answers how many came behind it. */
static void forward(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(self->argument[0], &message));
    for (;;) {
        message = message_of(1, 1, 0);
        self->result[0] = message_call_short(self->argument[1], &message, 1, 1);
        message = message_of(1, 1, self->result[0] == STATUS_OK ? message.words[0] + 1 : 0);
        ok(message_reply_recv_short(self->argument[0], &message, 1, 1));
    }
}

TEST(fast_calls_nest_so_deep_and_no_deeper)
{
    struct worker *workers[CALLS_MAX + 2];
    word_t next = make(OBJECT_ENDPOINT);

    endpoint = next;
    for (unsigned i = 0; i < COUNT_OF(workers); i++) {
        workers[i] = worker_new(forward, HIGH);
        workers[i]->argument[0] = next;
        workers[i]->argument[1] = next = make(OBJECT_ENDPOINT);
        worker_start(workers[i]);
    }
    for (unsigned round = 0; round < 3; round++) {
        struct message message = message_of(1, 1, 0);
        ok(message_call_short(endpoint, &message, 1, 1));
        expect_equal(message.words[0], CALLS_MAX - 1);
        expect_equal(workers[CALLS_MAX - 1]->result[0], STATUS_TOO_DEEP);
    }
}

/* ---- faults */

static void serve_faults(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(endpoint, &message));
    for (;;) {
        self->progress++;
        expect_equal(message_label(&message), FAULT_BASE + FAULT_PAGE);
        map_here(make_sized(OBJECT_FRAME, PAGE_BITS), message.words[FAULT_WORD_ADDRESS], RIGHTS_RW);
        message = message_of(7, 1, SECRET); /* whatever it holds, registers stay as they are */
        ok(message_reply_recv_short(endpoint, &message, 1, SHORT_WORDS));
    }
}

static void write_there(struct worker *self)
{
    for (word_t i = 0; i < self->argument[0]; i++)
        ((volatile word_t *)WINDOW)[512 * i] = ~i;
    for (word_t i = 0; i < self->argument[0]; i++)
        expect(((volatile word_t *)WINDOW)[512 * i] == ~i, i);
}

TEST(a_short_answer_to_a_fault_leaves_registers_alone)
{
    endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_run(serve_faults, HIGH, 0);
    struct worker *client = worker_in(write_there, LOW, SLOT_VSPACE, minted(endpoint, RIGHT_WRITE, 1));

    client->argument[0] = 20;
    worker_start(client);
    worker_join(client);
    expect_equal(server->progress, 20);
}

/* ---- floating point */

static void fill(word_t seed)
{
    word_t words[FPU_WORDS];

    for (unsigned i = 0; i < FPU_WORDS; i++)
        words[i] = i == FPU_CONTROL ? FPU_CONTROL_START : seed << 32 | (i + 1);
    fpu_put(words, fpu_is_wide());
}

/* Nothing that `seed` put there is to be seen. */
static void expect_unseen(word_t seed)
{
    word_t words[FPU_WORDS];

    fpu_get(words, fpu_is_wide());
    for (unsigned i = 0; i < FPU_WORDS; i++)
        expect(!fpu_has_word(i) || i == FPU_CONTROL || words[i] != (seed << 32 | (i + 1)), seed, i, words[i]);
}

static void serve_and_fill(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(endpoint, &message));
    for (;;) {
        if (self->argument[0] && self->progress++ % 2) {
            expect_unseen(1);
            fill(2);
        }
        ok(message_reply_recv_short(endpoint, &message, 1, 1));
    }
}

TEST(floating_point_is_not_seen_over_fast_messages)
{
    for (word_t filling = 0; filling < 2; filling++) {
        endpoint = make(OBJECT_ENDPOINT);
        worker_run(serve_and_fill, HIGH, filling);
        for (unsigned i = 0; i < 10; i++) {
            struct message message = message_of(1, 1, i);
            fill(1);
            ok(message_call_short(endpoint, &message, 1, 1));
            expect_unseen(2);
        }
    }
}

/* ---- signals */

/*
 * registers_over_call takes the address of `held` for the capability. Here that is the number of a slot too, of a table large enough.
 */
#define HELD_SLOT PAGE_SIZE
#define HELD_TABLE_BITS 18

static void signal_held(struct worker *self)
{
    (void)self;
    registers_over_call((struct held *)HELD_SLOT);
    arch_fault();
}

static void signal_keeps_registers(struct worker *worker)
{
    struct held *held = (struct held *)HELD_SLOT;

    *held = (struct held){.seed = 0x5a5a000000000000UL, .number = SYS_SIGNAL};
    worker_start(worker);
    for (unsigned i = 0; i < HELD_COUNT; i++)
        expect(!(HELD_OVER_CALL >> i & 1) || held->seen[i] == held->seed + i, i, held->seen[i], held->seed);
    expect_equal(worker_register(worker, offsetof(struct registers, cap)), HELD_SLOT);
}

TEST(a_signal_keeps_every_register)
{
    word_t notification = make(OBJECT_NOTIFICATION), table = make_sized(OBJECT_CTABLE, HELD_TABLE_BITS), bits = 0;
    struct worker *worker = worker_alone(signal_held, HIGH, table), *bound = worker_new(write_there, LOW);

    map_here(make_sized(OBJECT_FRAME, PAGE_BITS), HELD_SLOT, RIGHTS_RW);
    signal_keeps_registers(worker); /* an empty slot */
    ok(cap_mint(table, HELD_SLOT, notification, RIGHT_READ, 5));
    signal_keeps_registers(worker); /* no right */
    ok(cap_delete(table, HELD_SLOT));
    PROVOKES(poll, would_block, poll(notification, NULL));
    ok(cap_mint(table, HELD_SLOT, notification, RIGHT_WRITE, 5));
    signal_keeps_registers(worker);
    ok(poll(notification, &bits));
    expect_equal(bits, 5);
    ok(thread_bind(bound->thread, notification)); /* not on the fast path */
    signal_keeps_registers(worker);
    ok(poll(notification, &bits));
    expect_equal(bits, 5);
}

TEST(fast_signals_add_up)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 0;

    ok(signal(minted(notification, RIGHT_WRITE, 1)));
    ok(signal(minted(notification, RIGHTS_RW, 1UL << 63)));
    ok(signal(minted(notification, RIGHT_ALL, 1)));
    ok(signal(notification));
    ok(poll(notification, &bits));
    expect_equal(bits, 1UL << 63 | 1);
}
