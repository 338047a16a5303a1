/* Commands about the system as a whole: they ask init. */
#include "init/init.h"
#include "shell.h"

static const char *const states[] = {
    [SERVER_WAITING] = "waiting",
    [SERVER_STARTING] = "starting",
    [SERVER_UP] = "up",
    [SERVER_ENDED] = "ended",
    [SERVER_FAILED] = "failed",
};

/* Ask init; returns whether there is an answer, with its label in *label. Says what went wrong if not. */
static bool ask(const char *command, struct message *message, word_t *label)
{
    status_t status = message_call(start_cap("init"), message);

    *label = message_label(message);
    if (status != STATUS_OK)
        print("%s: init cannot be asked: %s\n", command, status_text(status));
    return status == STATUS_OK;
}

/* A server's row by its place. Returns false beyond the last. */
static bool ask_server(const char *command, word_t place, struct message *message, char *name)
{
    word_t label;

    message->words[0] = place;
    message->info = message_info(INIT_LIST, 1);
    if (!ask(command, message, &label) || label != REPLY_OK)
        return false;
    text_from_words(name, INIT_NAME_WORDS * sizeof(word_t) + 1, &message->words[LIST_NAME], INIT_NAME_WORDS);
    return true;
}

int run_ps(size_t count, char **words)
{
    struct message message;
    char name[INIT_NAME_WORDS * sizeof(word_t) + 1];

    if (count != 1)
        return command_misused(words[0]);
    print("%-12s %-9s %6s %8s %10s %10s\n", "server", "state", "starts", "priority", "memory", "used");
    for (word_t place = 0; ask_server(words[0], place, &message, name); place++) {
        const word_t *row = message.words;
        const char *state = row[LIST_STATE] < sizeof(states) / sizeof(states[0]) ? states[row[LIST_STATE]] : "?";

        print("%-12s %-9s %6lu %8lu %6lu KiB %6lu KiB\n", name, state, row[LIST_STARTS], row[LIST_PRIORITY], row[LIST_MEMORY] / 1024,
              row[LIST_USED] / 1024);
    }
    return 0;
}

static const char *object_name(word_t type)
{
#define NAME(upper, lower, min, max) [OBJECT_##upper] = #lower,
    static const char *const names[] = { OBJECTS(NAME) };
#undef NAME

    return type < OBJECT_COUNT ? names[type] : "?";
}

static void print_cap(const struct message *message)
{
    const word_t *words = message->words;
    char name[INIT_NAME_WORDS * sizeof(word_t) + 1], rights[5] = "----";
    word_t held = words[CAPS_RIGHTS];

    text_from_words(name, sizeof(name), &words[CAPS_NAME], INIT_NAME_WORDS);
    rights[0] = held & RIGHT_READ ? 'r' : '-';
    rights[1] = held & RIGHT_WRITE ? 'w' : '-';
    rights[2] = held & RIGHT_EXECUTE ? 'x' : '-';
    rights[3] = held & RIGHT_GRANT ? 'g' : '-';
    print("%4lu %-14s %-13s %s %5lu 0x%lx\n", words[CAPS_SLOT], name, object_name(words[CAPS_TYPE]), rights, words[CAPS_DEPTH],
          words[CAPS_VALUE]);
}

int run_caps(size_t count, char **words)
{
    const char *wanted = count == 2 ? words[1] : start_information()->name;
    char name[INIT_NAME_WORDS * sizeof(word_t) + 1] = "";
    struct message message;
    word_t place = 0, slot = 0, label = REPLY_NONE;

    if (count > 2)
        return command_misused(words[0]);
    while (ask_server(words[0], place, &message, name) && strcmp(name, wanted))
        place++;
    if (strcmp(name, wanted)) {
        print("%s: there is no server %s: ps lists them\n", words[0], wanted);
        return 1;
    }
    print("%4s %-14s %-13s %s %5s %s\n", "slot", "name", "object", "may ", "depth", "badge or range");
    for (;; slot = message.words[CAPS_SLOT] + 1) {
        message.words[0] = place;
        message.words[1] = slot;
        message.info = message_info(INIT_CAPS, 2);
        if (!ask(words[0], &message, &label) || label != REPLY_OK)
            return label == REPLY_NONE ? 0 : 1;
        print_cap(&message);
    }
}

int run_mem(size_t count, char **words)
{
    struct message message = { .info = message_info(INIT_MEMORY, 0) };
    const word_t *row = message.words;
    word_t label;

    if (count != 1)
        return command_misused(words[0]);
    if (!ask(words[0], &message, &label) || label != REPLY_OK)
        return 1;
    print("machine  %12lu bytes\n", row[MEMORY_TOTAL]);
    print("kernel   %12lu bytes\n", row[MEMORY_KERNEL]);
    print("archive  %12lu bytes\n", row[MEMORY_ARCHIVE]);
    print("servers  %12lu bytes\n", row[MEMORY_SERVERS]);
    print("init     %12lu bytes\n", row[MEMORY_USED] - row[MEMORY_SERVERS]);
    print("free     %12lu bytes\n", row[MEMORY_UNTYPED] - row[MEMORY_USED]);
    return 0;
}

int run_uptime(size_t count, char **words)
{
    uint64_t milliseconds = clock_ns() / 1000000;

    if (count != 1)
        return command_misused(words[0]);
    print("up %lu.%03lu s\n", milliseconds / 1000, milliseconds % 1000);
    return 0;
}

int run_panic(size_t count, char **words)
{
    if (count != 1)
        return command_misused(words[0]);
    print_flush();
    print("%s: the kernel did not: %s\n", words[0], status_text(kernel_panic(start_cap("kernel"))));
    return 1;
}

int power_off(word_t status)
{
    struct message message = { .info = message_info(INIT_POWER_OFF, 1) };
    word_t label;

    message.words[0] = status;
    if (ask("exit", &message, &label))
        print("exit: the machine is still on: %s\n", reply_text(label));
    return 1;
}

int run_exit(size_t count, char **words)
{
    word_t status = (word_t)last_status();

    if (count > 2)
        return command_misused(words[0]);
    if (count == 2 && (!number_parse(words[1], &status) || status > 255)) {
        print("%s: %s is not a number from 0 to 255\n", words[0], words[1]);
        return STATUS_WRONG_USE;
    }
    return power_off(status);
}
