/*
 * The stress: random system calls with random register contents, from eight threads of different priorities, some of which share a table,
 * while a bystander (lib/stress_bystander.c) works on. Never a panic, never a broken invariant, never the bystander's loss.
 *
 * The command line says seed=N and steps=M; tests/guest/test_stress.py chooses them. On a machine that counts instructions everything
 * happens again with the same seed. A failure says seed and step; this shows it again, up to there:
 *
 *     .venv/bin/python -m tests.guest.stress --arch A --seed 7 [--steps 100000] [--build-type debug]
 *
 * Every WORLD_STEPS calls the world (everything that the eight can reach) is revoked and made anew: it must be gone without a trace.
 */
#include "guest.h"
#include "moments.h"
#include "stress.h"

#define THREADS 8
#define TABLES 4
#define SPACES 2
#define SHARED 4       /* endpoints and notifications that every table has capabilities to */
#define WORLD_BITS 20  /* log2 of the bytes that a world is made from */
#define WORLD_SLOTS 96 /* of the program's own table */
#define WORLD_STEPS scaled(3000, 500)
#define WORLD_TICKS 200
#define TICK scaled(200000, 100000000) /* ns: a thread that has not gone on for so long is started again */
#define TABLE_BITS (CAP_BITS + STRESS_SLOTS_BITS + 4)
#define DEVICE_BITS 13
#define HARMLESS_PORT 0x80 /* and the 15 behind: page registers of a DMA controller that nobody uses */

/* Found in the machine's memory by tests/guest/stress.py, by its magic. */
static struct {
    word_t magic[2], seed, steps, world, threads;
    struct {
        word_t thread, script; /* physical addresses */
        word_t steps;          /* of earlier scripts */
    } thread[THREADS];
    uint32_t results[SYS_COUNT][STATUS_COUNT]; /* how often each call ended how */
} record __attribute__((aligned(PAGE_SIZE), used));

static word_t state;                          /* of the random numbers */
static word_t world, device, code, first_slot; /* slots that stay: untypeds, the frame with stress.S, the first of WORLD_SLOTS */
static word_t scripts[THREADS];               /* frames */
static unsigned used;                         /* of WORLD_SLOTS */
static word_t tables[TABLES], spaces[SPACES], threads[THREADS], times[THREADS], endpoints[SHARED], bells[SHARED];
static word_t told;                           /* signalled with 1 << i when thread i has stopped */
static word_t seen_at[THREADS];               /* where it stood at the last tick */

/* ---- what the command line says */

static word_t word_of_command_line(const char *name, word_t otherwise)
{
    for (const char *at = boot->command_line; *at; at++) {
        size_t length = strlen(name);
        word_t number = 0;
        if ((at != boot->command_line && at[-1] != ' ') || memcmp(at, name, length))
            continue;
        for (at += length; *at >= '0' && *at <= '9'; at++)
            number = number * 10 + (word_t)(*at - '0');
        return number;
    }
    return otherwise;
}

/* ---- making a world */

static word_t fresh(void)
{
    expect(used < WORLD_SLOTS, used);
    return first_slot + used++;
}

static word_t retype_in(word_t table, word_t slot, word_t type, word_t size_bits)
{
    word_t paddr;
    status_t status;

    while ((status = untyped_retype(world, type, size_bits, slot, 0, table, &paddr)) == STATUS_AGAIN)
        ;
    ok(status);
    return paddr;
}

static word_t retype(word_t type, word_t size_bits)
{
    word_t slot = fresh();

    retype_in(0, slot, type, size_bits);
    return slot;
}

static void map_in_world(word_t vspace, word_t frame, word_t vaddr, word_t rights)
{
    word_t copy = fresh();
    status_t status;

    ok(cap_copy(0, copy, frame, rights));
    while ((status = frame_map(copy, vspace, vaddr, rights, NULL)) == STATUS_NO_TABLE)
        ok(table_map(retype(OBJECT_PAGE_TABLE, 0), vspace, vaddr, NULL));
    ok(status);
}

/* The slot of a table that holds, at first, the i-th capability of a type. */
static word_t place(word_t type, word_t i)
{
    return type << STRESS_SLOTS_BITS | i;
}

