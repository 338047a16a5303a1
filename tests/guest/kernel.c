/* The kernel's own capability, and calls that do not exist. */
#include "guest.h"

TEST_PANICS(the_kernel_panics_on_demand_in_debug_builds_only)
{
    if (boot->debug)
        kernel_panic(SLOT_KERNEL);
    else
        PROVOKES(kernel_panic, no_syscall, kernel_panic(SLOT_KERNEL));
}

TEST(a_panic_takes_the_capability)
{
    word_t empty = slot_new(), reader = copy_of(SLOT_KERNEL, RIGHT_READ);

    if (!boot->debug)
        return; /* the call does not exist: see above */
    PROVOKES(kernel_panic, no_cap, kernel_panic(empty));
    PROVOKES(kernel_panic, wrong_type, kernel_panic(SLOT_THREAD));
    PROVOKES(kernel_panic, no_right, kernel_panic(reader));
}

TEST(numbers_that_no_call_has_are_refused)
{
    const word_t numbers[] = {SYS_COUNT, SYS_COUNT + 1, 255, 1UL << 31, 1UL << 32, 1UL << 32 | SYS_YIELD, 1UL << 63, ~0UL};

    for (unsigned i = 0; i < COUNT_OF(numbers); i++) {
        struct message message = message_of(1, MESSAGE_WORDS, 5);
        status_t status = ipc(numbers[i], SLOT_THREAD, &message);
        expect(status == STATUS_NO_SYSCALL, i, status);
        expect(message_is(&message, 1, MESSAGE_WORDS, 5), i); /* and nothing else happens */
    }
}
