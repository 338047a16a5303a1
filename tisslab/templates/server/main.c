/* The @name@ server: adds up the words that it is called with. */
#include "@name@.h"

/* Turn a request into its answer, in place. Who called is message->badge. */
static bool handle(struct message *message)
{
    word_t sum = 0;

    switch (message_label(message)) {
    case @NAME@_ADD:
        for (word_t i = 0; i < message_length(message); i++)
            sum += message->words[i];
        message->words[0] = sum;
        message_answer(message, REPLY_OK, 1);
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