static void give(unsigned t, word_t type, word_t i, word_t source, word_t rights, word_t value)
{
    ok(cap_mint(tables[t], place(type, i), source, rights, value));
}

/* Objects of its own: they are gone when the threads of this table delete them. */
static void fill_with_objects(unsigned t)
{
    static const struct {
        uint8_t type, first, count, size_bits;
    } made[] = {
        {OBJECT_UNTYPED, 0, 2, 13},     {OBJECT_UNTYPED, 2, 1, 10},   {OBJECT_CTABLE, 2, 1, 8},       {OBJECT_CTABLE, 3, 1, 6},
        {OBJECT_THREAD, 4, 2, 0},       {OBJECT_SCHED_CONTEXT, 2, 3, 0}, {OBJECT_ENDPOINT, 3, 2, 0},  {OBJECT_NOTIFICATION, 3, 2, 0},
        {OBJECT_REPLY, 0, 3, 0},        {OBJECT_VSPACE, 1, 1, 0},     {OBJECT_PAGE_TABLE, 0, 3, 0},   {OBJECT_FRAME, 0, 4, PAGE_BITS},
    };

    for (unsigned m = 0; m < COUNT_OF(made); m++)
        for (word_t i = 0; i < made[m].count; i++)
            retype_in(tables[t], place(made[m].type, made[m].first + i), made[m].type, made[m].size_bits);
    ok(untyped_retype(device, OBJECT_UNTYPED, DEVICE_BITS, place(OBJECT_UNTYPED, 3), 0, tables[t], NULL));
}

/* The last interrupt line: one that comes as a message, where the machine has such. */
static word_t last_line(void)
{
    return (identify(SLOT_IRQ).value >> 32) - 1;
}

/* Capabilities to what others have too. */
static void fill_with_shares(unsigned t)
{
    give(t, OBJECT_CTABLE, 0, tables[t], RIGHTS_RW, 0);
    give(t, OBJECT_CTABLE, 1, tables[(t + 1) % TABLES], RIGHTS_RW, 0);
    for (word_t i = 0; i < 3; i++)
        give(t, OBJECT_THREAD, i, threads[(2 * t + i) % THREADS], RIGHTS_RW, 0);
    for (word_t i = 0; i < 2; i++)
        give(t, OBJECT_SCHED_CONTEXT, i, times[(2 * t + i) % THREADS], RIGHTS_RW, 0);
    for (word_t i = 0; i < 2; i++)
        give(t, OBJECT_ENDPOINT, i, endpoints[(t + i) % SHARED], RIGHT_ALL, i ? t + 1 : 0);
    give(t, OBJECT_ENDPOINT, 2, bystander_endpoint(), RIGHT_WRITE | RIGHT_GRANT, identify(bystander_endpoint()).value);
    for (word_t i = 0; i < 3; i++)
        give(t, OBJECT_NOTIFICATION, i, bells[(t + i) % SHARED], RIGHTS_RW, i ? 1UL << (8 * t + i) : 0);
    give(t, OBJECT_VSPACE, 0, spaces[t % SPACES], RIGHTS_RW, 0);
    give(t, OBJECT_IRQ, 0, SLOT_IRQ, RIGHTS_RW, identify(SLOT_IRQ).value);
    give(t, OBJECT_IRQ, 1, SLOT_IRQ, RIGHTS_RW, (t + 1) | 1UL << 32);
    give(t, OBJECT_IRQ, 2, SLOT_IRQ, RIGHTS_RW, last_line() | 1UL << 32);
    if (!is_empty(SLOT_PORT))
        give(t, OBJECT_IO_PORT, 0, SLOT_PORT, RIGHTS_RW, HARMLESS_PORT | 16UL << 32);
    give(t, OBJECT_KERNEL, 0, SLOT_KERNEL, boot->debug ? RIGHT_READ : RIGHT_ALL, 0); /* a debug build panics for who has it */
}

static void thread_make(unsigned i)
{
    word_t slot = fresh();

    record.thread[i].thread = retype_in(0, slot, OBJECT_THREAD, 0);
    threads[i] = slot;
    times[i] = retype(OBJECT_SCHED_CONTEXT, 0);
    /* two in three may run without end; the others have budgets that they use up */
    ok(sched_configure(times[i], 20 * (i + 1), i % 3 ? 5000000 : 300000, i % 3 ? 5000000 : 1000000));
    map_in_world(spaces[i * SPACES / THREADS], scripts[i], STRESS_SCRIPTS + i * PAGE_SIZE, RIGHTS_RW);
}

