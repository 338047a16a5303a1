/* Init's protocol: what servers ask of it. See init.h. */
#include "private.h"

static void list(struct message *message)
{
    word_t number = message->words[0], used = 0;
    const struct server *server = &all.server[number < all.servers ? number : 0];

    if (number >= all.servers) {
        message_answer(message, REPLY_NONE, 0);
        return;
    }
    if (server->slot)
        cap_identify(0, server->slot + OWN_UNTYPED, NULL, NULL, &used, NULL, NULL);
    words_from_text(&message->words[LIST_NAME], INIT_NAME_WORDS, server->manifest->name);
    message->words[LIST_STATE] = server->state;
    message->words[LIST_STARTS] = server->starts;
    message->words[LIST_PRIORITY] = server->manifest->priority;
    message->words[LIST_MEMORY] = server->manifest->memory;
    message->words[LIST_USED] = used;
    message_answer(message, REPLY_OK, LIST_WORDS);
}

static void caps(struct message *message)
{
    word_t number = message->words[0], slot = message->words[1], slots = 1UL << (SERVER_TABLE_BITS - CAP_BITS);
    const struct server *server = &all.server[number < all.servers ? number : 0];
    word_t *words = message->words;

    if (number >= all.servers || (server->state != SERVER_UP && server->state != SERVER_STARTING)) {
        message_answer(message, REPLY_NONE, 0);
        return;
    }
    for (slot = slot ? slot : 1; slot < slots; slot++) {
        status_t status = cap_identify(server->slot + OWN_TABLE, slot, &words[CAPS_TYPE], &words[CAPS_RIGHTS], &words[CAPS_VALUE],
                                       &words[CAPS_SIZE_BITS], &words[CAPS_DEPTH]);

        if (status != STATUS_OK || words[CAPS_TYPE] == OBJECT_NULL)
            continue;
        words_from_text(&words[CAPS_NAME], INIT_NAME_WORDS, slot <= server->caps ? server->cap[slot - 1] : "");
        words[CAPS_SLOT] = slot;
        message_answer(message, REPLY_OK, CAPS_WORDS);
        return;
    }
    message_answer(message, REPLY_NONE, 0);
}

static void memory(struct message *message)
{
    word_t *words = message->words, used;

    words[MEMORY_TOTAL] = all.boot->memory;
    words[MEMORY_KERNEL] = all.boot->kernel;
    words[MEMORY_ARCHIVE] = all.boot->archive_size;
    words[MEMORY_UNTYPED] = words[MEMORY_USED] = words[MEMORY_SERVERS] = 0;
    for (uint32_t i = 0; i < all.boot->untypeds; i++) {
        if (all.boot->untyped[i].device || cap_identify(0, SLOT_UNTYPED + i, NULL, NULL, &used, NULL, NULL) != STATUS_OK)
            continue;
        words[MEMORY_UNTYPED] += 1UL << all.boot->untyped[i].size_bits;
        words[MEMORY_USED] += used;
    }
    for (uint32_t i = 0; i < all.servers; i++) {
        if (all.server[i].slot)
            words[MEMORY_SERVERS] += all.server[i].manifest->memory;
    }
    message_answer(message, REPLY_OK, MEMORY_WORDS);
}

static bool prompt(struct message *message)
{
    message_answer(message, REPLY_OK, 0);
    if (boot_done())
        return true;
    if (save_reply(all.prompt) == STATUS_OK) {
        all.prompt_waits = true;
        return false;
    }
    message_answer(message, REPLY_BUSY, 0);
    return true;
}

/* Requests that change the system: for servers with the manifest's `control`. Returns whether to answer now. */
static bool control(const struct server *server, struct message *message)
{
    if (!(server->manifest->flags & SERVER_FLAG_CONTROL)) {
        message_answer(message, REPLY_DENIED, 0);
        return true;
    }
    if (message_label(message) == INIT_PROMPT)
        return prompt(message);
    if (message->words[0] > 255) {
        message_answer(message, REPLY_BAD, 0);
        return true;
    }
    message_answer(message, REPLY_NONE, 0);
    /* Where the machine goes off its last instructions may still run: nobody is to be told that it did not. */
    return !power_off(message->words[0]);
}

static bool request(struct server *server, struct message *message)
{
    switch (message_label(message)) {
    case INIT_READY:
        server->state = SERVER_UP;
        server->in_vain = 0;
        message_answer(message, REPLY_OK, 0);
        boot_continue();
        return true;
    case INIT_EXITED:
        server_ended(server, message->words[0]);
        return false;
    case INIT_LIST:
        list(message);
        return true;
    case INIT_CAPS:
        caps(message);
        return true;
    case INIT_MEMORY:
        memory(message);
        return true;
    case INIT_PROMPT:
    case INIT_POWER_OFF:
        return control(server, message);
    default:
        message_answer(message, REPLY_UNKNOWN, 0);
        return true;
    }
}

bool service_handle(struct message *message)
{
    word_t place = (message->badge & BADGE_SERVER) - 1;

    if (place >= all.servers)
        return false;
    if (message->badge & BADGE_FAULT) {
        server_faulted(&all.server[place], message);
        return false;
    }
    return request(&all.server[place], message);
}
