/* A server faulted or ended: say so, tell the lab, take it down, and start it again if the manifest wants that. */
#include "private.h"

static const char *const kinds[] = {
    [FAULT_PAGE] = "page fault",
    [FAULT_ILLEGAL] = "illegal instruction",
    [FAULT_BREAKPOINT] = "breakpoint",
    [FAULT_ARITHMETIC] = "arithmetic fault",
    [FAULT_ALIGNMENT] = "misaligned access",
    [FAULT_OTHER] = "exception",
};
_Static_assert(COUNT_OF(kinds) == FAULT_COUNT, "each kind of fault has words");

static const char *access_text(word_t access)
{
    if (access & RIGHT_WRITE)
        return "write to";
    return access & RIGHT_EXECUTE ? "jump to" : "read from";
}

/* What happened, in words: page fault, write to 0x0 at echo_crash+0x10. */
static void describe(const struct server *server, word_t kind, const struct message *message, char *text, size_t size)
{
    const word_t *words = message->words;
    const char *what = kind < FAULT_COUNT ? kinds[kind] : kinds[FAULT_OTHER];
    char place[96];

    archive_symbol(server->manifest->name, words[FAULT_WORD_PC], place, sizeof(place));
    if (kind == FAULT_PAGE || kind == FAULT_ALIGNMENT)
        format(text, size, "%s, %s 0x%lx at %s", what, access_text(words[FAULT_WORD_ACCESS]), words[FAULT_WORD_ADDRESS], place);
    else
        format(text, size, "%s (cause %lu) at %s", what, words[FAULT_WORD_CAUSE], place);
}

/* Start it once more, or say why not. */
static void restart(struct server *server, const char *reason)
{
    if (!(server->manifest->flags & SERVER_FLAG_RESTART)) {
        report("init: %s: %s (not to be restarted)\n", server->manifest->name, reason);
        server->state = SERVER_FAILED;
    } else if (server->in_vain >= STARTS_IN_VAIN) {
        report("init: %s: %s (given up: %u starts in vain)\n", server->manifest->name, reason, server->in_vain);
        server->state = SERVER_FAILED;
    } else {
        report("init: %s: %s (restarting, start %u)\n", server->manifest->name, reason, server->starts + 1);
        server_start(server);
    }
    if (server->state == SERVER_FAILED)
        boot_continue();
}

void server_faulted(struct server *server, const struct message *message)
{
    const word_t *words = message->words;
    word_t kind = message_label(message) - FAULT_BASE;
    char reason[192];
    struct event_crashed event = {
        .fault = kind,
        .address = words[FAULT_WORD_ADDRESS],
        .pc = words[FAULT_WORD_PC],
        .access = words[FAULT_WORD_ACCESS],
        .cause = words[FAULT_WORD_CAUSE],
        .sp = words[FAULT_WORD_SP],
    };

    text_copy(event.name, sizeof(event.name), server->manifest->name);
    describe(server, kind, message, reason, sizeof(reason));
    lab_write(EVENT_CRASHED, &event, sizeof(event));
    server_destroy(server);
    restart(server, reason);
}

void server_ended(struct server *server, word_t result)
{
    report("init: %s: ended with %ld\n", server->manifest->name, (long)result);
    server_destroy(server);
    server->state = SERVER_ENDED;
    boot_continue();
}
