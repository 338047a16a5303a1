/* The test program: --list names the cases, each argument runs one, or a whole file's, none runs all; --quick before them spares
 * failing walks their analysis. One line of JSON a case on stdout. */
#include "check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/host.h"
#include "panic.h"
#include "walk.h"

#define SECONDS_MAX 60 /* of processor time of a case, after which it counts as hanging */

static struct check_case *cases;
static jmp_buf *on_stop;

void check_register(struct check_case *test)
{
    struct check_case **place = &cases;

    while (*place != NULL && (strcmp((*place)->file, test->file) < 0 || (*place)->run == test->run))
        place = &(*place)->next;
    test->next = *place;
    *place = test;
}

static _Noreturn void complain(const char *file, unsigned line, const char *before, const char *pattern, va_list values)
{
    fprintf(stderr, "%s:%u: %s", file, line, before);
    vfprintf(stderr, pattern, values);
    fputc('\n', stderr);
    fflush(stderr);
    _exit(1);
}

void check_failed(const char *file, unsigned line, const char *pattern, ...)
{
    va_list values;

    va_start(values, pattern);
    complain(file, line, "", pattern, values);
}

void check_false(const char *file, unsigned line, const char *fact, const char *pattern, ...)
{
    char before[256];
    va_list values;

    snprintf(before, sizeof(before), "this does not hold: %s%s", fact, *pattern == 0 ? "" : "; ");
    va_start(values, pattern);
    complain(file, line, before, pattern, values);
}

void check_text(const char *file, unsigned line, const char *what, const char *is, const char *should)
{
    if (strcmp(is, should) != 0)
        check_failed(file, line, "%s is \"%s\", and should be \"%s\"", what, is, should);
}

/* The kernel's machine_exit(): a panic that no case waits for is a failure. */
void machine_exit(unsigned status)
{
    if (on_stop != NULL)
        longjmp(*on_stop, 1);
    fprintf(stderr, "the kernel stopped with status %#x: %s\n", status, panic_record.message);
    abort();
}

void check_panics(void (*run)(void *), void *context)
{
    jmp_buf stop;

    on_stop = &stop;
    if (setjmp(stop) == 0) {
        run(context);
        check_failed(__FILE__, __LINE__, "the kernel should have panicked");
    }
    on_stop = NULL;
}

uint64_t check_random(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

unsigned check_below(uint64_t *state, unsigned limit)
{
    return (unsigned)(check_random(state) % limit);
}

/* file.c's name without folder, test_ and ending, then the case's. */
static const char *full_name(const struct check_case *test)
{
    static char name[128];
    const char *stem = strrchr(test->file, '/');

    stem = stem == NULL ? test->file : stem + 1;
    stem += strncmp(stem, "test_", 5) == 0 ? 5 : 0;
    snprintf(name, sizeof(name), "%.*s/%s", (int)strcspn(stem, "."), stem, test->name);
    return name;
}

static bool run(const struct check_case *test)
{
    int status;

    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS_MAX, SECONDS_MAX});
        test->run();
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("the case could not be run");
        exit(2);
    }
    bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    printf("{\"case\": \"%s\", \"passed\": %s, \"signal\": %d}\n", full_name(test), passed ? "true" : "false",
           WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return passed;
}

static bool wanted(const struct check_case *test, int count, char **names)
{
    const char *name = full_name(test);

    for (int i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0 || (strlen(names[i]) == strcspn(name, "/") && strncmp(name, names[i], strlen(names[i])) == 0))
            return true;
    return count == 0;
}

int main(int count, char **arguments)
{
    bool list = count == 2 && strcmp(arguments[1], "--list") == 0;
    unsigned found = 0;
    bool passed = true;

    if (count > 1 && strcmp(arguments[1], "--quick") == 0) {
        walk_quick = true;
        count--;
        arguments++;
    }
    host_init();
    for (const struct check_case *test = cases; test != NULL; test = test->next) {
        if (list) {
            puts(full_name(test));
        } else if (wanted(test, count - 1, arguments + 1)) {
            found++;
            passed = run(test) && passed;
        }
    }
    if (!list && found == 0) {
        fprintf(stderr, "no case has such a name: --list tells them\n");
        return 2;
    }
    return passed ? 0 : 1;
}
