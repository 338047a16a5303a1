/*
 * Test cases in C: each CASE registers itself as <file>/<name>; a fact that does not hold ends its process with a sentence on stderr.
 * The program (check.c) lists its cases, or runs some, each in a process of its own, so that no case sees another's state.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct check_case {
    const char *file;
    const char *name;
    void (*run)(void);
    struct check_case *next;
};

void check_register(struct check_case *test);

#define CASE(test)                                                                       \
    static void test(void);                                                              \
    static struct check_case test##_case = {__FILE__, #test, test, 0};                   \
    __attribute__((constructor)) static void test##_register(void)                       \
    {                                                                                    \
        check_register(&test##_case);                                                    \
    }                                                                                    \
    static void test(void)

#define CHECK(fact, ...)                                                                 \
    do {                                                                                 \
        if (!(fact))                                                                     \
            check_false(__FILE__, __LINE__, #fact, "" __VA_ARGS__);                      \
    } while (0)

#define CHECK_EQUAL(is, should)                                                          \
    do {                                                                                 \
        uint64_t check_is = (uint64_t)(is);                                              \
        uint64_t check_should = (uint64_t)(should);                                      \
        if (check_is != check_should)                                                    \
            check_failed(__FILE__, __LINE__, "%s is %#lx, and should be %s, %#lx", #is, check_is, #should, check_should); \
    } while (0)

#define CHECK_TEXT(is, should) check_text(__FILE__, __LINE__, #is, is, should)

_Noreturn void check_failed(const char *file, unsigned line, const char *pattern, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void check_false(const char *file, unsigned line, const char *fact, const char *pattern, ...)
    __attribute__((format(printf, 4, 5)));
void check_text(const char *file, unsigned line, const char *what, const char *is, const char *should);

/* What happens when the kernel panics: `run` is run, and must. The record's message is left in panic_record. */
void check_panics(void (*run)(void *), void *context);

/* Numbers that look random and are the same in every run (splitmix64). */
uint64_t check_random(uint64_t *state);
/* Below `limit`. */
unsigned check_below(uint64_t *state, unsigned limit);

#endif
