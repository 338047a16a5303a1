/* The suite itself: cases that are to fail, each in another way. test_suite.py looks at what is told of them. */
#include "guest.h"

/* Known to test_suite.py alone. */
#define TEST_FAILS(name) TEST(name)

TEST(a_case_that_expects_nothing_passes)
{
}

TEST_FAILS(a_fact_does_not_hold)
{
    expect(1 + 1 == 3, 42, 7);
}

TEST_FAILS(two_numbers_differ)
{
    expect_equal(identify(SLOT_TABLE).type, OBJECT_THREAD);
}

TEST_FAILS(a_status_is_another)
{
    ok(cap_delete(0, 1UL << 40));
}

TEST_FAILS(a_thread_faults)
{
    *(volatile word_t *)WINDOW = 1;
}

static void fault_too(struct worker *self)
{
    *(volatile word_t *)self->argument[0] = 1;
}

TEST_FAILS(a_worker_faults)
{
    worker_join(worker_run(fault_too, LOW, WINDOW + 8));
}

TEST_FAILS(nothing_can_run)
{
    wait(make(OBJECT_NOTIFICATION), 0, NULL);
}

TEST_FAILS(it_never_ends)
{
    for (;;)
        yield();
}

TEST_FAILS(the_kernel_panics)
{
    kernel_panic(SLOT_KERNEL);
}
