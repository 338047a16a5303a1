#include "guest.h"
#include "moments.h"

/*
 * Three threads and a server: `low` calls the server, which is in the middle of its work when `middle` starts to spin; then the case,
 * above them all, calls the server too. Without helping it would wait for ever: the server works on low's time, below middle.
 */

#define MIDDLE 60
#define BOTTOM 30

static word_t endpoint, begun;
static volatile word_t served;
static volatile bool released; /* the first call's work ends no sooner */

/* Answers each call after some work, and says when the first has begun. */
static void work(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(endpoint, &message));
    for (;;) {
        if (served == 0)
            ok(signal(begun));
        for (unsigned i = 0; i < 200 || !released; i++)
            self->progress++;
        served++;
        message_answer(&message, 0, 1);
        message.words[0] = served;
        ok(message_reply_recv(endpoint, &message));
    }
}

static void call_once(struct worker *self)
{
    struct message message = {.info = message_info(1, 0)};

    ok(message_call(endpoint, &message));
    self->result[0] = message.words[0];
}

static void spin(struct worker *self)
{
    for (;;)
        self->progress++;
}

static struct worker *busy_server(struct worker **client)
{
    struct worker *server = worker_new(work, BOTTOM);

    endpoint = make(OBJECT_ENDPOINT);
    begun = make(OBJECT_NOTIFICATION);
    *client = worker_new(call_once, BOTTOM);
    worker_start(server);
    worker_start(*client);
    ok(wait(begun, 0, NULL)); /* the case comes back in the middle of the first call's work */
    expect_equal(served, 0);
    return server;
}

TEST(a_caller_helps_a_busy_server_past_the_middle)
{
    guest_may_idle();
    struct worker *low;
    struct worker *server = busy_server(&low);
    struct worker *middle = worker_run(spin, MIDDLE, 0);
    struct message message = {.info = message_info(1, 0)};

    released = true;
    ok(message_call(endpoint, &message));
    expect_equal(message.words[0], 2); /* low's call was served first */
    expect_equal(middle->progress, 0); /* and nobody of the middle ran meanwhile */
    expect(server->progress >= 400, server->progress);
}

TEST(a_client_whose_time_is_over_cannot_hang_a_server)
{
    guest_may_idle();
    struct worker *low;
    struct worker *server = busy_server(&low);
    struct message message = {.info = message_info(1, 0)};
    word_t exhausted = 0;

    ok(sched_configure(server->time, 0, 100000, 3600000 * MS)); /* nor has it time of its own to speak of */
    ok(sched_configure(low->time, BOTTOM, 100000, 3600000 * MS));
    while (exhausted == 0) {
        expect_status(STATUS_TIMED_OUT, wait(make(OBJECT_NOTIFICATION), MS, NULL));
        ok(sched_read(low->time, NULL, NULL, &exhausted, NULL));
    }
    released = true;
    ok(message_call(endpoint, &message));
    expect_equal(message.words[0], 2);
    expect_equal(low->finished, false); /* it has its answer, and no time to see it */
}

/* ---- a server without time of its own: it works on its callers' alone */

/* Waits for its first message, and has no time any more. */
static struct worker *server_without_time(void)
{
    struct worker *server = worker_new(work, BOTTOM);

    guest_may_idle();
    endpoint = make(OBJECT_ENDPOINT);
    begun = make(OBJECT_NOTIFICATION);
    released = true;
    worker_start(server);
    sleep_ns(MS);
    ok(cap_delete(0, server->time));
    return server;
}

/* The server has something to do, and does not do it before the case calls: then that is done first. */
static void expect_served_after(struct worker *server, word_t before)
{
    word_t progress = server->progress, first = served;
    struct message message = {.info = message_info(1, 0)};

    sleep_ns(20 * MS);
    expect(server->progress == progress && served == first, server->progress, progress, served);
    ok(message_call(endpoint, &message));
    expect_equal(message.words[0], first + before + 1);
}

TEST(a_call_helps_a_server_past_a_client_whose_time_went)
{
    struct worker *server = server_without_time(), *client = worker_new(call_once, BOTTOM);

    released = false;
    worker_start(client);
    ok(wait(begun, 0, NULL)); /* in the middle of the client's request, on the client's time */
    ok(cap_delete(0, client->time));
    released = true;
    expect_served_after(server, 1);
    expect(!client->finished); /* it has its answer, and no time to see it */
}

