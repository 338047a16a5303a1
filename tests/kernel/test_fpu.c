/* fpu.c: whose the floating-point unit is, and the invariant that says so. */
#include "fpu.h"

#include "check.h"
#include "hart.h"
#include "host.h"
#include "invariants.h"
#include "thread.h"
#include "world.h"

enum { ONE = 40, OTHER };

static struct thread *thread_new(unsigned slot)
{
    return (struct thread *)world_make(slot, OBJECT_THREAD, 0)->object;
}

CASE(who_uses_the_unit_owns_it)
{
    world_init();
    struct thread *one = thread_new(ONE), *other = thread_new(OTHER);

    CHECK(hart_boot.fpu_owner == NULL && !one->fpu_used);
    fpu_take(one);
    CHECK(hart_boot.fpu_owner == one && one->fpu_used && !other->fpu_used);
    fpu_take(other);
    CHECK(hart_boot.fpu_owner == other && one->fpu_used && other->fpu_used);
    check_invariants();
}

CASE(who_starts_afresh_owns_nothing)
{
    world_init();
    struct thread *one = thread_new(ONE), *other = thread_new(OTHER);

    fpu_take(one);
    fpu_take(other);
    fpu_forget(one);
    CHECK(hart_boot.fpu_owner == other && !one->fpu_used && other->fpu_used);
    fpu_forget(other);
    CHECK(hart_boot.fpu_owner == NULL && !other->fpu_used);
    check_invariants();
}

CASE(who_is_gone_owns_nothing)
{
    world_init();
    fpu_take(thread_new(ONE));
    thread_destroy((struct thread *)world.table[ONE].object);
    CHECK(hart_boot.fpu_owner == NULL);
}

static void check(void *context)
{
    (void)context;
    check_invariants();
}

CASE(an_owner_that_is_not_there_is_seen)
{
    static struct thread nobody;

    world_init();
    nobody.fpu_used = true;
    hart_boot.fpu_owner = &nobody;
    check_panics(check, NULL);
}

CASE(an_owner_that_never_used_the_unit_is_seen)
{
    world_init();
    hart_boot.fpu_owner = thread_new(ONE);
    check_panics(check, NULL);
}
