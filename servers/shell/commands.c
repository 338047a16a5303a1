/* The table of commands, and running one. */
#include "shell.h"

static int run_help(size_t count, char **words);

const struct command commands[] = {
    { "help", "help", "this list", run_help },
    { "ps", "ps", "the servers: state, starts, priority, memory", run_ps },
    { "caps", "caps [SERVER]", "the capabilities that a server holds (the shell's own without a name)", run_caps },
    { "mem", "mem", "where the machine's memory went", run_mem },
    { "ping", "ping [N]", "make N round trips to echo (1,000 without a number), and say what one costs", run_ping },
    { "call", "call NAME LABEL [WORD...]", "call a service by name and show its answer", run_call },
    { "crash", "crash", "let echo fault: init reports and restarts it", run_crash },
    { "panic", "panic", "let the kernel panic (debug builds)", run_panic },
    { "uptime", "uptime", "time since the kernel started", run_uptime },
    { "exit", "exit [CODE]", "switch off with this status, 0 to 255 (the last command's without a number)", run_exit },
};
const size_t commands_count = sizeof(commands) / sizeof(commands[0]);

static int last; /* what the command before returned */

int last_status(void)
{
    return last;
}

static int run_help(size_t count, char **words)
{
    if (count != 1)
        return command_misused(words[0]);
    for (size_t i = 0; i < commands_count; i++)
        print("%-26s %s\n", commands[i].usage, commands[i].what);
    print("Keys: arrows, Home, End, Delete; Ctrl-A E start and end, K U W cut, L clear, C drop the line, D exit.\n");
    return 0;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < commands_count; i++) {
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    }
    return NULL;
}

int command_misused(const char *name)
{
    print("%s: wrong use: it is %s\n", name, find(name)->usage);
    return STATUS_WRONG_USE;
}

/* Cut a line into words in place. Returns how many, WORDS_MAX + 1 if there are more than fit. */
static size_t split(char *text, char **words)
{
    size_t count = 0;

    for (;;) {
        while (*text == ' ' || *text == '\t')
            *text++ = 0;
        if (!*text)
            return count;
        if (count == WORDS_MAX)
            return WORDS_MAX + 1;
        words[count++] = text;
        while (*text && *text != ' ' && *text != '\t')
            text++;
    }
}

int command_run(char *text, int before)
{
    char *words[WORDS_MAX];
    size_t count = split(text, words);
    const struct command *command;

    last = before;
    if (!count)
        return before;
    if (count > WORDS_MAX) {
        print("shell: more than %d words: shorten the line\n", WORDS_MAX);
        return STATUS_WRONG_USE;
    }
    command = find(words[0]);
    if (command)
        return command->run(count, words);
    print("%s: there is no such command: help lists them\n", words[0]);
    return STATUS_NO_COMMAND;
}
