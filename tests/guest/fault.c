/* Faults: each kind as its message, handlers that mend, skip or kill, and threads that nobody looks after. */
#include "guest.h"
#include "moments.h"

static word_t faults;

static void read_there(struct worker *self)
{
    self->result[0] = *(volatile word_t *)self->argument[0];
    self->progress = 1;
}

static void raise_one(struct worker *self)
{
    guest_faults[self->argument[0]].raise();
    self->progress = 1;
}

static struct worker *faulting(void (*run)(struct worker *), word_t argument, word_t badge)
{
    faults = faults ? faults : make(OBJECT_ENDPOINT);
    struct worker *worker = worker_in(run, HIGH, SLOT_VSPACE, minted(faults, RIGHT_WRITE, badge));

    worker->argument[0] = argument;
    worker_start(worker);
    return worker;
}

TEST(a_page_fault_tells_everything)
{
    struct worker *worker = faulting(read_there, WINDOW + 24, 9);
    struct message message = {0};

    expect_equal(worker->progress, 0);
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        message.words[i] = 0x5ec2e7;
    ok(ipc(SYS_RECV, faults, &message));
    expect_equal(message.badge, 9);
    expect_equal(message.info, message_info(FAULT_BASE + FAULT_PAGE, FAULT_WORDS));
    expect_equal(message.words[FAULT_WORD_ADDRESS], WINDOW + 24);
    expect_equal(message.words[FAULT_WORD_ACCESS], RIGHT_READ);
    expect(message.words[FAULT_WORD_PC] >= (word_t)read_there && message.words[FAULT_WORD_PC] < (word_t)read_there + 64,
           message.words[FAULT_WORD_PC], (word_t)read_there);
    expect(message.words[FAULT_WORD_SP] > (word_t)worker->stack && message.words[FAULT_WORD_SP] < (word_t)worker->stack + 4096,
           message.words[FAULT_WORD_SP]);
    for (unsigned i = FAULT_WORDS; i < MESSAGE_WORDS; i++)
        expect(message.words[i] == 0, i, message.words[i]); /* nothing of the thread's registers leaks */
}

TEST(a_handler_maps_what_was_missing)
{
    struct worker *worker = faulting(read_there, WINDOW, 1);
    word_t frame = make_sized(OBJECT_FRAME, PAGE_BITS);
    struct message message;

    ok(message_recv(faults, &message));
    map_here(frame, WINDOW, RIGHTS_RW);
    *(volatile word_t *)WINDOW = 4711;
    message = message_of(0, 0, 0);
    ok(message_reply(0, &message));
    worker_join(worker);
    expect_equal(worker->result[0], 4711);
}

TEST(a_handler_that_mends_nothing_is_asked_again)
{
    struct worker *worker = faulting(read_there, WINDOW, 1);
    struct message message;

    for (unsigned i = 0; i < 5; i++) {
        ok(message_recv(faults, &message));
        expect_equal(message.words[FAULT_WORD_ADDRESS], WINDOW);
        message = message_of(i, i, 77); /* whatever the answer holds, registers stay as they are */
        ok(message_reply(0, &message));
    }
    expect_equal(worker->progress, 0);
}

TEST(each_kind_is_told_and_can_be_skipped)
{
    for (unsigned i = 0; i < COUNT_OF(guest_faults); i++) {
        struct worker *worker = faulting(raise_one, i, i + 1);
        struct message message;
        ok(message_recv(faults, &message));
        expect(message_label(&message) == FAULT_BASE + guest_faults[i].kind, i, message_label(&message));
        expect(message.words[FAULT_WORD_CAUSE] % 256 == guest_faults[i].cause, i, message.words[FAULT_WORD_CAUSE]);
        expect(message.words[FAULT_WORD_PC] >= IMAGE_BASE, i, message.words[FAULT_WORD_PC]);
        expect(worker_register(worker, REG_PC) == message.words[FAULT_WORD_PC], i);
        ok(thread_write(worker->thread, REG_PC / sizeof(word_t), message.words[FAULT_WORD_PC] + guest_faults[i].length));
        message = message_of(0, 0, 0);
        ok(message_reply(0, &message));
        worker_join(worker);
        expect(worker->progress == 1, i);
    }
}

