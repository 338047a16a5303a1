/* TissShell: reads lines from the console and runs commands. Leaving it switches the machine off. */
#include "console/console.h"
#include "init/init.h"
#include "shell.h"

static void draw(const char *text)
{
    print("%s", text);
}

/* A line was entered: run it, and return the status that is now the last. */
static int line_done(struct line *line, int last)
{
    char text[LINE_BYTES];

    history_add(line->text);
    text_copy(text, sizeof(text), line->text);
    return command_run(text, last);
}

/* Read and run lines until the input is closed; returns the last status. */
static int run_lines(word_t console)
{
    static struct line line = { .prompt = "tiss> ", .draw = draw };
    char input[CONSOLE_BYTES];
    size_t length;
    int last = 0;

    line_begin(&line);
    for (;;) {
        print_flush();
        /* A console that crashed is started again, and the read is asked again; any other error has no way out. */
        if (console_read(console, input, &length) == STATUS_NO_CAP)
            start_fault();
        for (size_t i = 0; i < length; i++) {
            enum line_end end = line_feed(&line, input[i]);

            if (end == LINE_CLOSED)
                return last;
            if (end == LINE_DONE)
                last = line_done(&line, last);
            else if (end == LINE_INTERRUPTED)
                last = STATUS_INTERRUPTED;
            if (end != LINE_OPEN)
                line_begin(&line);
        }
    }
}

int main(const struct start_info *start)
{
    struct message message = { .info = message_info(INIT_PROMPT, 0) };

    (void)start;
    start_ready();
    message_call(start_cap("init"), &message);
    return power_off((word_t)run_lines(start_cap("console")));
}
