/* How a case begins and ends, and what is told to the lab. */
#include "guest.h"

#include "worker.h"

#define CASE_STACK 16384

extern const struct guest_case __start_guest_cases[], __stop_guest_cases[];

const struct boot_info *boot;

static volatile uint32_t *exit_register; /* NULL if the machine ends by a port */
static uint32_t exit_port;
static const struct guest_case *running;
static word_t supervisor, case_thread, case_thread_time, watchdog;
static char case_stack[CASE_STACK] __attribute__((aligned(16)));
static char watchdog_stack[2048] __attribute__((aligned(16)));

/* ---- the lab channel: struct lab_channel of abi.toml */

static void lab_write(uint16_t kind, const void *payload, size_t size)
{
    static uint32_t sequence;
    volatile struct lab_channel *channel = (volatile struct lab_channel *)boot->lab;
    struct lab_record record = {.kind = kind, .size = (uint16_t)((sizeof(record) + size + 7) & ~7UL), .sequence = sequence++};
    uint64_t written = channel->written;

    for (size_t i = 0; i < record.size; i++) {
        const uint8_t *from = i < sizeof(record) ? (const uint8_t *)&record + i : (const uint8_t *)payload + i - sizeof(record);
        channel->ring[(written + i) % sizeof(channel->ring)] = i < sizeof(record) + size ? *from : 0;
    }
    __atomic_thread_fence(__ATOMIC_RELEASE);
    channel->written = written + record.size;
}

/* Map the device that ends the machine: see servers/init/power.c. */
static void power_init(void)
{
    for (unsigned i = 0; i < boot->devices; i++) {
        const struct boot_device *device = &boot->device[i];
        if (strcmp(device->name, "exit"))
            continue;
        exit_port = device->port;
        for (unsigned u = 0; u < boot->untypeds && device->paddr; u++) {
            word_t offset = device->paddr - boot->untyped[u].paddr;
            word_t frame = slot_new();
            if (!boot->untyped[u].device || device->paddr < boot->untyped[u].paddr || offset >> boot->untyped[u].size_bits)
                continue;
            untyped_retype(SLOT_UNTYPED + u, OBJECT_FRAME, PAGE_BITS, frame, offset, 0, NULL);
            map_here(frame, EXIT_WINDOW, RIGHTS_RW);
            exit_register = (volatile uint32_t *)EXIT_WINDOW;
        }
    }
}

static _Noreturn void power_off(word_t status)
{
    struct event_exit event = {.status = status};

    lab_write(EVENT_EXIT, &event, sizeof(event));
    if (exit_register)
        *exit_register = status ? (uint32_t)status << 16 | 0x3333 : 0x5555;
    else
        port_out(SLOT_PORT, exit_port, 1, status);
    for (;;)
        ;
}

/* Only the first end of a case counts: whoever comes later waits for the machine to go. */
static void end_once(void)
{
    static int ended;

    if (__atomic_exchange_n(&ended, 1, __ATOMIC_SEQ_CST))
        for (;;)
            yield();
}

void guest_fail(const char *file, unsigned line, const char *message)
{
    struct event_test_failed event = {.line = line};

    end_once();
    text_copy(event.name, sizeof(event.name), running ? running->name : "none");
    text_copy(event.file, sizeof(event.file), file);
    text_copy(event.message, sizeof(event.message), message);
    lab_write(EVENT_TEST_FAILED, &event, sizeof(event));
    power_off(1);
}

void guest_fail_fact(const char *file, unsigned line, const char *fact, const char *names, const word_t *values, size_t count)
{
    char text[sizeof(((struct event_test_failed *)0)->message)];
    size_t at = format(text, sizeof(text), "this does not hold: %s", fact);

    for (size_t i = 0; i < count; i++) {
        at += i ? format(text + at, sizeof(text) - at, ", 0x%lx", values[i])
                : format(text + at, sizeof(text) - at, "; %s = 0x%lx", names, values[i]);
    }
    guest_fail(file, line, text);
}

static const char *status_name(status_t status)
{
#define NAME(upper, lower, text) [STATUS_##upper] = #lower,
    static const char *const names[] = {STATUSES(NAME)};
#undef NAME

    return status < STATUS_COUNT ? names[status] : "a status that does not exist";
}

void guest_fail_status(const char *file, unsigned line, const char *expression, status_t status, status_t expected)
{
    char text[sizeof(((struct event_test_failed *)0)->message)];

    format(text, sizeof(text), "%s: the status is %s (%lu) where it should be %s", expression, status_name(status), status,
           status_name(expected));
    guest_fail(file, line, text);
}

