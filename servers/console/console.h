/*
 * The console's protocol: a serial line that many write to and one reads from.
 *
 * The console calls nobody but init, once, when it is up. So every server may call it without a cycle of callers that wait for each other.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "tiss.h"

/* Labels of requests. */
enum console_request {
    /* words[0] bytes of text follow from words[1] on. A line feed goes out with a carriage return before it. Answer: REPLY_OK, no words. */
    CONSOLE_WRITE = 1,
    /* Answered once somebody has typed: words[0] bytes, from words[1] on. REPLY_BUSY while another's read waits. */
    CONSOLE_READ = 2,
};

/* The most bytes of one message. */
#define CONSOLE_BYTES ((MESSAGE_WORDS - 1) * sizeof(word_t))

/* The client's side, in servers/lib. Write at most CONSOLE_BYTES of text; wait for input, as many bytes as fit, 0 if there was an error. */
status_t console_write(word_t console, const char *text, size_t length);
status_t console_read(word_t console, char *text, size_t *length);

#endif
