/*
 * The guest suite: a case runs on a machine of its own, in a program that was booted as init and so holds every capability there is.
 *
 *     TEST(copy_is_a_sibling)
 *     {
 *         word_t endpoint = make(OBJECT_ENDPOINT);
 *         expect(is_empty(endpoint + 1), endpoint);
 *         PROVOKES(cap_copy, slot_full, cap_copy(0, endpoint, SLOT_TABLE, RIGHT_ALL));
 *     }
 *
 * The machine's command line says which case: test=<name>. A case ends when its function returns (it passed), when a fact does not hold
 * or a thread faults that was not to (it failed), or when nothing can run any more (it failed). Each is told on the lab channel.
 *
 * The case's thread runs at CASE_PRIORITY, on a stack in .bss; the program's first thread watches over it. A worker of a higher priority
 * runs as soon as it can, so what it does up to its first wait is done when worker_start returns.
 */
#ifndef GUEST_H
#define GUEST_H

#include <tiss/registers.h>

#include "arch.h"
#include "guest_arch.h"
#include "tiss.h"

/* ---------------------------------------------------------------- cases and facts */

struct guest_case {
    const char *name;
    void (*run)(void);
};

#define TEST(name)                                                                                                                   \
    static void test_##name(void);                                                                                                   \
    static const struct guest_case case_##name __attribute__((used, section("guest_cases"))) = {#name, test_##name};                 \
    static void test_##name(void)

/* In a debug build the kernel is to panic in this case; in a release build the case is to pass. */
#define TEST_PANICS(name) TEST(name)

