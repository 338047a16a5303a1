/* A debugger in user space: single steps and breakpoints of another thread, by servers/lib/debug.h. */
#include "guest.h"

#include "debug.h"

#define CODE WINDOW                    /* where the debuggee runs, */
#define TEXT ((uint8_t *)WINDOW + 0x10000) /* and the debugger writes */

/* stepped.S: position-independent code, and the way that it takes through it. */
extern const char stepped_code[], stepped_code_end[];
extern const word_t stepped_path[], stepped_path_end[], stepped_once, stepped_last;

static word_t faults;
static struct debuggee debuggee;

/* A thread that is about to run the code, and stops before its first instruction. */
static void begin(void)
{
    static char stack[256] __attribute__((aligned(16)));
    size_t size = (size_t)(stepped_code_end - stepped_code);
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS);
    struct worker *worker = worker_in(NULL, HIGH, SLOT_VSPACE, 0);

    faults = make(OBJECT_ENDPOINT);
    ok(thread_configure(worker->thread, 0, 0, 0, minted(faults, RIGHT_WRITE, 1), 0));
    map_here(frame, (word_t)TEXT, RIGHTS_RW);
    map_here(copy_of(frame, RIGHT_ALL), CODE, RIGHT_READ | RIGHT_EXECUTE);
    memcpy(TEXT, stepped_code, size);
    debuggee = (struct debuggee){.thread = worker->thread, .start = CODE, .end = CODE + size, .text = TEXT};
    struct debug_break first;
    ok(debug_break_set(&debuggee, &first, CODE));
    ok(thread_start(worker->thread, CODE, (word_t)stack + sizeof(stack), 0));
    struct message message;
    ok(message_recv(faults, &message));
    expect_equal(message_label(&message), FAULT_BASE + FAULT_BREAKPOINT);
    word_t pc;
    ok(debug_stopped(&debuggee, &message, &pc));
    expect_equal(pc, CODE);
    debug_break_clear(&debuggee, &first);
    expect(!memcmp(TEXT, stepped_code, size));
}

/* Let it go on until it stops. Returns at which offset. */
static word_t go_on(void)
{
    struct message message = message_of(0, 0, 0);
    word_t pc;

    ok(message_reply_recv(faults, &message));
    expect_equal(message_label(&message), FAULT_BASE + FAULT_BREAKPOINT);
    ok(debug_stopped(&debuggee, &message, &pc));
    word_t at = 0;
    ok(thread_read(debuggee.thread, REG_PC / sizeof(word_t), &at));
    expect_equal(at, pc);
    return pc - CODE;
}

TEST(each_instruction_is_stepped_to_and_told)
{
    begin();
    for (const word_t *place = stepped_path + 1; place < stepped_path_end; place++) {
        ok(debug_step(&debuggee));
        word_t at = go_on();
        expect(at == *place, (word_t)(place - stepped_path), at, *place);
        expect(!memcmp(TEXT, stepped_code, debuggee.end - debuggee.start), (word_t)(place - stepped_path)); /* as if nothing had been */
    }
}

TEST(a_breakpoint_stops_where_it_stands_each_time)
{
    struct debug_break loop, last;

    begin();
    ok(debug_break_set(&debuggee, &loop, CODE + stepped_path[2]));
    ok(debug_break_set(&debuggee, &last, CODE + stepped_last));
    for (unsigned round = 0; round < 2; round++) {
        expect_equal(go_on(), stepped_path[2]);
        debug_break_clear(&debuggee, &loop); /* over it, and set it anew */
        ok(debug_step(&debuggee));
        expect_equal(go_on(), stepped_path[3]);
        ok(debug_break_set(&debuggee, &loop, CODE + stepped_path[2]));
    }
    expect_equal(go_on(), stepped_last);
}

TEST(a_breakpoint_that_is_cleared_is_passed)
{
    struct debug_break once, last;

    begin();
    ok(debug_break_set(&debuggee, &once, CODE + stepped_once));
    ok(debug_break_set(&debuggee, &last, CODE + stepped_last));
    debug_break_clear(&debuggee, &once);
    expect_equal(go_on(), stepped_last);
    expect_status(STATUS_BAD_ARGUMENT, debug_break_set(&debuggee, &once, debuggee.end));
    expect_status(STATUS_BAD_ARGUMENT, debug_break_set(&debuggee, &once, CODE - 1));
}

TEST(a_stepped_thread_can_be_sent_elsewhere)
{
    begin();
    ok(debug_step(&debuggee));
    expect_equal(go_on(), stepped_path[1]);
    ok(thread_write(debuggee.thread, REG_PC / sizeof(word_t), CODE + stepped_once));
    ok(debug_step(&debuggee));
    expect_equal(go_on(), stepped_path[4]); /* what stands behind it */
}

TEST(a_thread_that_is_no_longer_stepped_runs_on)
{
    struct debug_break last;

    begin();
    ok(debug_step(&debuggee));
    expect_equal(go_on(), stepped_path[1]);
    ok(debug_break_set(&debuggee, &last, CODE + stepped_last));
    expect_equal(go_on(), stepped_last); /* in one go */
}
