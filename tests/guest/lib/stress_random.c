/* Random system calls: mostly such as could work on the tables that tests/guest/stress.c makes, with arguments now and then that could not. */
#include "stress.h"

#define LIKELY(one_in) (random_next(state) % (one_in) != 0)

word_t random_next(word_t *state)
{
    *state ^= *state << 13; /* Marsaglia, "Xorshift RNGs", 2003 */
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1d >> 16 ^ *state << 48;
}

/* What an argument is. SLOT_OF + type: a slot that holds, or held, a capability of that type. */
enum kind {
    NOTHING,
    TABLE,       /* a table, often one's own */
    ANY_SLOT,    /* of the type that the whole entry is about */
    EMPTY_SLOT,  /* the same, but often an empty one */
    OBJECT,      /* that type */
    SIZE_BITS,
    OFFSET,
    RIGHTS,
    VALUE,       /* badge, range, register */
    INFO,
    TIMEOUT,
    ADDRESS,
    COUNT,
    INDEX,       /* of a register */
    PRIORITY,
    BUDGET,
    PERIOD,
    HART,
    PORT,
    WIDTH,
    SLOT_OF,
};

#define SLOT(type) (SLOT_OF + OBJECT_##type)

static const uint8_t kinds[SYS_COUNT][2 + 4] = {
    [SYS_CALL] = {SLOT(ENDPOINT), INFO},
    [SYS_REPLY_RECV] = {SLOT(ENDPOINT), INFO},
    [SYS_SEND] = {SLOT(ENDPOINT), INFO},
    [SYS_RECV] = {SLOT(ENDPOINT), INFO},
    [SYS_REPLY] = {SLOT(REPLY), INFO},
    [SYS_SAVE_REPLY] = {SLOT(REPLY)},
    [SYS_SIGNAL] = {SLOT(NOTIFICATION)},
    [SYS_WAIT] = {SLOT(NOTIFICATION), TIMEOUT},
    [SYS_POLL] = {SLOT(NOTIFICATION)},
    [SYS_CAP_COPY] = {TABLE, EMPTY_SLOT, ANY_SLOT, RIGHTS},
    [SYS_CAP_MINT] = {TABLE, EMPTY_SLOT, ANY_SLOT, RIGHTS, VALUE},
    [SYS_CAP_MOVE] = {TABLE, EMPTY_SLOT, ANY_SLOT},
    [SYS_CAP_DELETE] = {TABLE, ANY_SLOT},
    [SYS_CAP_REVOKE] = {TABLE, ANY_SLOT},
    [SYS_CAP_IDENTIFY] = {TABLE, ANY_SLOT},
    [SYS_UNTYPED_RETYPE] = {SLOT(UNTYPED), OBJECT, SIZE_BITS, EMPTY_SLOT, OFFSET, TABLE},
    [SYS_FRAME_MAP] = {SLOT(FRAME), SLOT(VSPACE), ADDRESS, RIGHTS},
    [SYS_FRAME_MAP_BATCH] = {SLOT(FRAME), COUNT, SLOT(VSPACE), ADDRESS, RIGHTS},
    [SYS_FRAME_PROTECT] = {SLOT(FRAME), RIGHTS},
    [SYS_FRAME_UNMAP] = {SLOT(FRAME)},
    [SYS_TABLE_MAP] = {SLOT(PAGE_TABLE), SLOT(VSPACE), ADDRESS},
    [SYS_THREAD_CONFIGURE] = {SLOT(THREAD), SLOT(CTABLE), SLOT(VSPACE), SLOT(SCHED_CONTEXT), SLOT(ENDPOINT), SLOT(NOTIFICATION)},
    [SYS_THREAD_BIND] = {SLOT(THREAD), SLOT(NOTIFICATION)},
    [SYS_THREAD_START] = {SLOT(THREAD), ADDRESS, ADDRESS, ADDRESS},
    [SYS_THREAD_SUSPEND] = {SLOT(THREAD)},
    [SYS_THREAD_RESUME] = {SLOT(THREAD)},
    [SYS_THREAD_READ] = {SLOT(THREAD), INDEX},
    [SYS_THREAD_WRITE] = {SLOT(THREAD), INDEX, ADDRESS},
    [SYS_THREAD_BUFFER] = {SLOT(THREAD), SLOT(FRAME)},
    [SYS_THREAD_AFFINITY] = {SLOT(THREAD), HART},
    [SYS_SCHED_CONFIGURE] = {SLOT(SCHED_CONTEXT), PRIORITY, BUDGET, PERIOD},
    [SYS_SCHED_BIND] = {SLOT(SCHED_CONTEXT), SLOT(NOTIFICATION)},
    [SYS_SCHED_READ] = {SLOT(SCHED_CONTEXT)},
    [SYS_IRQ_BIND] = {SLOT(IRQ), SLOT(NOTIFICATION)},
    [SYS_IRQ_ACK] = {SLOT(IRQ)},
    [SYS_PORT_IN] = {SLOT(IO_PORT), PORT, WIDTH},
    [SYS_PORT_OUT] = {SLOT(IO_PORT), PORT, WIDTH},
    [SYS_KERNEL_PANIC] = {SLOT(KERNEL)},
};