TEST(a_handler_kills_the_thread)
{
    struct worker *worker = faulting(read_there, WINDOW, 1);
    struct message message;

    ok(message_recv(faults, &message));
    ok(cap_delete(0, worker->thread));
    PROVOKES(reply, peer_gone, message_reply(0, &message));
    expect_equal(worker->progress, 0);
}

TEST(a_handler_suspends_the_thread)
{
    struct worker *worker = faulting(read_there, WINDOW, 1);
    struct message message;

    ok(message_recv(faults, &message));
    ok(thread_suspend(worker->thread));
    PROVOKES(reply, peer_gone, message_reply(0, &message));
    ok(thread_resume(worker->thread)); /* where it was: it faults again */
    ok(message_recv(faults, &message));
    expect_equal(message.words[FAULT_WORD_ADDRESS], WINDOW);
}

TEST(a_saved_fault_is_answered_later)
{
    word_t reply = make(OBJECT_REPLY);
    struct worker *worker = faulting(read_there, WINDOW, 1);
    struct message message;

    ok(message_recv(faults, &message));
    ok(save_reply(reply));
    map_here(make_sized(OBJECT_FRAME, PAGE_BITS), WINDOW, RIGHT_READ);
    message = message_of(0, 0, 0);
    ok(message_reply(reply, &message));
    worker_join(worker);
    expect_equal(worker->result[0], 0);
}

/* ---- nobody mends it */

static void expect_stopped(struct worker *worker)
{
    PROVOKES(thread_suspend, already, thread_suspend(worker->thread));
    expect_equal(worker->progress, 0);
}

TEST(without_a_handler_a_fault_stops_the_thread)
{
    struct worker *worker = worker_in(read_there, HIGH, SLOT_VSPACE, 0);

    worker->argument[0] = WINDOW;
    worker_start(worker);
    expect_stopped(worker);
    expect(worker_register(worker, REG_PC) >= (word_t)read_there);
}

TEST(the_supervisor_is_told_of_a_stopped_thread)
{
    word_t notification = make(OBJECT_NOTIFICATION), bits = 0;
    struct worker *worker = worker_in(read_there, HIGH, SLOT_VSPACE, 0);

    worker->argument[0] = WINDOW;
    ok(thread_configure(worker->thread, 0, 0, 0, 0, minted(notification, RIGHT_WRITE, 16)));
    worker_start(worker);
    expect_stopped(worker);
    ok(poll(notification, &bits));
    expect_equal(bits, 16);
}

TEST(a_handler_that_goes_stops_the_thread)
{
    struct worker *queued = faulting(read_there, WINDOW, 1);

    ok(cap_delete(0, faults));
    expect_stopped(queued);
    faults = 0;
    struct worker *taken = faulting(read_there, WINDOW, 2);
    struct message message;
    ok(message_recv(faults, &message));
    message = (struct message){.info = MESSAGE_POLL};
    expect_status(STATUS_WOULD_BLOCK, ipc(SYS_RECV, faults, &message)); /* receiving again abandons it */
    expect_stopped(taken);
}

static void handle_badly(struct worker *self)
{
    struct message message;

    ok(message_recv(faults, &message));
    self->result[1] = *(volatile word_t *)(WINDOW + 0x10000); /* faults itself, with nobody to tell */
}

TEST(a_handler_that_faults_stops_the_thread_too)
{
    word_t told = make(OBJECT_NOTIFICATION), bits = 0;

    faults = make(OBJECT_ENDPOINT);
    struct worker *handler = worker_in(handle_badly, HIGH, SLOT_VSPACE, 0);
    struct worker *worker = worker_in(read_there, HIGH, SLOT_VSPACE, faults);
    worker->argument[0] = WINDOW;
    ok(thread_configure(handler->thread, 0, 0, 0, 0, minted(told, RIGHT_WRITE, 1)));
    ok(thread_configure(worker->thread, 0, 0, 0, 0, minted(told, RIGHT_WRITE, 2)));
    worker_start(handler);
    worker_start(worker);
    expect_stopped(handler);
    expect_stopped(worker);
    ok(poll(told, &bits)); /* both supervisors' bits */
    expect_equal(bits, 3);
}

