/*
 * Lines for the console, printed by a thread of their own: init's main thread puts them into a ring and goes on. So init never waits for
 * the console, which may just have crashed and be waiting for init.
 *
 * `head` is written by the main thread alone, `tail` by the reporter alone; each publishes with a release what the other acquires.
 */
#include "console/console.h"
#include "private.h"

#define RING_BYTES 2048 /* a power of two */
#define STACK_PAGES 2
#define TRIES 3 /* a console that crashed meanwhile is started again: ask once more */

static char ring[RING_BYTES];
static uint32_t head, tail;
static word_t console_slot, notification;

void report(const char *pattern, ...)
{
    char line[256];
    va_list arguments;
    size_t length;
    uint32_t at = head;

    va_start(arguments, pattern);
    length = format_list(line, sizeof(line), pattern, arguments);
    va_end(arguments);
    /* A console that is down for good must not stop init: what does not fit is dropped, whole lines at a time. */
    if (length > RING_BYTES - (at - __atomic_load_n(&tail, __ATOMIC_ACQUIRE)))
        return;
    for (size_t i = 0; i < length; i++)
        ring[at++ % RING_BYTES] = line[i];
    __atomic_store_n(&head, at, __ATOMIC_RELEASE);
    if (notification)
        signal(notification);
}

/* Print the next piece of the ring. */
static void print_piece(void)
{
    char piece[CONSOLE_BYTES];
    size_t length = 0;
    uint32_t at = tail, end = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
    status_t status = STATUS_PEER_GONE;

    while (at != end && length < sizeof(piece))
        piece[length++] = ring[at++ % RING_BYTES];
    for (int i = 0; i < TRIES && status == STATUS_PEER_GONE; i++)
        status = console_write(console_slot, piece, length);
    __atomic_store_n(&tail, at, __ATOMIC_RELEASE);
}

/* The second thread. */
static void run_reporter(void)
{
    for (;;) {
        while (tail != __atomic_load_n(&head, __ATOMIC_ACQUIRE))
            print_piece();
        if (wait(notification, 0, NULL) != STATUS_OK)
            start_fault();
    }
}

/* Make its stack, with an unmapped page below. */
static status_t make_stack(uint32_t slot)
{
    status_t status = STATUS_OK;

    for (word_t page = 0; page < STACK_PAGES && status == STATUS_OK; page++) {
        status = memory_make(OBJECT_FRAME, PAGE_BITS, slot + page);
        if (status == STATUS_OK)
            status = memory_map(REPORTER_STACK_TOP - (page + 1) * PAGE_SIZE, slot + page, RIGHT_READ | RIGHT_WRITE);
    }
    return status;
}

/* Start the second thread, which prints on this endpoint. Without it init goes on, silent. */
void report_init(word_t console)
{
    uint32_t slot = slot_take(3 + STACK_PAGES);

    if (!slot || !console)
        return;
    console_slot = console;
    if (memory_make(OBJECT_NOTIFICATION, 0, slot) != STATUS_OK || memory_make(OBJECT_THREAD, 0, slot + 1) != STATUS_OK)
        return;
    if (memory_make(OBJECT_SCHED_CONTEXT, 0, slot + 2) != STATUS_OK || make_stack(slot + 3) != STATUS_OK)
        return;
    if (sched_configure(slot + 2, PRIORITY_REPORTER, SLICE_NS, SLICE_NS) != STATUS_OK)
        return;
    if (thread_configure(slot + 1, SLOT_TABLE, SLOT_VSPACE, slot + 2, 0, 0) != STATUS_OK)
        return;
    notification = slot;
    if (thread_start(slot + 1, (word_t)thread_begin, REPORTER_STACK_TOP, (word_t)run_reporter) != STATUS_OK)
        notification = 0;
}
