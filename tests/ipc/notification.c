/* Signals, between two address spaces. */
#include "cost.h"

TEST(signal_no_waiter)
{
    word_t notification = make(OBJECT_NOTIFICATION), signaller = minted(notification, RIGHT_WRITE, 1), bits;

    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        status_t status = signal(signaller);
        mark_end();
        ok(status);
        ok(poll(notification, &bits));
        sample_take();
    }
    samples_tell();
}

static void wait_often(struct worker *self)
{
    word_t bits;

    (void)self;
    for (;;) {
        status_t status = wait(PEER_FIRST, 0, &bits);
        mark_end();
        ok(status);
        expect_equal(bits, 1);
    }
}

/* The waiter is more urgent: counted is until it goes on. */
TEST(signal_to_waiter)
{
    word_t notification = make(OBJECT_NOTIFICATION), signaller = minted(notification, RIGHT_WRITE, 1);
    struct worker *waiter = peer_new(wait_often, HIGH, 0);

    peer_give(PEER_FIRST, notification, RIGHT_READ);
    worker_start(waiter);
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        status_t status = signal(signaller);
        ok(status);
        sample_take();
    }
    samples_tell();
}

static void answer_signals(struct worker *self)
{
    word_t bits;

    (void)self;
    for (;;) {
        ok(wait(PEER_FIRST, 0, &bits));
        ok(signal(PEER_SECOND));
    }
}

/* One signals and waits, the other waits and signals; both are of the same priority. */
TEST(notification_pingpong)
{
    word_t there = make(OBJECT_NOTIFICATION), back = make(OBJECT_NOTIFICATION), signaller = minted(there, RIGHT_WRITE, 1), bits;
    struct worker *answerer = peer_new(answer_signals, CASE_PRIORITY, 0);

    peer_give(PEER_FIRST, there, RIGHT_READ);
    peer_give(PEER_SECOND, minted(back, RIGHT_WRITE, 2), RIGHT_WRITE);
    worker_start(answerer);
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        ok(signal(signaller));
        ok(wait(back, 0, &bits));
        mark_end();
        expect_equal(bits, 2);
        sample_take();
    }
    samples_tell();
}