TEST(faults_nest)
{
    word_t outer = make(OBJECT_ENDPOINT), frame = make_sized(OBJECT_FRAME, PAGE_BITS);
    faults = make(OBJECT_ENDPOINT);
    struct worker *handler = worker_in(handle_badly, HIGH, SLOT_VSPACE, outer);
    struct message message;

    worker_start(handler);
    struct worker *worker = faulting(read_there, WINDOW, 1);
    ok(message_recv(outer, &message)); /* the handler's own fault */
    expect_equal(message.words[FAULT_WORD_ADDRESS], WINDOW + 0x10000);
    map_here(frame, WINDOW + 0x10000, RIGHT_READ);
    message = message_of(0, 0, 0);
    ok(message_reply(0, &message));
    worker_join(handler); /* it ends without an answer: nobody mends the other */
    expect_stopped(worker);
}

static void take_and_fault(struct worker *self)
{
    struct message message;

    if (self->argument[0] != 0)
        ok(message_recv(self->argument[0], &message));
    self->progress = 1;
    arch_fault();
}

TEST(a_fault_of_who_mends_a_handlers_fault_ends_all_three)
{
    word_t ends[4] = {0, make(OBJECT_ENDPOINT), make(OBJECT_ENDPOINT), make(OBJECT_ENDPOINT)}, told = make(OBJECT_NOTIFICATION), bits = 0;
    struct worker *workers[3];
    struct message message = {.info = message_within(MS)};

    guest_may_idle();
    for (unsigned i = 3; i-- > 0;) {
        workers[i] = worker_in(take_and_fault, HIGH, SLOT_VSPACE, ends[i + 1]);
        workers[i]->argument[0] = ends[i];
        ok(thread_configure(workers[i]->thread, 0, 0, 0, 0, minted(told, RIGHT_WRITE, 1UL << i)));
        worker_start(workers[i]);
    }
    ok(poll(told, &bits));
    expect_equal(bits, 7);
    for (unsigned i = 0; i < 3; i++)
        expect(workers[i]->progress == 1 && thread_suspend(workers[i]->thread) == STATUS_ALREADY, i);
    expect_status(STATUS_TIMED_OUT, ipc(SYS_RECV, ends[3], &message)); /* the third's fault was not sent */
}

static void call_a_server(struct worker *self)
{
    struct message message = message_of(1, 0, 0);

    self->result[0] = message_call(self->argument[0], &message);
    self->progress = 1;
}

static void serve_and_fault(struct worker *self)
{
    struct message message;

    ok(message_recv(self->argument[0], &message));
    self->result[0] = *(volatile word_t *)WINDOW;
    ok(message_reply(0, &message));
}

TEST(a_server_that_faults_for_good_leaves_no_caller_waiting)
{
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = worker_in(serve_and_fault, HIGH, SLOT_VSPACE, 0);

    server->argument[0] = endpoint;
    worker_start(server);
    struct worker *client = worker_run(call_a_server, HIGH, endpoint);
    expect(client->progress == 1 && client->result[0] == STATUS_PEER_GONE, client->progress, client->result[0]);
}

TEST(a_server_that_is_mended_answers_its_caller)
{
    word_t endpoint = make(OBJECT_ENDPOINT);
    struct worker *server = faulting(serve_and_fault, endpoint, 1), *client = worker_run(call_a_server, HIGH, endpoint);
    struct message message;

    expect_equal(client->progress, 0);
    ok(message_recv(faults, &message));
    map_here(make_sized(OBJECT_FRAME, PAGE_BITS), WINDOW, RIGHT_READ);
    message = message_of(0, 0, 0);
    ok(message_reply(0, &message));
    worker_join(server);
    expect(client->progress == 1 && client->result[0] == STATUS_OK, client->progress, client->result[0]);
}

TEST(a_wild_jump_faults_where_it_went)
{
    const word_t wild[] = {0, WINDOW, USER_TOP + 0x1000, guest_kernel_addresses[1]};

    for (unsigned i = 0; i < COUNT_OF(wild); i++)
        expect(touch(wild[i], RIGHT_EXECUTE), i);
}
