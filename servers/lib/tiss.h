/*
 * Everything that a program in C needs: the only header to include, beside the protocol headers of the servers that it talks to.
 *
 * A program defines `int main(const struct start_info *start)`. It is started with the capabilities that the manifest wires to it and no
 * others; start_cap finds them by name. The kernel's calls are in <tiss/syscalls.h>, its numbers and structures in <tiss/abi.h>.
 */
#ifndef TISS_H
#define TISS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tiss/abi.h>
#include <tiss/syscalls.h>

/* ---------------------------------------------------------------- the program itself */

/* Defined by the program. What it returns is told to init, which ends the program. */
int main(const struct start_info *start);

/* What the program was started with, as main got it. */
const struct start_info *start_information(void);

/* The slot of the capability of this name, 0 if the program was not given one. */
word_t start_cap(const char *name);

/* The place in start_info's device table of the device of this name, -1 if the program was not given it. */
int start_device(const char *name);

/* Tell init that the program is up. A server does so once, after its set-up and before it serves. */
status_t start_ready(void);

/* Say that a fact does not hold that the program cannot live without, and fault, so that init reports it. Never returns. */
_Noreturn void start_fault(void);

/*
 * Where a second thread of a program begins: give it to thread_start as the pc, with the top of a stack, and as the argument a
 * `void (*)(void)` that never returns.
 */
void thread_begin(void);

/* ---------------------------------------------------------------- messages */

/* A message, as it goes and as it comes: `badge` is who sent it, `info` packs label and length (message_info). */
struct message {
    word_t status;
    word_t badge;
    word_t info;
    word_t words[MESSAGE_WORDS];
};

/*
 * Labels of answers, the same in every protocol. Labels of questions start at 1, because info 0 is what a signal looks like: a server
 * takes info 0 for a signal and looks at its devices, which does no harm if it was none.
 */
enum reply {
    REPLY_OK = 0,      /* done; the words are the answer */
    REPLY_UNKNOWN = 1, /* the server has no request of this label */
    REPLY_BAD = 2,     /* the request's words make no sense */
    REPLY_DENIED = 3,  /* this caller may not ask that */
    REPLY_NONE = 4,    /* there is none of this name, or no further one */
    REPLY_BUSY = 5,    /* somebody else is being served with that: try later */
};

/* What a reply's label means, in words. */
const char *reply_text(word_t label);

/* The info word of a message of so many words without a capability. */
static inline word_t message_info(word_t label, word_t length)
{
    return label << INFO_LABEL_SHIFT | length << INFO_LENGTH_SHIFT;
}

/*
 * How long a message call may take in all, for its info word: at least so many nanoseconds, rounded up to 10 bits of precision;
 * MESSAGE_POLL does not wait for the other side to come. Errors then: timed_out, would_block.
 */
#define MESSAGE_POLL (1UL << 10 << INFO_TIMEOUT_SHIFT)
static inline word_t message_within(uint64_t nanoseconds)
{
    word_t exponent = 0;

    while (nanoseconds >> exponent > 1022)
        exponent++;
    return (exponent << 10 | ((nanoseconds >> exponent) + 1)) << INFO_TIMEOUT_SHIFT;
}

static inline word_t message_label(const struct message *message)
{
    return (message->info & INFO_LABEL_MASK) >> INFO_LABEL_SHIFT;
}

static inline word_t message_length(const struct message *message)
{
    return (message->info & INFO_LENGTH_MASK) >> INFO_LENGTH_SHIFT;
}

/* Whether a received message is a signal of the thread's notification: words[0] then holds its bits. */
static inline bool message_is_signal(const struct message *message)
{
    return message->info == 0;
}

/*
 * The five message syscalls. Each sends `message` (the words beyond its length go as zeroes, so nothing leaks) and puts what came back in
 * its place. message_recv sends nothing and takes no capability: set the receive field of info before message_call for that.
 * Errors: docs/abi.md; peer_gone if the other side went away.
 */