void guest_pass(void)
{
    struct event_test_passed event = {{0}};

    end_once();
    text_copy(event.name, sizeof(event.name), running->name);
    lab_write(EVENT_TEST_PASSED, &event, sizeof(event));
    power_off(0);
}

void guest_tell(const char *name, word_t samples, word_t least, word_t most)
{
    struct event_measured event = {.samples = samples, .least = least, .most = most};

    text_copy(event.name, sizeof(event.name), name);
    lab_write(EVENT_MEASURED, &event, sizeof(event));
}

/* ---- the case's thread, and the threads that watch over it */

static void case_main(struct worker *unused)
{
    (void)unused;
    running->run();
    guest_pass();
}

/* Runs when nothing else can. */
static void watchdog_main(struct worker *unused)
{
    char text[160];
    word_t pc = 0;

    (void)unused;
    thread_suspend(case_thread);
    thread_read(case_thread, REG_PC / sizeof(word_t), &pc);
    format(text, sizeof(text), "nothing can run, and the case has not ended: its thread waits, or was stopped, at pc 0x%lx", pc);
    guest_fail("", 0, text);
}

uint64_t guest_ns(void)
{
    const struct clock_scale *scale = &boot->clock;
    unsigned __int128 product = (unsigned __int128)(arch_counter() - scale->origin) * scale->multiplier;

    return (uint64_t)(product >> 64) << (64 - scale->shift) | (uint64_t)product >> scale->shift;
}

void guest_may_idle(void)
{
    thread_suspend(watchdog);
}

word_t case_thread_slot(void)
{
    return case_thread;
}

word_t case_time(void)
{
    return case_thread_time;
}

word_t supervisor_endpoint(void)
{
    return supervisor;
}

static word_t thread_new(void (*run)(struct worker *), char *stack, size_t size, unsigned priority)
{
    static struct worker shell[2]; /* only `run` of it is used */
    static unsigned shells;
    word_t thread = make(OBJECT_THREAD), time = make(OBJECT_SCHED_CONTEXT);

    shell[shells].run = run;
    sched_configure(time, priority, 10000000, 10000000);
    thread_configure(thread, SLOT_TABLE, SLOT_VSPACE, time, supervisor, 0);
    case_thread_time = case_thread_time ? case_thread_time : time;
    thread_start(thread, (word_t)worker_begin, (word_t)stack + size, (word_t)&shell[shells++]);
    return thread;
}

static _Noreturn void watch(void)
{
    static const char *const kinds[FAULT_COUNT] = {"a page fault", "an illegal instruction", "a breakpoint",
                                                   "an arithmetic fault", "a misaligned access", "another fault"};
    struct message message = {0};
    char text[256];

    for (;;) {
        status_t status = message_recv(supervisor, &message);
        word_t kind = message_label(&message) - FAULT_BASE;
        if (status != STATUS_OK || kind >= FAULT_COUNT)
            guest_fail("", 0, "something other than a fault came to the supervisor's endpoint");
        format(text, sizeof(text), "%s%lu had %s at pc 0x%lx: address 0x%lx, access %lu, cause 0x%lx, sp 0x%lx",
               message.badge ? "worker " : "the case's thread, or one without a badge, ", message.badge, kinds[kind],
               message.words[FAULT_WORD_PC], message.words[FAULT_WORD_ADDRESS], message.words[FAULT_WORD_ACCESS],
               message.words[FAULT_WORD_CAUSE], message.words[FAULT_WORD_SP]);
        guest_fail("", 0, text);
    }
}

/* The word test=<name> of the command line. */
static const struct guest_case *case_find(void)
{
    for (const struct guest_case *one = __start_guest_cases; one < __stop_guest_cases; one++) {
        size_t length = strlen(one->name);
        for (const char *at = boot->command_line; *at; at++) {
            bool starts = at == boot->command_line || at[-1] == ' ';
            if (starts && !memcmp(at, "test=", 5) && !memcmp(at + 5, one->name, length) && (at[5 + length] == ' ' || !at[5 + length]))
                return one;
        }
    }
    return NULL;
}

/* What crt0 passes on as start information is, for init, the kernel's boot information. */
int main(const struct start_info *start)
{
    boot = (const struct boot_info *)(const void *)start;
    power_init();
    running = case_find();
    if (!running)
        guest_fail("", 0, "the command line names no case of this program: test=<name>");
    supervisor = make(OBJECT_ENDPOINT);
    case_thread = thread_new(case_main, case_stack, sizeof(case_stack), CASE_PRIORITY);
    watchdog = thread_new(watchdog_main, watchdog_stack, sizeof(watchdog_stack), 0);
    watch();
}
