/*
 * Threads under a random walk: whoever's turn it is calls, sends, receives, answers, waits, faults; or makes, deletes, configures and suspends
 * others and itself; time passes, budgets and timeouts run out. After each step everything in cast_check() holds, and nothing has touched the
 * memory of an object that is gone: it is poisoned.
 */
#include <sanitizer/asan_interface.h>
#include <string.h>

#include "arch/host.h"
#include "cast.h"
#include "check.h"
#include "walk.h"

enum kind {
    TAKEN, ANSWERED, RECEIVED, SENT, SAVED, SAVED_ANSWERED, FAULTED, FAULT_TAKEN, SIGNALLED, TIMED_OUT, PEER_GONE, WOULD_BLOCK, HELPED,
    EXHAUSTED, CAP_SENT, MADE, GONE_THREAD, GONE_TIME, GONE_ENDPOINT, GONE_NOTIFICATION, GONE_REPLY, SUSPENDED, SUICIDE, BUFFERED
};
static const char *const kinds[] = {"a call taken", "answered", "received", "sent", "a caller saved", "a saved caller answered", "faulted",
                                    "a fault taken", "signalled", "timed out", "told that the peer is gone", "would block", "helped",
                                    "a budget used up", "a capability sent", "made", "a thread deleted", "time deleted",
                                    "an endpoint deleted", "a notification deleted", "a reply object deleted", "suspended",
                                    "a thread that deletes itself", "a buffer given", NULL};

/* ---- things: each has an untyped of its own, so that it can go and come again */

#define THINGS (sizeof(types) / sizeof(types[0]))
#define MEETING 11 /* an endpoint that is chosen more than others */
#define ADMIN 0 /* a thread that is always there, does not wait, and whose time, thing ADMIN + 1, is let be */
static const uint8_t types[] = {
    OBJECT_THREAD,        OBJECT_SCHED_CONTEXT, OBJECT_THREAD,       OBJECT_SCHED_CONTEXT, OBJECT_THREAD, OBJECT_SCHED_CONTEXT,
    OBJECT_THREAD,        OBJECT_SCHED_CONTEXT, OBJECT_THREAD,       OBJECT_SCHED_CONTEXT, OBJECT_THREAD, OBJECT_ENDPOINT,
    OBJECT_ENDPOINT,      OBJECT_ENDPOINT,      OBJECT_NOTIFICATION, OBJECT_NOTIFICATION,  OBJECT_REPLY,  OBJECT_REPLY,
    OBJECT_FRAME,         OBJECT_FRAME,
};
static void *memory[THINGS]; /* of those that are there */

#define UNTYPED_SLOT(thing) (10 + 3 * (thing))
#define SLOT(thing) (11 + 3 * (thing))
#define BADGED_SLOT(thing) (12 + 3 * (thing))
#define SCRATCH 100 /* where capabilities arrive */
#define SCRATCHES 12

static struct thread *actor;

static unsigned some(unsigned type)
{
    unsigned from = walk_choose(THINGS);

    for (unsigned i = 0; i < THINGS; i++) {
        unsigned thing = (from + i) % THINGS;
        if (types[thing] == type && thing != ADMIN && thing != ADMIN + 1)
            return thing;
    }
    return from;
}

/* A capability to one: its first, or that with a badge. */
static unsigned some_slot(unsigned type)
{
    unsigned thing = some(type);
    bool badged = (type == OBJECT_ENDPOINT || type == OBJECT_NOTIFICATION) && walk_choose(2) == 0;

    return badged ? BADGED_SLOT(thing) : SLOT(thing);
}

static unsigned object_bits(unsigned type)
{
    static const uint8_t bits[OBJECT_COUNT] = {
        [OBJECT_THREAD] = OBJECT_THREAD_BITS,     [OBJECT_SCHED_CONTEXT] = OBJECT_SCHED_CONTEXT_BITS,
        [OBJECT_ENDPOINT] = OBJECT_ENDPOINT_BITS, [OBJECT_NOTIFICATION] = OBJECT_NOTIFICATION_BITS,
        [OBJECT_REPLY] = OBJECT_REPLY_BITS,       [OBJECT_FRAME] = PAGE_BITS};
    return bits[type];
}

static status_t invoke(unsigned number, word_t cap, word_t info, word_t a, word_t b, word_t c, word_t d)
{
    status_t status = world_invoke(actor, number, cap, info, (const word_t[5]){a, b, c, d});

    walk_tell("  system call %u (%#lx, %#lx, %#lx, %#lx, %#lx, %#lx): %lu", number, cap, info, a, b, c, d, status);
    return status;
}

