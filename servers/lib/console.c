/* The client's side of the console's protocol. */
#include "console/console.h"
#include "tiss.h"

status_t console_write(word_t console, const char *text, size_t length)
{
    struct message message;
    size_t words = (length + sizeof(word_t) - 1) / sizeof(word_t);

    message.words[0] = length;
    message.words[words] = 0; /* the last word's unused bytes */
    memcpy(&message.words[1], text, length);
    message.info = message_info(CONSOLE_WRITE, 1 + words);
    return message_call(console, &message);
}

status_t console_read(word_t console, char *text, size_t *length)
{
    struct message message = { .info = message_info(CONSOLE_READ, 0) };
    status_t status = message_call(console, &message);

    *length = 0;
    if (status != STATUS_OK || message_label(&message) != REPLY_OK || message.words[0] > CONSOLE_BYTES)
        return status;
    *length = message.words[0];
    memcpy(text, &message.words[1], *length);
    return STATUS_OK;
}