static void world_make(void)
{
    used = 0;
    record.world++;
    for (unsigned i = 0; i < SPACES; i++) {
        spaces[i] = retype(OBJECT_VSPACE, 0);
        map_in_world(spaces[i], code, STRESS_CODE, RIGHT_READ | RIGHT_EXECUTE);
    }
    told = retype(OBJECT_NOTIFICATION, 0);
    for (unsigned i = 0; i < TABLES; i++)
        tables[i] = retype(OBJECT_CTABLE, TABLE_BITS);
    for (unsigned i = 0; i < SHARED; i++)
        endpoints[i] = retype(OBJECT_ENDPOINT, 0);
    for (unsigned i = 0; i < SHARED; i++)
        bells[i] = retype(OBJECT_NOTIFICATION, 0);
    for (unsigned i = 0; i < THREADS; i++)
        thread_make(i);
    for (unsigned i = 0; i < TABLES; i++) {
        fill_with_shares(i);
        fill_with_objects(i);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        word_t supervisor = fresh();
        ok(cap_mint(0, supervisor, told, RIGHT_WRITE, 1UL << i));
        /* of three one has its faults told to others of the stress */
        ok(thread_configure(threads[i], tables[i * TABLES / THREADS], spaces[i * SPACES / THREADS], times[i],
                            i % 3 ? 0 : endpoints[i % SHARED], supervisor));
    }
}

static void revoke(word_t slot)
{
    status_t status;

    while ((status = cap_revoke(0, slot)) == STATUS_AGAIN)
        ;
    ok(status);
}

static void world_end(void)
{
    revoke(world);
    expect_equal(identify(world).value, 0);
    for (unsigned i = 0; i < used; i++)
        if (!is_empty(first_slot + i)) /* what is left is a mapping of a page that stays */
            expect_equal(identify(first_slot + i).type, OBJECT_FRAME);
    revoke(code);
    revoke(device);
    for (unsigned i = 0; i < THREADS; i++)
        revoke(scripts[i]);
    for (unsigned i = 0; i < used; i++)
        expect(is_empty(first_slot + i), i, identify(first_slot + i).type);
}

/* ---- keeping the threads at work */

static struct script *script_of(unsigned i)
{
    return (struct script *)(WINDOW + i * PAGE_SIZE);
}

static word_t first_entry(unsigned i)
{
    return STRESS_SCRIPTS + i * PAGE_SIZE + STRESS_FIRST;
}

/* Calls of its script that a thread has made. It may have been led to write over its script: then none. */
static word_t done(unsigned i)
{
    word_t bytes = script_of(i)->at - first_entry(i);

    return bytes % STRESS_ENTRY || bytes / STRESS_ENTRY > STRESS_ENTRIES ? 0 : bytes / STRESS_ENTRY;
}

static void script_write(unsigned i)
{
    struct script *script = script_of(i);
    word_t steps = done(i);

    for (unsigned e = 0; e < steps; e++) {
        const struct entry *entry = &script->entry[e];
        if (entry->number < SYS_COUNT && entry->status < STATUS_COUNT)
            record.results[entry->number][entry->status]++;
    }
    record.steps += steps;
    record.thread[i].steps += steps;
    for (unsigned e = 0; e < STRESS_ENTRIES; e++)
        random_entry(&state, &script->entry[e]);
    script->at = first_entry(i);
    script->end = first_entry(i) + STRESS_ENTRIES * STRESS_ENTRY;
}

