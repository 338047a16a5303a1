/*
 * Random walks: a seed makes steps, each a handful of numbers that the walk reads as something to do in whatever state it is in, so any part
 * of the steps is a walk too. When a step fails, the walk is run again with fewer steps until none can be left out, and is then told.
 */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stdint.h>

struct walk_step {
    uint32_t words[8]; /* the first is the walk's own to read */
};

struct walk {
    void (*begin)(void);
    void (*step)(const struct walk_step *step);
    unsigned steps; /* of a walk */
    unsigned seeds; /* walks, each in a process of its own */
    const char *const *kinds; /* names of what steps do, NULL behind the last: all walks together must do each in one of four walks */
};

/* Tell a failing walk as it is: looking for its shortest part takes time. */
extern bool walk_quick;

void walk_run(const struct walk *walk);
/* A number below `limit` by the words of the step under way but the first; each choice of a step is another. */
uint32_t walk_choose(uint32_t limit);
/* A step has done what it set out to do, and that was of this kind. */
void walk_did(unsigned kind);
/* Say what a step does: printed in the last run of a walk that fails. */
void walk_tell(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

#endif