/* Poison what went. */
static void bury(void)
{
    static const int told[OBJECT_COUNT] = {[OBJECT_THREAD] = GONE_THREAD,       [OBJECT_SCHED_CONTEXT] = GONE_TIME,
                                           [OBJECT_ENDPOINT] = GONE_ENDPOINT, [OBJECT_NOTIFICATION] = GONE_NOTIFICATION,
                                           [OBJECT_REPLY] = GONE_REPLY};

    for (unsigned i = 0; i < THINGS; i++) {
        if (memory[i] == NULL || world.table[SLOT(i)].type != OBJECT_NULL)
            continue;
        memset(memory[i], WORLD_JUNK, 1UL << object_bits(types[i]));
        __asan_poison_memory_region(memory[i], 1UL << object_bits(types[i]));
        if (told[types[i]] != 0)
            walk_did((unsigned)told[types[i]]);
        if (memory[i] == actor)
            walk_did(SUICIDE);
        memory[i] = NULL;
    }
}

static void make(unsigned thing)
{
    uint8_t *place = (uint8_t *)(world.table[UNTYPED_SLOT(thing)].object + DIRECT_BASE);
    status_t status;

    if (memory[thing] != NULL)
        return;
    __asan_unpoison_memory_region(place, 1UL << object_bits(types[thing]));
    status = invoke(SYS_UNTYPED_RETYPE, UNTYPED_SLOT(thing), types[thing], PAGE_BITS, SLOT(thing), 0, 0);
    CHECK_EQUAL(status, STATUS_OK);
    memory[thing] = place;
    if (types[thing] == OBJECT_ENDPOINT || types[thing] == OBJECT_NOTIFICATION)
        invoke(SYS_CAP_MINT, 0, BADGED_SLOT(thing), SLOT(thing), RIGHT_ALL, 0x10 + thing, 0);
    if (types[thing] == OBJECT_SCHED_CONTEXT)
        invoke(SYS_SCHED_CONFIGURE, SLOT(thing), 1 + walk_choose(3), BUDGET_DEFAULT, BUDGET_DEFAULT, 0, 0);
    walk_did(MADE);
}

/* ---- what threads do to each other */

static void destroy(void)
{
    unsigned thing = 2 + walk_choose(THINGS - 2);
    bool itself = walk_choose(4) == 0;
    for (unsigned i = 2; i < THINGS; i++)
        thing = itself && memory[i] == actor ? i : thing;
    unsigned slot = walk_choose(3) == 0 ? UNTYPED_SLOT(thing) : walk_choose(3) == 0 ? BADGED_SLOT(thing) : SLOT(thing);

    walk_tell(" destroy thing %u", thing);
    for (unsigned i = 0; i < 100; i++) { /* until it is done, or the actor with it */
        if (invoke(slot == UNTYPED_SLOT(thing) ? SYS_CAP_REVOKE : SYS_CAP_DELETE, 0, slot, 0, 0, 0, 0) != STATUS_AGAIN)
            return;
        if (actor->state != THREAD_READY || sched_next() != &actor->registers)
            return;
    }
    check_failed(__FILE__, __LINE__, "a deletion does not end");
}

static void configure(void)
{
    unsigned time = some(OBJECT_SCHED_CONTEXT);
    uint64_t period = 1000000UL * (1 + walk_choose(40));

    switch (walk_choose(8)) {
    case 0:
        invoke(SYS_SCHED_CONFIGURE, SLOT(time), 1 + walk_choose(3), walk_choose(2) ? period : period / (2 + walk_choose(5)), period, 0, 0);
        return;
    case 1:
        invoke(SYS_SCHED_BIND, SLOT(time), walk_choose(3) == 0 ? 0 : some_slot(OBJECT_NOTIFICATION), 0, 0, 0, 0);
        return;
    case 2:
        invoke(SYS_THREAD_BIND, SLOT(some(OBJECT_THREAD)), walk_choose(3) == 0 ? 0 : some_slot(OBJECT_NOTIFICATION), 0, 0, 0, 0);
        return;
    case 3:
        if (invoke(SYS_THREAD_BUFFER, SLOT(some(OBJECT_THREAD)), walk_choose(3) == 0 ? 0 : SLOT(some(OBJECT_FRAME)), 0, 0, 0, 0) == STATUS_OK)
            walk_did(BUFFERED);
        return;
    case 4:
        invoke(SYS_CAP_DELETE, 0, SCRATCH + walk_choose(SCRATCHES), 0, 0, 0, 0);
        return;
    case 5:
        invoke(SYS_THREAD_WRITE, SLOT(some(OBJECT_THREAD)), walk_choose(8), 0, 0, 0, 0);
        return;
    case 6:
        invoke(SYS_CAP_MOVE, 0, SCRATCH + walk_choose(SCRATCHES), BADGED_SLOT(some(OBJECT_ENDPOINT)), 0, 0, 0);
        return;
    default:
        invoke(SYS_THREAD_CONFIGURE, SLOT(some(OBJECT_THREAD)), WORLD_TABLE, 0, walk_choose(3) ? SLOT(time) : 0,
               walk_choose(3) ? some_slot(OBJECT_ENDPOINT) : 0, walk_choose(2) ? some_slot(OBJECT_NOTIFICATION) : 0);
    }
}