/* Stop a thread wherever it is and let it go on behind the call that it was in. */
static void drive(unsigned i)
{
    word_t script = STRESS_SCRIPTS + i * PAGE_SIZE;
    word_t table = tables[i * TABLES / THREADS], space = spaces[i * SPACES / THREADS];
    status_t status = thread_suspend(threads[i]);

    expect(status == STATUS_OK || status == STATUS_ALREADY, i, status);
    /* the others may have given it other tables or spaces, or taken its time; what it had for its faults it loses now and then */
    status = thread_configure(threads[i], table, space, times[i], 0, 0);
    if (status == STATUS_ALREADY)
        status = thread_configure(threads[i], table, space, 0, 0, 0);
    ok(status);
    if (script_of(i)->at == script_of(i)->end || random_next(&state) % 16 == 0) /* else the rest of its script is still to come */
        script_write(i);
    ok(thread_start(threads[i], STRESS_CODE, script, script));
    seen_at[i] = script_of(i)->at;
}

static void world_run(void)
{
    uint64_t ticked = moment();
    unsigned ticks = 0;

    for (unsigned i = 0; i < THREADS; i++) {
        script_of(i)->at = 0;
        script_write(i);
        drive(i);
    }
    for (word_t end = record.steps + WORLD_STEPS; record.steps < end && ticks < WORLD_TICKS;) {
        word_t bits = 0;
        status_t status = wait(told, TICK, &bits);
        bool tick = moment() - ticked >= TICK;
        expect(status == STATUS_OK || status == STATUS_TIMED_OUT, status);
        for (unsigned i = 0; i < THREADS; i++) {
            bool stands = tick && script_of(i)->at == seen_at[i];
            if (stands || (bits >> i & 1 && random_next(&state) % 4 != 0)) /* who is left out now stands at the next tick */
                drive(i);
            else if (tick)
                seen_at[i] = script_of(i)->at;
        }
        if (tick) {
            ticked = moment();
            ticks++;
        }
    }
}

/* ---- the whole */

static void once_for_all(void)
{
    static const word_t magic[2] = {0x7373657274737374, 0x64726f6365722d73}; /* "tsstress" "s-record" */
    word_t shown = WINDOW + THREADS * PAGE_SIZE;

    world = make_sized(OBJECT_UNTYPED, WORLD_BITS);
    device = SLOT_UNTYPED + device_untyped(DEVICE_BITS + 2);
    code = make_sized(OBJECT_FRAME, PAGE_BITS);
    map_here(code, shown, RIGHTS_RW);
    memcpy((void *)shown, stress_code, (size_t)(stress_code_end - stress_code));
    for (unsigned i = 0; i < THREADS; i++) {
        word_t status, slot = slot_new();
        while ((status = untyped_retype(pool(), OBJECT_FRAME, PAGE_BITS, slot, 0, 0, &record.thread[i].script)) == STATUS_AGAIN)
            ;
        ok(status);
        scripts[i] = slot;
        map_here(slot, WINDOW + i * PAGE_SIZE, RIGHTS_RW);
    }
    first_slot = slots_new(WORLD_SLOTS);
    record.threads = THREADS;
    memcpy(record.magic, magic, sizeof(magic));
}

/* Every call has been made as it is meant, often: otherwise this is a test of nothing. */
static void check_breadth(void)
{
    for (word_t number = 0; number < SYS_COUNT; number++) {
        bool impossible = number == SYS_KERNEL_PANIC || (is_empty(SLOT_PORT) && (number == SYS_PORT_IN || number == SYS_PORT_OUT)) ||
                          (number == SYS_IRQ_MESSAGE && irq_message(minted(SLOT_IRQ, RIGHTS_RW, last_line() | 1UL << 32), NULL, NULL));
        expect(impossible || record.results[number][STATUS_OK] > 0, number);
    }
}

static void stress(struct worker *self)
{
    word_t steps = word_of_command_line("steps=", scaled(20000, 500));
    uint64_t started = moment();

    (void)self;
    record.seed = state = word_of_command_line("seed=", 1);
    expect(state != 0, state);
    once_for_all();
    bystander_start();
    while (record.steps < steps) {
        world_make();
        world_run();
        world_end();
        bystander_check();
    }
    word_t rounds = bystander_check(), elapsed = moment() - started;
    expect(rounds > 0 && (!boot->clock.instructions || rounds >= elapsed / scaled(1000000, 1000000000)), rounds, elapsed);
    if (steps >= 100000)
        check_breadth();
}

TEST(random_calls_harm_nobody_else)
{
    guest_may_idle();
    worker_join(worker_run(stress, PRIORITIES - 1, 0));
}
