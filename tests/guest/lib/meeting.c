/* Threads that send, call or receive one message. */
#include "meeting.h"

/* Send, or with argument[2] call, a message of one word: argument[1]. */
static void send_one(struct worker *self)
{
    struct message message = message_of(1, 1, self->argument[1]);

    self->progress = 1;
    self->result[0] = self->argument[2] ? message_call(self->argument[0], &message) : message_send(self->argument[0], &message);
    self->result[1] = message.words[0];
    self->progress = 2;
}

struct worker *sender(word_t endpoint, unsigned priority, word_t word, bool call)
{
    struct worker *worker = worker_new(send_one, priority);

    worker->argument[0] = endpoint;
    worker->argument[1] = word;
    worker->argument[2] = call;
    worker_start(worker);
    return worker;
}

void receive_one(struct worker *self)
{
    struct message message = {0};

    self->progress = 1;
    self->result[0] = message_recv(self->argument[0], &message);
    self->result[1] = message.words[0];
    self->progress = 2;
}