/* Give a thread all that it needs, and let it go. */
static void employ(void)
{
    unsigned thread = some(OBJECT_THREAD);
    unsigned time = some(OBJECT_SCHED_CONTEXT);

    make(thread);
    make(time);
    invoke(SYS_THREAD_CONFIGURE, SLOT(thread), WORLD_TABLE, 0, walk_choose(5) ? SLOT(time) : 0, walk_choose(3) ? some_slot(OBJECT_ENDPOINT) : 0, 0);
    invoke(SYS_THREAD_START, SLOT(thread), 0x1000, 0x2000, 0, 0, 0);
}

static void control(void)
{
    switch (walk_choose(20)) {
    case 0:
        destroy();
        return;
    case 1:
    case 2:
        make(some(types[2 + walk_choose(THINGS - 2)]));
        return;
    case 3:
        if (invoke(SYS_THREAD_SUSPEND, SLOT(some(OBJECT_THREAD)), 0, 0, 0, 0, 0) == STATUS_OK)
            walk_did(SUSPENDED);
        return;
    case 4:
    case 5:
        invoke(SYS_THREAD_RESUME, SLOT(some(OBJECT_THREAD)), 0, 0, 0, 0, 0);
        return;
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
        configure();
        return;
    default:
        employ();
    }
}

/* ---- what threads do with each other */

static word_t some_info(void)
{
    word_t caps = walk_choose(4) == 0;
    word_t length = walk_choose(8) == 0 ? MESSAGE_WORDS + walk_choose(20) : caps + walk_choose(5);
    word_t receive = walk_choose(2) ? SCRATCH + walk_choose(SCRATCHES) : 0;
    word_t timeout = walk_choose(4) == 0 ? (1 + walk_choose(1023)) | walk_choose(16) << 10 : walk_choose(8) == 0 ? 1 << 10 : 0;

    return length << INFO_LENGTH_SHIFT | caps << INFO_CAPS_SHIFT | receive << INFO_RECEIVE_SHIFT | timeout << INFO_TIMEOUT_SHIFT;
}

/* A reply object: if possible one with a caller in it. */
static word_t some_reply(void)
{
    for (unsigned i = 0; i < THINGS; i++)
        if (types[i] == OBJECT_REPLY && memory[i] != NULL && ((const struct reply *)memory[i])->caller != NULL && walk_choose(4) != 0)
            return SLOT(i);
    return SLOT(some(OBJECT_REPLY));
}

static void answer(word_t cap, word_t info, word_t word)
{
    const struct slot *slot = &world.table[cap];
    const struct thread *saved = cap != 0 && slot->type == OBJECT_REPLY ? ((struct reply *)slot->object)->caller : NULL;
    bool faulted = saved != NULL && saved->fault.pending;

    if (invoke(SYS_REPLY, cap, info, word, word, word, word) == STATUS_OK && saved != NULL && !faulted) {
        CHECK(info & INFO_CAPS_MASK || saved->registers.message[0] == word);
        walk_did(SAVED_ANSWERED);
    }
}

static void fault(void)
{
    walk_tell("  a fault");
    fault_raise(actor, walk_choose(FAULT_COUNT), 0x4000, RIGHT_READ, 13);
    walk_did(FAULTED);
    if (actor->state == THREAD_AWAITING)
        walk_did(FAULT_TAKEN);
}

static void talk(void)
{
    word_t endpoint = walk_choose(2) ? SLOT(MEETING) : some_slot(OBJECT_ENDPOINT);
    word_t notification = some_slot(OBJECT_NOTIFICATION);
    word_t info = some_info();
    word_t given = walk_choose(2) ? some_slot(OBJECT_NOTIFICATION) : SLOT(walk_choose(THINGS));

    switch (actor->caller != NULL && walk_choose(3) != 0 ? 6 + walk_choose(6) : walk_choose(16)) {
    case 0:
    case 1:
    case 2:
        invoke(SYS_CALL, endpoint, info, given, given, given, given);
        if (actor->state == THREAD_AWAITING)
            walk_did(TAKEN);
        return;
    case 3:
        if (invoke(SYS_SEND, endpoint, info, given, given, given, given) == STATUS_OK)
            walk_did(SENT);
        return;
    case 4:
    case 5:
        if (invoke(SYS_RECV, endpoint, info, 0, 0, 0, 0) == STATUS_OK && actor->state == THREAD_READY)
            walk_did(RECEIVED);
        return;
    case 6:
    case 7:
    case 8:
    case 9:
        if (actor->caller != NULL)
            walk_did(ANSWERED);
        invoke(SYS_REPLY_RECV, endpoint, info, given, given, given, given);
        return;
    case 10:
        answer(walk_choose(3) == 0 ? 0 : some_reply(), info, given);
        return;
    case 11:
        if (invoke(SYS_SAVE_REPLY, SLOT(some(OBJECT_REPLY)), 0, 0, 0, 0, 0) == STATUS_OK)
            walk_did(SAVED);
        return;
    case 12:
        invoke(SYS_WAIT, notification, walk_choose(3) == 0 ? 1000 * walk_choose(10000) : 0, 0, 0, 0, 0);
        return;
    case 13:
        invoke(SYS_POLL, notification, 0, 0, 0, 0, 0);
        return;
    case 14:
        fault();
        return;
    default:
        invoke(SYS_YIELD, 0, 0, 0, 0, 0, 0);
    }
}

