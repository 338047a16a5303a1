#include "walk.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define SECONDS_MAX 10 /* of processor time of a walk */

#define KINDS_MAX 64

/* Written by the processes of the walks. */
static struct shared {
    unsigned at; /* the step under way */
    unsigned done[KINDS_MAX];
} volatile *shared;

bool walk_quick;

static bool telling;

void walk_did(unsigned kind)
{
    CHECK(kind < KINDS_MAX);
    shared->done[kind]++;
}

void walk_tell(const char *pattern, ...)
{
    va_list values;

    if (!telling)
        return;
    va_start(values, pattern);
    vfprintf(stderr, pattern, values);
    va_end(values);
    fputc('\n', stderr);
}

/* The step under way, and how many choices it has made. */
static const struct walk_step *now;
static unsigned chosen;

/* A step has few words: each serves for several choices. */
uint32_t walk_choose(uint32_t limit)
{
    uint32_t word = now->words[1 + chosen % 7] + chosen * 0x9e3779b1;

    chosen++;
    return (word * 0x85ebca6b >> 8) % limit;
}

static void steps_make(struct walk_step *steps, unsigned count, uint64_t seed)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned word = 0; word < 8; word++)
            steps[i].words[word] = (uint32_t)check_random(&seed);
}

/* How many steps were made before one failed; `count` if none did. */
static unsigned survived(const struct walk *walk, const struct walk_step *steps, unsigned count, bool tell)
{
    int status;

    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS_MAX, SECONDS_MAX});
        telling = tell;
        if (!tell)
            dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        shared->at = 0;
        now = &(struct walk_step){{0}};
        walk->begin();
        for (unsigned i = 0; i < count; i++) {
            shared->at = i;
            now = &steps[i];
            chosen = 0;
            walk->step(now);
        }
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? count : shared->at;
}

/* Leave out what is not needed for a failure, in pieces that get smaller. */
static unsigned shrink(const struct walk *walk, struct walk_step *steps, unsigned count)
{
    for (unsigned piece = count / 2; piece > 0; piece /= 2)
        for (unsigned from = 0; from + piece <= count;) {
            struct walk_step *fewer = malloc(count * sizeof(*steps));
            memcpy(fewer, steps, from * sizeof(*steps));
            memcpy(fewer + from, steps + from + piece, (count - from - piece) * sizeof(*steps));
            unsigned failed = survived(walk, fewer, count - piece, false);
            if (failed < count - piece) {
                count = failed + 1;
                memcpy(steps, fewer, count * sizeof(*steps));
            } else {
                from += piece;
            }
            free(fewer);
        }
    return count;
}

void walk_run(const struct walk *walk)
{
    struct walk_step *steps = malloc(walk->steps * sizeof(*steps));

    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    for (uint64_t seed = 1; seed <= walk->seeds; seed++) {
        steps_make(steps, walk->steps, seed);
        unsigned failed = survived(walk, steps, walk->steps, false);
        if (failed == walk->steps)
            continue;
        unsigned count = walk_quick ? failed + 1 : shrink(walk, steps, failed + 1);
        fprintf(stderr, "seed %lu fails at step %u; so do these %u steps:\n", (unsigned long)seed, failed, count);
        survived(walk, steps, count, true);
        check_failed(__FILE__, __LINE__, "a random walk failed");
    }
    free(steps);
    for (unsigned kind = 0; walk->kinds[kind] != NULL; kind++)
        CHECK(shared->done[kind] >= walk->seeds / 4, "'%s' was done only %u times", walk->kinds[kind], shared->done[kind]);
}
