/* How a program starts and ends, and what it was started with. */
#include "arch.h"
#include "init/init.h"
#include "tiss.h"

static const struct start_info *information;

_Noreturn void start_program(const struct start_info *start);

/* Called by crt0 with the argument that the thread was started with. */
_Noreturn void start_program(const struct start_info *start)
{
    struct message message;

    information = start;
    message.words[0] = (word_t)main(start);
    message.info = message_info(INIT_EXITED, 1);
    print_flush();
    message_send(start_cap("init"), &message);
    start_fault();
}

const struct start_info *start_information(void)
{
    return information;
}

word_t start_cap(const char *name)
{
    for (uint32_t i = 0; i < information->caps; i++) {
        if (!strcmp(information->cap[i].name, name))
            return information->cap[i].slot;
    }
    return 0;
}

int start_device(const char *name)
{
    int count = sizeof(information->device) / sizeof(information->device[0]);

    for (int i = 0; i < count; i++) {
        if (!strcmp(information->device[i].name, name))
            return i;
    }
    return -1;
}

status_t start_ready(void)
{
    struct message message = { .info = message_info(INIT_READY, 0) };

    return message_call(start_cap("init"), &message);
}

_Noreturn void start_fault(void)
{
    arch_fault();
}