/* Time passes; the timer interrupts when it was set to. */
static void pass(uint64_t nanoseconds)
{
    const struct sched_context *running = hart_self()->running;
    uint64_t exhausted = running != NULL ? running->exhausted : 0;

    host.now += nanoseconds;
    if (host.timer == 0 || host.now < host.timer_set_at + host.timer)
        return;
    walk_tell("  the timer");
    sched_tick();
    sched_next();
    if (running != NULL && running->home != NULL && running->exhausted > exhausted)
        walk_did(EXHAUSTED);
}

static void count_told(void)
{
    static word_t before[THINGS];

    for (unsigned i = 2; i < THINGS; i++) {
        if (types[i] != OBJECT_THREAD || memory[i] == NULL)
            continue;
        word_t number = ((const struct thread *)memory[i])->registers.number;
        if (number != before[i] && number == STATUS_TIMED_OUT)
            walk_did(TIMED_OUT);
        if (number != before[i] && number == STATUS_PEER_GONE)
            walk_did(PEER_GONE);
        if (number != before[i] && number == STATUS_WOULD_BLOCK)
            walk_did(WOULD_BLOCK);
        before[i] = number;
    }
    for (unsigned i = 0; i < SCRATCHES; i++)
        if (world.table[SCRATCH + i].type != OBJECT_NULL && walk_choose(SCRATCHES) == 0)
            walk_did(CAP_SENT);
}

static void begin(void)
{
    world_init();
    actor = world.self;
    for (unsigned i = 0; i < THINGS; i++) {
        world_make(UNTYPED_SLOT(i), OBJECT_UNTYPED, object_bits(types[i]));
        make(i);
    }
    invoke(SYS_SCHED_CONFIGURE, SLOT(ADMIN + 1), 1, BUDGET_DEFAULT, BUDGET_DEFAULT, 0, 0);
    invoke(SYS_THREAD_CONFIGURE, SLOT(ADMIN), WORLD_TABLE, 0, SLOT(ADMIN + 1), 0, 0);
    CHECK_EQUAL(invoke(SYS_THREAD_START, SLOT(ADMIN), 0x1000, 0x2000, 0, 0, 0), STATUS_OK);
    for (unsigned i = 2; i < 12; i += 2) {
        invoke(SYS_THREAD_CONFIGURE, SLOT(i), WORLD_TABLE, 0, types[i + 1] == OBJECT_SCHED_CONTEXT ? SLOT(i + 1) : 0, 0, 0);
        invoke(SYS_THREAD_START, SLOT(i), 0x1000, 0x2000, 0, 0, 0);
    }
    cast_check();
}

static void step(const struct walk_step *step)
{
    (void)step; /* all its words serve for choices */
    sched_next();
    actor = hart_self()->thread;
    unsigned index = 0;
    while (index < THINGS && memory[index] != actor)
        index++;
    CHECK(index < THINGS && types[index] == OBJECT_THREAD, "a thread runs that is not there");
    CHECK_EQUAL(actor->state, THREAD_READY);
    if (sched_time_of(actor) != hart_self()->running)
        walk_did(HELPED);
    walk_tell("thread %u, on time of priority %u:", index, hart_self()->running->priority);
    if (index == ADMIN && walk_choose(6) == 0) {
        if (invoke(SYS_SIGNAL, some_slot(OBJECT_NOTIFICATION), 0, 0, 0, 0, 0) == STATUS_OK)
            walk_did(SIGNALLED);
    } else if (index == ADMIN || walk_choose(5) == 0) {
        control();
    } else {
        talk();
    }
    bury();
    cast_check();
    count_told();
    pass(walk_choose(4) ? walk_choose(200000) : walk_choose(12000000));
    cast_check();
}

CASE(threads_agree_with_what_must_hold)
{
    static const struct walk walk = {begin, step, 500, 120, kinds};

    walk_run(&walk);
}
