/* Commands that talk to a server. */
#include "echo/echo.h"
#include "names/names.h"
#include "shell.h"

#define PINGS 1000
#define PINGS_MAX 10000000

/* One round trip. Returns whether the answer is what was sent. */
static bool ping_once(word_t echo, word_t number, status_t *status)
{
    struct message message = { .info = message_info(ECHO_WORDS, 1) };

    message.words[0] = number;
    *status = message_call(echo, &message);
    return *status == STATUS_OK && message_label(&message) == REPLY_OK && message_length(&message) == 1 && message.words[0] == number;
}

int run_ping(size_t count, char **words)
{
    word_t echo = start_cap("echo"), number = PINGS, start, cost;
    bool instructions = clock_counts_instructions();
    status_t status;

    if (count > 2)
        return command_misused(words[0]);
    if (count == 2 && (!number_parse(words[1], &number) || !number || number > PINGS_MAX)) {
        print("%s: %s is not a number from 1 to %d\n", words[0], words[1], PINGS_MAX);
        return STATUS_WRONG_USE;
    }
    start = instructions ? clock_instructions() : clock_ns();
    for (word_t i = 0; i < number; i++) {
        if (!ping_once(echo, i, &status)) {
            print("%s: echo did not answer round trip %lu: %s\n", words[0], i + 1, status ? status_text(status) : "other words came back");
            return 1;
        }
    }
    cost = (instructions ? clock_instructions() : clock_ns()) - start;
    print("%lu round trip%s, %lu %s each\n", number, number == 1 ? "" : "s", cost / number, instructions ? "instructions" : "ns");
    return 0;
}

int run_crash(size_t count, char **words)
{
    struct message message = { .info = message_info(ECHO_CRASH, 0) };
    status_t status;

    if (count != 1)
        return command_misused(words[0]);
    status = message_call(start_cap("echo"), &message);
    if (status == STATUS_PEER_GONE) {
        print("%s: echo crashed, as asked, and this call was told so (peer_gone)\n", words[0]);
        return 0;
    }
    print("%s: echo did not crash: %s\n", words[0], status ? status_text(status) : reply_text(message_label(&message)));
    return 1;
}

/* Get a capability to a service into the shell's first empty slot. Returns false, and says why, if there is none. */
static bool look_up(const char *command, const char *name, word_t slot)
{
    struct message message;
    status_t status;

    words_from_text(message.words, NAMES_WORDS, name);
    message.info = message_info(NAMES_LOOKUP, NAMES_WORDS) | slot << INFO_RECEIVE_SHIFT;
    status = message_call(start_cap("names"), &message);
    if (status == STATUS_OK && message_label(&message) == REPLY_OK && message.info & INFO_CAPS_MASK)
        return true;
    if (status == STATUS_OK && message_label(&message) == REPLY_NONE)
        print("%s: names knows no service %s\n", command, name);
    else
        print("%s: names did not hand out %s: %s\n", command, name, status ? status_text(status) : reply_text(message_label(&message)));
    return false;
}

int run_call(size_t count, char **words)
{
    word_t slot = start_information()->free_slot, label, length = count - 3;
    struct message message;
    status_t status;

    if (count < 3 || length > MESSAGE_WORDS || !number_parse(words[2], &label) || !label || label > 0xffff)
        return command_misused(words[0]);
    for (word_t i = 0; i < length; i++) {
        if (!number_parse(words[3 + i], &message.words[i])) {
            print("%s: %s is not a number\n", words[0], words[3 + i]);
            return STATUS_WRONG_USE;
        }
    }
    if (!look_up(words[0], words[1], slot))
        return 1;
    message.info = message_info(label, length);
    status = message_call(slot, &message);
    cap_delete(0, slot);
    if (status != STATUS_OK) {
        print("%s: %s: %s\n", words[0], words[1], status_text(status));
        return 1;
    }
    print("label %lu (%s)", message_label(&message), reply_text(message_label(&message)));
    for (word_t i = 0; i < message_length(&message); i++)
        print(" 0x%lx", message.words[i]);
    print("\n");
    return message_label(&message) == REPLY_OK ? 0 : 1;
}
