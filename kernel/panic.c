#include "panic.h"

#include "console.h"
#include "hart.h"
#include "image.h"
#include "memory.h"
#include "string.h"
#include "thread.h"

#define PANIC_STATUS 0x7f /* what the exit device is told: not a status that a system exits with by the lab channel */
#define NO_CAUSE (~0UL)   /* an assertion, not a trap */

struct panic_record panic_record __attribute__((aligned(PAGE_SIZE)));

static char message[sizeof(panic_record.message)];

static void print(const char *text)
{
    for (; *text != 0; text++) {
        if (*text == '\n')
            console_put('\r');
        console_put(*text);
    }
}

static void compose(size_t at, const char *pattern, ...)
{
    va_list values;

    va_start(values, pattern);
    format(message + at, sizeof(message) - at, pattern, values);
    va_end(values);
}

static void record_fill(const struct registers *registers, word_t cause, vaddr_t address)
{
    struct panic_record *record = &panic_record;
    struct thread *thread = hart_self()->thread;

    record->pc = registers_pc(registers);
    record->sp = registers_sp(registers);
    record->fp = registers_fp(registers);
    record->cause = cause;
    record->address = address;
    record->thread = thread == NULL ? 0 : direct_paddr(thread);
    record->count = REGISTER_COUNT;
    memcpy(record->registers, registers, sizeof(*registers));
    memcpy(record->message, message, sizeof(message));
    __asm__ volatile("" ::: "memory"); /* valid comes last: a reader that sees it sees the rest */
    record->valid = ABI_MAGIC;
}

static _Noreturn void stop(const struct registers *registers, word_t cause, vaddr_t address)
{
    static bool entered;

    if (!entered) { /* a panic in a panic keeps the first record */
        entered = true;
        record_fill(registers, cause, address);
        print("\npanic: ");
        print(message);
        compose(0, "\n  pc %lx sp %lx fp %lx\n", (unsigned long)panic_record.pc, (unsigned long)panic_record.sp,
                (unsigned long)panic_record.fp);
        print(message);
    }
    machine_exit(PANIC_STATUS);
}

void panic_at(const char *file, unsigned line, const char *pattern, ...)
{
    struct registers registers;
    va_list values;

    registers_capture(&registers);
    compose(0, "%s:%u: ", file, line);
    size_t at = strlen(message);
    va_start(values, pattern);
    format(message + at, sizeof(message) - at, pattern, values);
    va_end(values);
    stop(&registers, NO_CAUSE, 0);
}

void panic_fact(const char *file, unsigned line, const char *fact, const char *names, const word_t *values, unsigned count)
{
    struct registers registers;

    registers_capture(&registers);
    compose(0, "%s:%u: this does not hold: %s", file, line, fact);
    for (unsigned i = 0; i < count; i++)
        compose(strlen(message), i == 0 ? "; %s = %lx" : "%s, %lx", i == 0 ? names : "", (unsigned long)values[i]);
    stop(&registers, NO_CAUSE, 0);
}

void panic_trap(const struct registers *registers, word_t number, word_t cause, vaddr_t address)
{
    bool overflow = address - (vaddr_t)kernel_stack_guard < PAGE_SIZE;
    const char *what = overflow ? "kernel stack overflow" : exception_of(number)->name;

    compose(0, "the kernel trapped: %s, cause %lx, address %lx", what, (unsigned long)cause, (unsigned long)address);
    stop(registers, cause, address);
}
