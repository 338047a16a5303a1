/* That marks cost nothing; and the least that a system call can do. */
#include "cost.h"

TEST(nops_10)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        nops_10();
        mark_end();
        sample_take();
    }
    samples_tell();
}

TEST(nops_100)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        nops_100();
        mark_end();
        sample_take();
    }
    samples_tell();
}

/* Into the kernel and out again: a number that no call has. */
TEST(empty_syscall)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        mark_begin();
        status_t status = syscall_plain_0_0(SYS_COUNT);
        mark_end();
        expect_status(STATUS_NO_SYSCALL, status);
        sample_take();
    }
    samples_tell();
}
