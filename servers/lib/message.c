/* Messages: the five syscalls that carry one, and the loop of a server. */
#include "tiss.h"

/* In ipc.S: a message syscall with every register as `message` has it. */
status_t ipc(word_t number, word_t cap, struct message *message);

_Static_assert(offsetof(struct message, badge) == 8 && offsetof(struct message, info) == 16, "ipc.S takes them from there");
_Static_assert(offsetof(struct message, words) == 24, "ipc.S takes them from there");

/* Send it without what stands in the words beyond its length. */
static status_t exchange(word_t number, word_t cap, struct message *message)
{
    for (word_t i = message_length(message); i < MESSAGE_WORDS; i++)
        message->words[i] = 0;
    return ipc(number, cap, message);
}

status_t message_call(word_t endpoint, struct message *message)
{
    return exchange(SYS_CALL, endpoint, message);
}

status_t message_reply_recv(word_t endpoint, struct message *message)
{
    return exchange(SYS_REPLY_RECV, endpoint, message);
}

status_t message_send(word_t endpoint, struct message *message)
{
    return exchange(SYS_SEND, endpoint, message);
}

status_t message_recv(word_t endpoint, struct message *message)
{
    message->info = 0;
    return exchange(SYS_RECV, endpoint, message);
}

status_t message_reply(word_t reply_slot, struct message *message)
{
    return exchange(SYS_REPLY, reply_slot, message);
}

status_t serve(word_t endpoint, bool (*handle)(struct message *message))
{
    struct message message = { 0 };
    bool answer = false;

    for (;;) {
        status_t status = answer ? message_reply_recv(endpoint, &message) : message_recv(endpoint, &message);

        if (status == STATUS_NO_CAP || status == STATUS_WRONG_TYPE || status == STATUS_NO_RIGHT)
            return status;
        /* Anything else is about the caller that was answered: it went away, and there is nobody to tell. */
        answer = status == STATUS_OK && handle(&message);
    }
}

const char *status_text(status_t status)
{
#define TEXT(upper, lower, text) [STATUS_##upper] = text,
    static const char *const texts[] = { STATUSES(TEXT) };
#undef TEXT

    return status < STATUS_COUNT ? texts[status] : "a status that this program does not know";
}

const char *reply_text(word_t label)
{
    static const char *const texts[] = {
        [REPLY_OK] = "done",
        [REPLY_UNKNOWN] = "the server has no request of this label",
        [REPLY_BAD] = "the request's words make no sense to the server",
        [REPLY_DENIED] = "the server does not allow that to this caller",
        [REPLY_NONE] = "there is none",
        [REPLY_BUSY] = "the server is busy with another such request",
    };

    return label < sizeof(texts) / sizeof(texts[0]) ? texts[label] : "an answer of the server's own protocol";
}
