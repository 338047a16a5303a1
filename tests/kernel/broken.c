#include "broken.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "invariants.h"
#include "panic.h"

static bool was_healthy;

void healthy(void)
{
    check_invariants();
    was_healthy = true;
}

static void check(void *context)
{
    (void)context;
    check_invariants();
}

void invariants_stop_at(const char *function, const char *fact)
{
    char said[sizeof(panic_record.message)];

    CHECK(was_healthy, "the case breaks what it never saw whole");
    check_panics(check, NULL);
    snprintf(said, sizeof(said), ": this does not hold: %s; ", fact);
    CHECK(strncmp(panic_record.message, "kernel/invariants", 17) == 0, "%s", panic_record.message);
    CHECK(strstr(panic_record.message, said) != NULL, "%s was broken, and what was said is: %s", function, panic_record.message);
}
