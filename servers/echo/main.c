/* The echo server: answers with the words that it was called with. */
#include "echo.h"

/* A function of its own, so that the report of the fault can name it. */
static __attribute__((noinline)) void echo_crash(void)
{
    volatile word_t *nowhere = (volatile word_t *)0;

    /* Hide the address from the compiler, which may otherwise replace the write. */
    __asm__ volatile("" : "+r"(nowhere));
    *nowhere = 1;
}

static bool handle(struct message *message)
{
    switch (message_label(message)) {
    case ECHO_WORDS:
        message_answer(message, REPLY_OK, message_length(message));
        break;
    case ECHO_CRASH:
        echo_crash();
        break;
    default:
        message_answer(message, REPLY_UNKNOWN, 0);
    }
    return true;
}

int main(const struct start_info *start)
{
    (void)start;
    start_ready();
    return (int)serve(start_cap("endpoint"), handle);
}
