/* What the shell's files share. */
#ifndef SHELL_H
#define SHELL_H

#include "tiss.h"

#define LINE_BYTES 240 /* of a line, with the closing zero */
#define WORDS_MAX 24   /* of a line: the command and its arguments */
#define STATUS_WRONG_USE 2
#define STATUS_INTERRUPTED 130
#define STATUS_NO_COMMAND 127

/* How a line ended. */
enum line_end {
    LINE_OPEN,        /* it has not: give it the next byte */
    LINE_DONE,        /* Enter: `text` is the line */
    LINE_INTERRUPTED, /* Ctrl-C: forget it */
    LINE_CLOSED,      /* Ctrl-D on an empty line */
};

/* line.c: a line editor. It does no input or output: bytes go in, and what is to be drawn comes out through `draw`. */
struct line {
    const char *prompt;
    void (*draw)(const char *text);
    char text[LINE_BYTES];
    size_t length, cursor;
    unsigned escape;    /* how far an escape sequence has come: 0 none, 1 ESC, 2 ESC [ or ESC O */
    unsigned parameter; /* its number */
    bool returned;      /* the byte before was a carriage return: a line feed after it is the same key */
    unsigned back;      /* lines that history has gone back, 0 at the line that is being written */
    char saved[LINE_BYTES]; /* that line, while history is shown */
};
void line_begin(struct line *line);
enum line_end line_feed(struct line *line, char byte);

/* history.c: the lines before. */
void history_add(const char *text);
const char *history_get(unsigned back); /* 1 is the last; NULL beyond the first */

/* A command: what it is called, how it is used, what for. It gets its words, itself first, and returns its exit status. */
struct command {
    const char *name;
    const char *usage;
    const char *what;
    int (*run)(size_t count, char **words);
};
extern const struct command commands[];
extern const size_t commands_count;

/* Run a line; returns its status, `last` if the line is empty. */
int command_run(char *text, int last);
int command_misused(const char *name); /* say how it is used; returns STATUS_WRONG_USE */
int last_status(void);

/* system.c */
int run_ps(size_t count, char **words);
int run_caps(size_t count, char **words);
int run_mem(size_t count, char **words);
int run_uptime(size_t count, char **words);
int run_panic(size_t count, char **words);
int run_exit(size_t count, char **words);
int power_off(word_t status);

/* talk.c */
int run_ping(size_t count, char **words);
int run_call(size_t count, char **words);
int run_crash(size_t count, char **words);

#endif