status_t message_call(word_t endpoint, struct message *message);
status_t message_reply_recv(word_t endpoint, struct message *message);
status_t message_send(word_t endpoint, struct message *message);
status_t message_recv(word_t endpoint, struct message *message);
status_t message_reply(word_t reply, struct message *message);

/*
 * message_call and message_reply_recv for a message whose info says a length that is a constant of at most SHORT_WORDS, without a
 * capability, and an answer of which the first `wanted` words, a constant too, are of interest: the words go from register to register, and
 * those that are not sent go as zeroes. This is what a fast client and a fast server use; what else comes is as with the others.
 */
static inline __attribute__((always_inline)) status_t message_call_short(word_t endpoint, struct message *message, unsigned sent,
                                                                         unsigned wanted)
{
    return message->status = syscall_message(SYS_CALL, endpoint, &message->info, &message->badge, message->words, sent, wanted);
}

static inline __attribute__((always_inline)) status_t message_reply_recv_short(word_t endpoint, struct message *message, unsigned sent,
                                                                               unsigned wanted)
{
    return message->status = syscall_message(SYS_REPLY_RECV, endpoint, &message->info, &message->badge, message->words, sent, wanted);
}

/* Answer a request in place: this label and so many of its words. */
static inline void message_answer(struct message *message, word_t label, word_t length)
{
    message->info = message_info(label, length);
}

/*
 * Serve an endpoint for ever. The handler gets each message, turns it into its answer in place, and returns whether to send that: false
 * after a signal, and when the caller was saved to be answered later. Returns only if the endpoint cannot be received from.
 */
status_t serve(word_t endpoint, bool (*handle)(struct message *message));

/* What a status means, in words. */
const char *status_text(status_t status);

/* Put text into words, zero-padded; and take it out, at most size - 1 bytes and a zero. */
void words_from_text(word_t *words, size_t count, const char *text);
void text_from_words(char *text, size_t size, const word_t *words, size_t count);

/* ---------------------------------------------------------------- the console */

/* Write text as printf would: %s %c %d %u %x %ld %lu %lx %%, with a minus, a zero and a width. Goes out line by line. */
void print(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/* Send what print still holds. */
void print_flush(void);

/* The same into a buffer; returns the length without the closing zero. Text that does not fit is cut. */
size_t format(char *buffer, size_t size, const char *pattern, ...) __attribute__((format(printf, 3, 4)));
size_t format_list(char *buffer, size_t size, const char *pattern, va_list arguments);

/* ---------------------------------------------------------------- time */

/* Nanoseconds since the kernel started. */
uint64_t clock_ns(void);
/* The same by a scale that is at hand: init has one in its boot information. */
uint64_t clock_scaled(const struct clock_scale *scale);

/* Instructions executed so far; exact only where clock_counts_instructions. */
uint64_t clock_instructions(void);
bool clock_counts_instructions(void);

/* ---------------------------------------------------------------- devices */

/* A device's byte registers, in memory or behind ports; the manifest says which program drives it. */
struct device {
    volatile uint8_t *registers; /* NULL if it has ports */
    word_t ports;                /* capability to its ports */
    word_t first;                /* its first port */
    word_t interrupt;            /* capability to its interrupt line, 0 for none */
    word_t signal;               /* the bit that its interrupt sets in a signal */
};

/* Find the device of this name among those given. Returns false if it was not given. */
bool device_open(struct device *device, const char *name);
uint8_t device_read(const struct device *device, word_t offset);
void device_write(const struct device *device, word_t offset, uint8_t value);

/* ---------------------------------------------------------------- strings and memory, as in the C standard */

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *one, const void *other, size_t count);
size_t strlen(const char *text);
int strcmp(const char *one, const char *other);

/* Copy text into an array of `size` bytes, cut if need be, padded with zeroes. */
void text_copy(char *to, size_t size, const char *from);

/* Read a number, decimal or 0x..., that is the whole text. Returns false if it is none or too large. */
bool number_parse(const char *text, word_t *number);

#endif
