/* Page faults that a thread of another address space handles. Each round writes to a page that was not there. */
#include "cost.h"

#define PAGES (ROUNDS + 1)

static word_t faults, frames;

/* Write to one page after the other. */
static void fault_often(struct worker *self)
{
    (void)self;
    for (word_t vaddr = COST_WINDOW;; vaddr += PAGE_SIZE) {
        mark_begin();
        fault_marked(vaddr);
    }
}

static void fault_and_go_on(struct worker *self)
{
    (void)self;
    for (word_t vaddr = COST_WINDOW;; vaddr += PAGE_SIZE) {
        mark_begin();
        fault_marked(vaddr);
        mark_end();
        sample_take();
    }
}

/* The thread that faults is less urgent, so the handler waits when it starts. */
static void faulter_start(void (*run)(struct worker *))
{
    faults = make(OBJECT_ENDPOINT);
    worker_start(peer_new(run, LOW, minted(faults, RIGHT_WRITE, 1)));
    tables_into(peer_space(), COST_WINDOW);
    frames = slots_new(PAGES);
    for (unsigned page = 0; page < PAGES; page++)
        ok(untyped_retype(pool(), OBJECT_FRAME, PAGE_BITS, frames + page, 0, 0, NULL));
}

/* Until the handler's code. */
TEST(fault_to_handler)
{
    struct message message = {0};
    word_t space;

    faulter_start(fault_often);
    space = peer_space();
    ok(message_recv(faults, &message));
    for (unsigned round = 0; round < ROUNDS; round++) {
        ok(frame_map(frames + round, space, message.words[FAULT_WORD_ADDRESS], RIGHTS_RW, NULL));
        message.info = message_info(0, 0);
        status_t status = message_reply_recv(faults, &message);
        mark_end();
        ok(status);
        expect_equal(message.words[FAULT_WORD_ADDRESS], COST_WINDOW + (round + 1) * PAGE_SIZE);
        sample_take();
    }
    samples_tell();
}

/* All of it: the fault, the handler that maps a page and answers, and the instruction once more. */
TEST(fault_map_resume)
{
    struct message message = {0};
    word_t space;

    faulter_start(fault_and_go_on);
    space = peer_space();
    ok(message_recv(faults, &message));
    for (unsigned round = 0; round < ROUNDS; round++) {
        ok(frame_map(frames + round, space, message.words[FAULT_WORD_ADDRESS], RIGHTS_RW, NULL));
        message.info = message_info(0, 0);
        ok(message_reply_recv(faults, &message));
    }
    samples_tell();
}