TEST(what_is_sent_to_a_server_without_time_waits_for_a_call)
{
    struct worker *server = server_without_time();
    struct message message = {.info = message_info(1, 0)};

    ok(message_send(endpoint, &message)); /* taken at once, and lends no time */
    expect_served_after(server, 1);
    expect_served_after(server, 0);
}

TEST(a_signal_to_a_server_without_time_waits_for_a_call)
{
    struct worker *server = server_without_time();
    word_t bell = make(OBJECT_NOTIFICATION);

    ok(thread_bind(server->thread, bell));
    ok(signal(minted(bell, RIGHT_WRITE, 1)));
    expect_served_after(server, 1);
    expect_served_after(server, 0);
}

/* ---- chains */

static void pass_on(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(self->argument[0], &message));
    for (;;) {
        message.info = message_info(1, 0);
        ok(message_call(endpoint, &message));
        message_answer(&message, 0, 1);
        ok(message_reply_recv(self->argument[0], &message));
    }
}

static void call_front(struct worker *self)
{
    struct message message = {.info = message_info(1, 0)};

    ok(message_call(self->argument[0], &message));
}

TEST(help_reaches_through_a_chain_of_calls)
{
    guest_may_idle();
    word_t front = make(OBJECT_ENDPOINT);
    struct worker *server = worker_new(work, BOTTOM);
    struct worker *between = worker_new(pass_on, BOTTOM);
    struct worker *low = worker_new(call_front, BOTTOM);
    struct message message = {.info = message_info(1, 0)};

    endpoint = make(OBJECT_ENDPOINT);
    begun = make(OBJECT_NOTIFICATION);
    between->argument[0] = low->argument[0] = front;
    worker_start(server);
    worker_start(between);
    worker_start(low);
    ok(wait(begun, 0, NULL)); /* low called between, between called the server */
    struct worker *middle = worker_run(spin, MIDDLE, 0);
    released = true;
    ok(message_call(front, &message));
    expect_equal(message.words[0], 2);
    expect_equal(middle->progress, 0);
    expect(server->progress >= 400, server->progress);
}

static void nap_and_answer(struct worker *self)
{
    struct message message = {0};

    ok(message_recv(endpoint, &message));
    for (;;) {
        ok(signal(begun));
        expect_status(STATUS_TIMED_OUT, wait(self->argument[0], 10 * MS, NULL)); /* blocked: nobody can help now */
        message_answer(&message, 0, 0);
        ok(message_reply_recv(endpoint, &message));
    }
}

TEST(help_waits_for_a_server_that_is_blocked)
{
    guest_may_idle();
    struct worker *server = worker_new(nap_and_answer, BOTTOM);
    struct worker *low = worker_new(call_once, BOTTOM);
    struct message message = {.info = message_info(1, 0)};

    endpoint = make(OBJECT_ENDPOINT);
    begun = make(OBJECT_NOTIFICATION);
    server->argument[0] = make(OBJECT_NOTIFICATION);
    worker_start(server);
    worker_start(low);
    ok(wait(begun, 0, NULL));
    ok(wait(server->ended, MS, NULL) == STATUS_TIMED_OUT ? STATUS_OK : STATUS_ALREADY); /* it is in its nap */
    struct worker *middle = worker_run(spin, MIDDLE, 0);
    ok(message_call(endpoint, &message));
    expect(middle->progress > 0); /* while the server slept there was nothing better to do */
    ok(thread_suspend(middle->thread));
    worker_join(low);
}

TEST(a_helper_may_go_at_any_time)
{
    guest_may_idle();
    struct worker *low;

    busy_server(&low);
    struct worker *helper = worker_run(call_once, 90, 0);
    struct worker *second = worker_run(call_once, 95, 0);
    ok(thread_suspend(helper->thread));
    ok(cap_delete(0, second->time));
    released = true;
    struct message message = {.info = message_info(1, 0)};
    ok(message_call(endpoint, &message));
    expect(message.words[0] >= 2, message.words[0]);
}
