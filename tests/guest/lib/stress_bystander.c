/* A client and its server beside the stress, in a table of their own. The stress can call the server, like anybody, and that is all. */
#include "moments.h"
#include "stress.h"

#define TABLE_BITS 10
#define OWN_BITS 16
#define PATTERN_WORDS 1024
#define BADGE_CLIENT 7
#define BADGE_STRANGER 8
#define NAP scaled(100000, 200000000) /* ns between rounds; checks of the invariants take most of the time in debug builds */

enum { CALLS = 1, SERVES, MEMORY, BELL, POWER = SLOT_PORT, MADE = 16, MADE_END = 20 }; /* slots of their table */

static word_t table, strangers;
static volatile word_t rounds;
static word_t pattern[PATTERN_WORDS];
static struct facts before[BELL + 1];

static void serve_all(struct worker *self)
{
    struct message message = {0};

    (void)self;
    ok(ipc(SYS_RECV, SERVES, &message));
    for (;;) {
        expect(message.badge == BADGE_CLIENT || message.badge == BADGE_STRANGER, message.badge);
        for (unsigned i = 0; i < MESSAGE_WORDS; i++)
            message.words[i]++;
        message.info = message_info(message.badge, message.badge == BADGE_CLIENT ? MESSAGE_WORDS : message_length(&message) % MESSAGE_WORDS);
        ok(ipc(SYS_REPLY_RECV, SERVES, &message));
    }
}

static void ask(word_t round)
{
    struct message message = message_of(BADGE_CLIENT, MESSAGE_WORDS, round);

    ok(ipc(SYS_CALL, CALLS, &message));
    expect(message_is(&message, BADGE_CLIENT, MESSAGE_WORDS, round + 1), round);
}

/* Objects of the client's own memory come and go. */
static void make_and_revoke(void)
{
    static const word_t types[MADE_END - MADE] = {OBJECT_ENDPOINT, OBJECT_THREAD, OBJECT_FRAME, OBJECT_CTABLE};
    status_t status;

    for (word_t i = 0; i < COUNT_OF(types); i++) {
        while ((status = untyped_retype(MEMORY, types[i], types[i] == OBJECT_CTABLE ? 8 : PAGE_BITS, MADE + i, 0, 0, NULL)) == STATUS_AGAIN)
            ;
        ok(status);
        expect_equal(identify(MADE + i).type, types[i]);
    }
    while ((status = cap_revoke(0, MEMORY)) == STATUS_AGAIN)
        ;
    ok(status);
    for (word_t i = MADE; i < MADE_END; i++)
        expect(is_empty(i), i);
}

static void live(struct worker *self)
{
    word_t bits;

    for (;;) {
        ask(rounds);
        make_and_revoke();
        ok(signal(BELL));
        ok(poll(BELL, &bits));
        expect_equal(bits, BADGE_CLIENT);
        expect_status(STATUS_TIMED_OUT, wait(BELL, NAP, NULL));
        self->progress = ++rounds;
    }
}

static void worker_start_in(void (*run)(struct worker *))
{
    struct worker *worker = worker_new(run, PRIORITIES - 1);

    ok(thread_configure(worker->thread, table, 0, 0, 0, 0));
    worker_start(worker);
}

void bystander_start(void)
{
    word_t endpoint = make(OBJECT_ENDPOINT);

    table = make_sized(OBJECT_CTABLE, TABLE_BITS);
    strangers = minted(endpoint, RIGHT_WRITE | RIGHT_GRANT, BADGE_STRANGER);
    ok(cap_mint(table, CALLS, endpoint, RIGHT_WRITE, BADGE_CLIENT));
    ok(cap_mint(table, SERVES, endpoint, RIGHT_READ, 0));
    ok(untyped_retype(pool(), OBJECT_UNTYPED, OWN_BITS, MEMORY, 0, table, NULL));
    ok(cap_mint(table, BELL, make(OBJECT_NOTIFICATION), RIGHTS_RW, BADGE_CLIENT));
    if (!is_empty(SLOT_PORT)) /* by which a program ends the machine when it finds something wrong */
        ok(cap_copy(table, POWER, SLOT_PORT, RIGHT_ALL));
    for (word_t i = 0; i < PATTERN_WORDS; i++)
        pattern[i] = i * 0x9e3779b97f4a7c15;
    for (word_t slot = CALLS; slot <= BELL; slot++)
        before[slot] = identify_in(table, slot);
    worker_start_in(serve_all);
    worker_start_in(live);
}

word_t bystander_endpoint(void)
{
    return strangers;
}

word_t bystander_check(void)
{
    for (word_t i = 0; i < PATTERN_WORDS; i++)
        expect(pattern[i] == i * 0x9e3779b97f4a7c15, i, pattern[i]);
    for (word_t slot = CALLS; slot <= BELL; slot++) {
        struct facts now = identify_in(table, slot);
        expect(now.type == before[slot].type && now.rights == before[slot].rights && now.depth == before[slot].depth, slot, now.type, now.depth);
        expect(slot == MEMORY || now.value == before[slot].value, slot, now.value);
    }
    return rounds;
}
