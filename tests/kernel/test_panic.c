/* panic.c: what the record and the console say of a fact that does not hold. */
#include "panic.h"

#include <stdio.h>
#include <string.h>

#include "arch/host.h"
#include "check.h"
#include "hart.h"
#include "image.h"
#include "memory.h"
#include "thread.h"

/* The message without "file:line: ", which must be there and name this file. */
static const char *fact(void)
{
    const char *end = strstr(panic_record.message, ": ");

    CHECK(strncmp(panic_record.message, "tests/kernel/test_panic.c:", 26) == 0, "%s", panic_record.message);
    CHECK(end != NULL);
    return end + 2;
}

static void without_values(void *context)
{
    (void)context;
    assert(1 + 1 == 3);
}

CASE(a_fact_without_values)
{
    check_panics(without_values, NULL);
    CHECK_TEXT(fact(), "this does not hold: 1 + 1 == 3");
}

static void with_values(void *context)
{
    word_t slots = *(unsigned *)context;
    unsigned limit = 7;

    assert(slots < limit, slots, limit, ~0UL);
}

CASE(a_fact_with_its_values)
{
    unsigned slots = 0x2a;

    check_panics(with_values, &slots);
    CHECK_TEXT(fact(), "this does not hold: slots < limit; slots, limit, ~0UL = 0x2a, 0x7, 0xffffffffffffffff");
}

CASE(a_fact_that_holds_says_nothing)
{
    unsigned slots = 6;

    with_values(&slots);
    CHECK_EQUAL(panic_record.valid, 0);
    CHECK_EQUAL(host.console_length, 0);
}

CASE(the_record_holds_the_registers_and_the_thread)
{
    static struct thread thread;
    struct registers expected;

    registers_capture(&expected);
    hart_self()->thread = &thread;
    check_panics(without_values, NULL);
    CHECK_EQUAL(panic_record.valid, ABI_MAGIC);
    CHECK_EQUAL(panic_record.thread, direct_paddr(&thread));
    CHECK_EQUAL(panic_record.count, REGISTER_COUNT);
    CHECK_EQUAL(memcmp(panic_record.registers, &expected, sizeof(expected)), 0);
    CHECK_EQUAL(panic_record.pc, registers_pc(&expected));
    CHECK_EQUAL(panic_record.sp, registers_sp(&expected));
    CHECK_EQUAL(panic_record.fp, registers_fp(&expected));
    CHECK_EQUAL(panic_record.cause, ~0UL);
}

static void with_pattern(void *context)
{
    panic("%s has %u of %lu at %lx", (const char *)context, 3u, 4UL, 0x5000UL);
}

CASE(a_sentence_is_formatted_and_printed)
{
    char expected[512];

    check_panics(with_pattern, "the map");
    CHECK_TEXT(fact(), "the map has 3 of 4 at 0x5000");
    snprintf(expected, sizeof(expected), "\r\npanic: %s\r\n  pc %#lx sp %#lx fp %#lx\r\n", panic_record.message, panic_record.pc,
             panic_record.sp, panic_record.fp);
    CHECK_TEXT(host.console, expected);
}

CASE(a_sentence_that_is_too_long_is_cut)
{
    char text[400];

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = 0;
    check_panics(with_pattern, text);
    CHECK_EQUAL(strlen(panic_record.message), sizeof(panic_record.message) - 1);
    CHECK_TEXT(fact() + strspn(fact(), "x"), "");
}

CASE(a_second_panic_keeps_the_first_record)
{
    check_panics(with_pattern, "the first");
    check_panics(without_values, NULL);
    CHECK_TEXT(fact(), "the first has 3 of 4 at 0x5000");
}

static void trapped(void *context)
{
    panic_trap(context, 1, 13, 0xdead000);
}

static void trapped_out_of_the_table(void *context)
{
    panic_trap(context, EXCEPTIONS, 13, 0xdead000);
}

static void ran_out_of_stack(void *context)
{
    panic_trap(context, 1, 13, (vaddr_t)kernel_stack_guard + PAGE_SIZE - 8);
}

CASE(a_trap_in_the_kernel_says_cause_and_address)
{
    struct registers registers;

    registers_capture(&registers);
    registers_set_pc(&registers, 0x1234);
    check_panics(trapped, &registers);
    CHECK_TEXT(panic_record.message, "the kernel trapped: page fault, cause 0xd, address 0xdead000");
    CHECK_EQUAL(panic_record.pc, 0x1234);
    CHECK_EQUAL(panic_record.cause, 13);
    CHECK_EQUAL(panic_record.address, 0xdead000);
    CHECK_EQUAL(panic_record.thread, 0);
}

CASE(a_trap_is_named)
{
    struct registers registers;

    registers_capture(&registers);
    check_panics(trapped_out_of_the_table, &registers);
    CHECK_TEXT(panic_record.message, "the kernel trapped: unexpected exception or interrupt, cause 0xd, address 0xdead000");
    CHECK_TEXT(exception_of(0)->name, "unexpected exception or interrupt"); /* a gap in the table */
    CHECK_EQUAL(exception_of(1)->fault, FAULT_PAGE);
}

CASE(the_page_below_the_stack_tells_an_overflow)
{
    struct registers registers;

    registers_capture(&registers);
    check_panics(ran_out_of_stack, &registers);
    CHECK(strncmp(panic_record.message, "the kernel trapped: kernel stack overflow, ", 43) == 0, "%s", panic_record.message);
}
