/*
 * Budgets: sporadic servers (Sprunt, Sha, Lehoczky 1989, with the corrections of Stanovich, Baker, Wang, Gonzalez Harbour 2010). A budget
 * is a short queue of refills, each usable from a moment on. What is used of one comes back a period after its use began; so in any
 * window of a period no more than the budget is used. Amounts always add up to the budget.
 */
#include "cap_lookup.h"
#include "clock.h"
#include "hart.h"
#include "notification.h"
#include "panic.h"
#include "sched.h"
#include "syscall.h"
#include "thread.h"

static struct refill *head(struct sched_context *time)
{
    return &time->refill[time->head];
}

static bool unlimited(const struct sched_context *time)
{
    return time->budget == time->period;
}

void budget_set(struct sched_context *time, uint64_t budget, uint64_t period, uint64_t now)
{
    time->budget = budget;
    time->period = period;
    time->head = 0;
    time->count = 1;
    time->due = 0;
    *head(time) = (struct refill){now, budget};
}

bool budget_available(const struct sched_context *time, uint64_t now)
{
    return unlimited(time) || time->refill[time->head].time <= now;
}

uint64_t budget_left(const struct sched_context *time)
{
    return time->refill[time->head].amount;
}

static struct refill *last(struct sched_context *time)
{
    return &time->refill[(time->head + time->count - 1) % REFILLS];
}

static void pop(struct sched_context *time)
{
    time->head = (time->head + 1) % REFILLS;
    time->count--;
}

/* What was used comes back. With no room left it joins the last refill, later than it could: never too early. */
static void push(struct sched_context *time, struct refill refill)
{
    if (time->count > 0 && (time->count == REFILLS || last(time)->time == refill.time)) {
        last(time)->amount += refill.amount;
        last(time)->time = refill.time;
        return;
    }
    time->count++;
    *last(time) = refill;
}

static void tell(struct sched_context *time)
{
    if (time->notification.type == OBJECT_NOTIFICATION)
        notification_signal((struct notification *)time->notification.object, time->notification.value);
}

/*
 * Take from the refills what was run until now. A refill that could have been used before begins its use only now, else what a thread was
 * kept from running would come back at once. What was run beyond the refills that can be used (a tick comes late) is taken from the next,
 * which then starts later; but if the machine stood still for many periods, one has to do.
 */
static void use(struct sched_context *time, uint64_t used, uint64_t now)
{
    uint64_t from = now - used;

    if (used >= time->budget) { /* all of it in one go comes back in one go */
        *head(time) = (struct refill){last(time)->time, time->budget};
        time->count = 1;
    }
    for (unsigned i = 0; used > 0 && i < REFILLS; i++) {
        struct refill *first = head(time);
        uint64_t taken = used < first->amount ? used : first->amount;
        if (first->time < from)
            first->time = from;
        struct refill back = {first->time + time->period, taken};
        first->amount -= taken;
        first->time += taken; /* the rest has its own use to begin */
        from += taken;
        used -= taken;
        if (first->amount == 0)
            pop(time);
        push(time, back);
    }
    if (used > 0)
        head(time)->time = now + time->period;
    if (head(time)->amount < BUDGET_GRAIN && time->count > 1) { /* too little to run on: wait for the next */
        uint64_t little = head(time)->amount;
        pop(time);
        head(time)->amount += little;
    }
}

bool budget_charge(struct sched_context *time, uint64_t used, uint64_t now)
{
    time->consumed += used;
    if (unlimited(time)) {
        struct refill *turn = head(time);
        turn->amount -= used < turn->amount ? used : turn->amount;
        if (turn->amount >= BUDGET_GRAIN)
            return false;
        turn->amount = time->budget;
        return true;
    }
    use(time, used, now);
    bool missed = time->due != 0 && now > time->due;
    bool exhausted = !budget_available(time, now);
    if (missed) {
        time->missed++;
        time->due = now + time->period;
    }
    if (exhausted)
        time->exhausted++;
    if (missed || exhausted) /* once, so that no more than one waiter is woken */
        tell(time);
    return exhausted;
}

void budget_begin(struct sched_context *time, uint64_t now)
{
    if (unlimited(time) || time->due != 0)
        return;
    time->due = now + time->period;
    while (time->count > 1 && time->refill[(time->head + 1) % REFILLS].time <= now) {
        uint64_t amount = head(time)->amount;
        pop(time);
        head(time)->amount += amount;
    }
}

void budget_end(struct sched_context *time, uint64_t now)
{
    bool missed = time->due != 0 && now > time->due;

    time->due = 0;
    if (missed) {
        time->missed++;
        tell(time);
    }
}

/* ---- system calls */

static status_t time_of(struct thread *thread, unsigned rights, struct sched_context **time)
{
    struct slot *slot;
    status_t status = cap_lookup(thread, thread->registers.cap, OBJECT_SCHED_CONTEXT, rights, &slot);

    *time = status == STATUS_OK ? (struct sched_context *)slot->object : NULL;
    return status;
}

status_t syscall_sched_configure(struct thread *thread)
{
    const struct registers *registers = &thread->registers;
    word_t priority = registers->info;
    word_t budget = registers->message[0];
    word_t period = registers->message[1];
    struct sched_context *time;
    status_t status = time_of(thread, RIGHT_WRITE, &time);

    if (status != STATUS_OK)
        return status;
    if (priority >= PRIORITIES || budget < BUDGET_MIN || budget > period || period > PERIOD_MAX)
        return STATUS_BAD_ARGUMENT;

    struct hart *hart = hart_self();
    bool running = hart->running == time;
    bool ready = running || time->queued || time->timer.armed;
    if (ready)
        sched_unready(time);
    time->priority = (unsigned)priority;
    budget_set(time, budget, period, timer_now());
    if (ready)
        sched_enqueue(time);
    return STATUS_OK;
}

status_t syscall_sched_bind(struct thread *thread)
{
    word_t index = thread->registers.info;
    struct slot *source;
    struct sched_context *time;
    status_t status = time_of(thread, RIGHT_WRITE, &time);

    if (status != STATUS_OK)
        return status;
    if (index == 0) {
        cap_release(&time->notification);
        return STATUS_OK;
    }
    status = cap_lookup(thread, index, OBJECT_NOTIFICATION, RIGHT_WRITE, &source);
    if (status == STATUS_OK && time->notification.type != OBJECT_NULL)
        status = STATUS_ALREADY;
    if (status == STATUS_OK)
        status = cap_derivable(source);
    if (status != STATUS_OK)
        return status;

    cap_hold(source, &time->notification, 0);
    return STATUS_OK;
}

status_t syscall_sched_read(struct thread *thread)
{
    struct sched_context *time;
    status_t status = time_of(thread, RIGHT_READ, &time);

    if (status != STATUS_OK)
        return status;

    thread->registers.message[0] = time->consumed;
    thread->registers.message[1] = budget_available(time, timer_now()) ? budget_left(time) : 0;
    thread->registers.message[2] = time->exhausted;
    thread->registers.message[3] = time->missed;
    return STATUS_OK;
}
