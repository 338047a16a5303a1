/* Threads of a case. */
#include "worker.h"

#define STACK 4096
#define STACK_END 0x7461636b656e6400UL /* stands at each stack's lower end */

static struct worker workers[WORKERS_MAX];
static unsigned worker_count;
static char stacks[WORKERS_MAX][STACK] __attribute__((aligned(16)));

/* Tell that it is over, and stop. The case's own thread and the watchdog, which have no stack here, never return. */
void worker_main(struct worker *worker)
{
    worker->run(worker);
    expect(*(word_t *)worker->stack == STACK_END, worker->number);
    worker->finished = true;
    ok(signal(worker->ended));
    thread_suspend(worker->thread);
    guest_fail("", 0, "a worker that had stopped itself was resumed");
}

struct worker *worker_in(void (*run)(struct worker *), unsigned priority, word_t vspace, word_t fault)
{
    expect(worker_count < WORKERS_MAX, worker_count);
    struct worker *worker = &workers[worker_count];
    worker->run = run;
    worker->number = ++worker_count;
    worker->thread = make(OBJECT_THREAD);
    worker->time = make(OBJECT_SCHED_CONTEXT);
    worker->ended = minted(make(OBJECT_NOTIFICATION), RIGHTS_RW, 1);
    worker->stack = stacks[worker->number - 1];
    *(word_t *)worker->stack = STACK_END;
    ok(sched_configure(worker->time, priority, 10000000, 10000000));
    ok(thread_configure(worker->thread, SLOT_TABLE, vspace, worker->time, fault, 0));
    return worker;
}

struct worker *worker_new(void (*run)(struct worker *), unsigned priority)
{
    return worker_in(run, priority, SLOT_VSPACE, minted(supervisor_endpoint(), RIGHT_WRITE, worker_count + 1));
}

struct worker *worker_alone(void (*run)(struct worker *), unsigned priority, word_t table)
{
    struct worker *worker = worker_in(run, priority, SLOT_VSPACE, 0);

    ok(thread_configure(worker->thread, table, 0, 0, 0, 0));
    return worker;
}

void worker_start(struct worker *worker)
{
    ok(thread_start(worker->thread, (word_t)worker_begin, (word_t)worker->stack + STACK, (word_t)worker));
}

struct worker *worker_run(void (*run)(struct worker *), unsigned priority, word_t argument)
{
    struct worker *worker = worker_new(run, priority);

    worker->argument[0] = argument;
    worker_start(worker);
    return worker;
}

void worker_join(struct worker *worker)
{
    word_t bits;

    ok(wait(worker->ended, 0, &bits));
    expect(worker->finished, worker->number);
}

word_t worker_register(struct worker *worker, unsigned offset)
{
    word_t value = 0;

    ok(thread_read(worker->thread, offset / sizeof(word_t), &value));
    return value;
}

void sleep_ns(word_t nanoseconds)
{
    static word_t never;

    never = never ? never : make(OBJECT_NOTIFICATION);
    expect_status(STATUS_TIMED_OUT, wait(never, nanoseconds, NULL));
}
