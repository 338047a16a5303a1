/*
 * The console server: drives the serial line for everybody.
 *
 * Input that nobody has asked for yet waits in `input`; when that is full the interrupt is left unserved, so the rest waits in the line's
 * FIFO and behind it on the other side: nothing that is typed gets lost.
 */
#include "console.h"
#include "uart.h"

#define INPUT_BYTES 256 /* a power of two */

static const char banner[] = "TissOS\n";

static struct device uart;
static word_t reader; /* a reply object: who waits for input */
static bool waiting;  /* somebody does */
static char input[INPUT_BYTES];
static unsigned input_head, input_tail; /* count up for ever; the difference is what waits */
static bool stalled;                    /* an interrupt was left unserved because `input` was full */

/* Take what the line has. */
static void gather(void)
{
    int byte;

    stalled = true;
    while (input_head - input_tail < INPUT_BYTES) {
        byte = uart_receive(&uart);
        if (byte < 0) {
            stalled = false;
            break;
        }
        input[input_head++ % INPUT_BYTES] = (char)byte;
    }
    if (!stalled && uart.interrupt)
        irq_ack(uart.interrupt);
}

/* Turn the message into the answer of a read. */
static void answer_read(struct message *message)
{
    char text[CONSOLE_BYTES] = { 0 };
    word_t count = 0;

    while (count < sizeof(text) && input_tail != input_head)
        text[count++] = input[input_tail++ % INPUT_BYTES];
    message->words[0] = count;
    memcpy(&message->words[1], text, sizeof(text));
    message_answer(message, REPLY_OK, 1 + (count + sizeof(word_t) - 1) / sizeof(word_t));
    if (stalled)
        gather();
}

static void serve_signal(void)
{
    struct message message;

    gather();
    if (!waiting || input_head == input_tail)
        return;
    answer_read(&message);
    waiting = false;
    /* A reader that went away meanwhile took these bytes with it, as the end of a program does anywhere. */
    message_reply(reader, &message);
}

/* Returns whether the caller is to be answered now. */
static bool serve_read(struct message *message)
{
    if (input_head != input_tail) {
        answer_read(message);
        return true;
    }
    /* If the reader before went away, its reply object is empty and takes this one. */
    if (save_reply(reader) != STATUS_OK) {
        message_answer(message, REPLY_BUSY, 0);
        return true;
    }
    waiting = true;
    return false;
}

static void serve_write(struct message *message)
{
    char text[CONSOLE_BYTES];
    word_t length = message->words[0];

    if (!message_length(message) || length > (message_length(message) - 1) * sizeof(word_t)) {
        message_answer(message, REPLY_BAD, 0);
        return;
    }
    memcpy(text, &message->words[1], length);
    uart_write(&uart, text, length);
    message_answer(message, REPLY_OK, 0);
}

static bool handle(struct message *message)
{
    if (message_is_signal(message)) {
        serve_signal();
        return false;
    }
    switch (message_label(message)) {
    case CONSOLE_WRITE:
        serve_write(message);
        return true;
    case CONSOLE_READ:
        return serve_read(message);
    default:
        message_answer(message, REPLY_UNKNOWN, 0);
        return true;
    }
}

int main(const struct start_info *start)
{
    if (!device_open(&uart, "uart"))
        return 1;
    uart_init(&uart);
    if (!start->starts)
        uart_write(&uart, banner, sizeof(banner) - 1);
    reader = start_cap("reply");
    gather();
    start_ready();
    return (int)serve(start_cap("endpoint"), handle);
}