/* What could be near a limit of something. */
static word_t junk(word_t *state)
{
    static const word_t edges[] = {0, 1, 2, 127, 128, 129, 512, 4095, 4096, 65535, 0x7fffffff, 0x80000000, 0xffffffff, 1UL << 32, 1UL << 38,
                                   1UL << 39, 1UL << 46, 1UL << 47, 1UL << 48, 1UL << 62, 1UL << 63, ~0UL, ~0UL - 1, ~0UL - 4095, ~0UL >> 1,
                                   USER_TOP - 4096, USER_TOP - 1, USER_TOP, USER_TOP + 4096};
    word_t random = random_next(state);

    switch (random_next(state) % 6) {
    case 0:
        return random;
    case 1:
        return random >> random % 64;
    case 2:
        return guest_kernel_addresses[random % COUNT_OF(guest_kernel_addresses)] + (random >> 8) % 4096;
    default:
        return edges[random % COUNT_OF(edges)];
    }
}

static word_t slot_of(word_t *state, word_t type)
{
    word_t one = random_next(state) % (1 << STRESS_SLOTS_BITS), other = random_next(state) % (1 << STRESS_SLOTS_BITS);

    return type << STRESS_SLOTS_BITS | (one < other ? one : other); /* the first of a type are there from the beginning */
}

static word_t random_address(word_t *state)
{
    word_t random = random_next(state);

    switch (random % 8) {
    case 0:
        return STRESS_CODE + (random >> 8) % 256;
    case 1:
        return STRESS_SCRIPTS + (random >> 8) % (8 * PAGE_SIZE);
    case 2:
        return junk(state);
    default:
        return STRESS_CODE + ((random >> 8) % STRESS_PAGES << PAGE_BITS);
    }
}

static word_t random_info(word_t *state)
{
    word_t random = random_next(state);
    word_t length = LIKELY(4) ? random % (MESSAGE_WORDS + 1) : LIKELY(8) ? random % (MESSAGE_MAX + 1) : random & 0xfff;
    word_t caps = LIKELY(16) ? random >> 12 & 1 : random >> 12 & 0xf;
    word_t receive = LIKELY(2) ? slot_of(state, random >> 16 & 0xf) : 0;
    word_t timeout = random >> 32 & 3 ? 1 + (random >> 40) % 1000 + ((random >> 52) % 8 << 10) : 1 << 10;

    return length << INFO_LENGTH_SHIFT | caps << INFO_CAPS_SHIFT | (random >> 20 & 0xff) << INFO_LABEL_SHIFT | receive << INFO_RECEIVE_SHIFT |
           (LIKELY(8) ? timeout << INFO_TIMEOUT_SHIFT : 0);
}

static word_t random_argument(word_t *state, unsigned kind, word_t type)
{
    word_t random = random_next(state);

    if (!LIKELY(24))
        return junk(state);
    switch (kind) {
    case TABLE:
        return random % 4 ? 0 : slot_of(state, OBJECT_CTABLE);
    case ANY_SLOT:
        return slot_of(state, type);
    case EMPTY_SLOT:
        return slot_of(state, type) | (random % 2 << (STRESS_SLOTS_BITS - 1));
    case OBJECT:
        return type;
    case SIZE_BITS:
        return random % 4 ? 6 + (random >> 8) % 7 : random >> 8 & 31;
    case OFFSET:
        return random % 8 ? 0 : (random >> 8) % 4 << PAGE_BITS;
    case RIGHTS:
        return random % 4 ? RIGHTS_RW | (random >> 8 & RIGHT_ALL) : random >> 8 & RIGHT_ALL;
    case VALUE:
        return random % 4 ? 0 : (random >> 8) % 64 | (random >> 16 & 1) << 32;
    case INFO:
        return random_info(state);
    case TIMEOUT:
        return random % 16 ? 1 + (random >> 8) % 100000 : 0;
    case ADDRESS:
        return random_address(state);
    case COUNT:
        return random % 18;
    case INDEX:
        return random % (REGISTERS_SIZE / sizeof(word_t) + 1);
    case PRIORITY:
        return random % STRESS_PRIORITIES;
    case BUDGET:
        return 100000 + random % 100000;
    case PERIOD:
        return random % 4 ? 100000 + (random >> 8) % 1000000 : 200000;
    case HART:
        return random % 2;
    case PORT:
        return 0x80 + random % 18;
    case WIDTH:
        return random % 5;
    case NOTHING:
        return slot_of(state, random % OBJECT_COUNT); /* the last word of a message may name a capability to send */
    default:
        return slot_of(state, kind - SLOT_OF);
    }
}

static word_t random_number(word_t *state)
{
    for (;;) {
        word_t number = random_next(state) % SYS_COUNT;
        bool ends_things = number == SYS_CAP_DELETE || number == SYS_CAP_REVOKE || number == SYS_THREAD_SUSPEND;
        if (!ends_things || !LIKELY(4))
            return number;
    }
}

void random_entry(word_t *state, struct entry *entry)
{
    bool wild = !LIKELY(32);
    word_t type = random_next(state) % OBJECT_COUNT;
    word_t number = random_number(state);
    word_t *registers = &entry->cap;

    for (unsigned i = 0; i < 2 + MESSAGE_WORDS; i++)
        registers[i] = wild ? junk(state) : random_argument(state, i < COUNT_OF(kinds[0]) ? kinds[number][i] : NOTHING, type);
    entry->number = wild && !LIKELY(2) ? junk(state) : number;
    entry->status = STRESS_UNFINISHED;
    /* whoever may set a priority may take the machine: this is no harm to be looked for */
    if (entry->number == SYS_SCHED_CONFIGURE && entry->info >= STRESS_PRIORITIES && entry->info < PRIORITIES)
        entry->info %= STRESS_PRIORITIES;
}
