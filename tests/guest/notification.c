#include "guest.h"
TEST(poll_takes_all_bits_at_once)
{
    word_t notification = make(OBJECT_NOTIFICATION), one = minted(notification, RIGHTS_RW, 1), four = minted(notification, RIGHTS_RW, 4);
    word_t bits = 77;

    PROVOKES(poll, would_block, poll(notification, &bits));
    ok(signal(one));
    ok(signal(four));
    ok(signal(four));
    ok(poll(notification, &bits));
    expect_equal(bits, 5);
    PROVOKES(poll, would_block, poll(notification, &bits));
}
