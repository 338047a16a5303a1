/*
 * The names server: a directory of every service. init gives it each service's endpoint under the service's name, so what it can hand out
 * is what it was started with.
 */
#include "names.h"

/* Names of capabilities that are this server's own and nobody else's to look up. */
static bool is_private(const char *name)
{
    return !strcmp(name, "init") || !strcmp(name, "endpoint");
}

static void lookup(struct message *message)
{
    char name[NAMES_WORDS * sizeof(word_t) + 1];
    word_t slot;

    text_from_words(name, sizeof(name), message->words, NAMES_WORDS);
    slot = is_private(name) ? 0 : start_cap(name);
    if (message_length(message) != NAMES_WORDS || !slot) {
        message_answer(message, slot ? REPLY_BAD : REPLY_NONE, 0);
        return;
    }
    message->words[0] = slot;
    message_answer(message, REPLY_OK, 1);
    message->info |= 1UL << INFO_CAPS_SHIFT;
}

static void list(struct message *message)
{
    const struct start_info *start = start_information();
    word_t place = message->words[0];

    for (uint32_t i = 0; i < start->caps; i++) {
        if (is_private(start->cap[i].name) || place--)
            continue;
        words_from_text(message->words, NAMES_WORDS, start->cap[i].name);
        message_answer(message, REPLY_OK, NAMES_WORDS);
        return;
    }
    message_answer(message, REPLY_NONE, 0);
}

static bool handle(struct message *message)
{
    switch (message_label(message)) {
    case NAMES_LOOKUP:
        lookup(message);
        break;
    case NAMES_LIST:
        list(message);
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