/* The machine of this program's cases gets this PCI device: words for QEMU's -device. */
#define NEEDS_DEVICE(words) _Static_assert(sizeof(words) > 1, "a device has a name")

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The fact holds, or the case fails with it and the values (integers, at most four). */
#define expect(fact, ...)                                                                                                            \
    do {                                                                                                                             \
        if (!(fact)) {                                                                                                               \
            const word_t guest_values[] = {0, ##__VA_ARGS__};                                                                        \
            guest_fail_fact(__FILE__, __LINE__, #fact, #__VA_ARGS__, guest_values + 1, COUNT_OF(guest_values) - 1);                  \
        }                                                                                                                            \
    } while (0)

/* The same number; both are told if not. */
#define expect_equal(actual, expected)                                                                                               \
    do {                                                                                                                             \
        const word_t guest_pair[] = {(word_t)(actual), (word_t)(expected)};                                                          \
        if (guest_pair[0] != guest_pair[1])                                                                                          \
            guest_fail_fact(__FILE__, __LINE__, #actual " == " #expected, "both", guest_pair, 2);                                    \
    } while (0)

/* The system call ends with this status. */
#define expect_status(expected, expression)                                                                                          \
    do {                                                                                                                             \
        status_t guest_status = (expression);                                                                                        \
        if (guest_status != (expected))                                                                                              \
            guest_fail_status(__FILE__, __LINE__, #expression, guest_status, (expected));                                            \
    } while (0)

#define ok(expression) expect_status(STATUS_OK, expression)

/* A status by the name that abi.toml gives it, and a call: both have to exist. */
#define GUEST_STATUS(upper, lower, text) guest_status_##lower = STATUS_##upper,
enum guest_status { STATUSES(GUEST_STATUS) };
#undef GUEST_STATUS
#define GUEST_CALL(upper, lower) guest_call_##lower = SYS_##upper,
enum guest_call { SYSCALLS(GUEST_CALL) };
#undef GUEST_CALL

/* The call ends with this error. tests/guest/test_provoked.py checks that each error of abi.toml has one of these. */
#define PROVOKES(call, error, expression)                                                                                            \
    do {                                                                                                                             \
        _Static_assert(guest_call_##call < SYS_COUNT, "abi.toml has the call");                                                      \
        expect_status((status_t)guest_status_##error, expression);                                                                   \
    } while (0)

_Noreturn void guest_fail(const char *file, unsigned line, const char *message);
_Noreturn void guest_fail_fact(const char *file, unsigned line, const char *fact, const char *names, const word_t *values, size_t count);
_Noreturn void guest_fail_status(const char *file, unsigned line, const char *expression, status_t status, status_t expected);
_Noreturn void guest_pass(void);

/* Tell the lab what was counted so many times: the least and the most that it was. */
void guest_tell(const char *name, word_t samples, word_t least, word_t most);

/* Nanoseconds since the kernel started. */
uint64_t guest_ns(void);

/* From now on it is no failure that nothing can run: an interrupt is to come. */
void guest_may_idle(void);

extern const struct boot_info *boot;

/* The smallest number of invocations of something dear: debug builds check the kernel's invariants at each system call. */
static inline word_t scaled(word_t release, word_t debug)
{
    return boot->debug ? debug : release;
}

/* ---------------------------------------------------------------- objects */

#define RIGHTS_RW (RIGHT_READ | RIGHT_WRITE)

/* The next empty slots of the program's own table. */
word_t slot_new(void);
word_t slots_new(unsigned count);

/* Make an object from the largest untyped, in a new slot. */
word_t make(word_t type);
word_t make_sized(word_t type, word_t size_bits);
/* Make an object from this untyped, in a new slot. */
word_t make_from(word_t untyped, word_t type, word_t size_bits);
/* The largest untyped of RAM. */
word_t pool(void);
/* An untyped of the machine's devices with at least so many bytes that nothing here uses; its place in boot_info. */
unsigned device_untyped(unsigned size_bits);

/* A capability made from another, in a new slot. */
word_t copy_of(word_t source, word_t rights);
word_t minted(word_t source, word_t rights, word_t value);

/* What cap_identify says. */
struct facts {
    word_t type, rights, value, size_bits, depth;
};
struct facts identify_in(word_t table, word_t slot);
static inline struct facts identify(word_t slot)
{
    return identify_in(0, slot);
}
static inline bool is_empty(word_t slot)
{
    return identify(slot).type == OBJECT_NULL;
}
word_t depth_of(word_t slot);

/* ---------------------------------------------------------------- address spaces */

#define WINDOW 0x2000000000UL /* nothing is mapped from here on but what a case maps; 1 GiB aligned */

/* Map a frame, with the page tables that it takes. */
void map_into(word_t vspace, word_t frame, word_t vaddr, word_t rights);
static inline void map_here(word_t frame, word_t vaddr, word_t rights)
{
    map_into(SLOT_VSPACE, frame, vaddr, rights);
}
/* Every page table for this address, so that a 4 KiB page can be mapped there; returns how many were missing. */
unsigned tables_into(word_t vspace, word_t vaddr);
/* A thread in this address space reads, writes (RIGHT_*) or runs what is there. Returns whether it faulted, as a page fault of that. */
bool touch_in(word_t vspace, word_t vaddr, word_t access);
static inline bool touch(word_t vaddr, word_t access)
{
    return touch_in(SLOT_VSPACE, vaddr, access);
}
/* An address space with this program in it at the same addresses, its data shared. */
word_t space_clone(void);

/* ---------------------------------------------------------------- threads */

#define CASE_PRIORITY 100
#define HIGH 120 /* than the case */
#define LOW 80
#define WORKERS_MAX 40

struct worker {
    void (*run)(struct worker *self);
    word_t argument[4]; /* for `run` */
    volatile word_t result[4];
    volatile word_t progress; /* for `run` to count */
    volatile bool finished;
    unsigned number;
    word_t thread, time, ended; /* its slots; `ended` is signalled when `run` returns */
    char *stack; /* its lower end */
};

/* A thread of the program's table and address space, with time of its own; a fault of it fails the case. Not started. */
struct worker *worker_new(void (*run)(struct worker *), unsigned priority);
/* The same, in this address space, with this endpoint for its faults; 0 for none. */
struct worker *worker_in(void (*run)(struct worker *), unsigned priority, word_t vspace, word_t fault);
/* A capability to the endpoint where a fault fails the case. */
word_t supervisor_endpoint(void);
void worker_start(struct worker *worker);
/*
 * The same with no one to tell a fault and this table for its own: it cannot say when it is done, so it is to end by arch_fault, which
 * stops it. Started with a priority above the case's it has run to there when worker_start returns; worker_start starts it once more.
 */
struct worker *worker_alone(void (*run)(struct worker *), unsigned priority, word_t table);
/* Wait for so many nanoseconds, so that threads of a lower priority run. */
void sleep_ns(word_t nanoseconds);
/* The case's own thread and its time. */
word_t case_thread_slot(void);
word_t case_time(void);
/* Make and start. */
struct worker *worker_run(void (*run)(struct worker *), unsigned priority, word_t argument);
/* Wait until `run` has returned. */
void worker_join(struct worker *worker);
/* The register of a worker's thread, which must be stopped. */
word_t worker_register(struct worker *worker, unsigned offset);

/* ---------------------------------------------------------------- messages */

/* A message system call with every register as it is: nothing is scrubbed. servers/lib's ipc.S. */
status_t ipc(word_t number, word_t cap, struct message *message);

/* The message w, w + 1, ... of this label and length. */
struct message message_of(word_t label, word_t length, word_t first);
/* It is what message_of made: label, length, and every word up to it. */
bool message_is(const struct message *message, word_t label, word_t length, word_t first);

#endif
