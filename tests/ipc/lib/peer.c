/* The other side of an operation. */
#include "cost.h"

#define TURN 10000000000UL /* ns: nobody's ends while something is counted, however slow the machine is */

static word_t table, vspace;

struct worker *peer_new(void (*run)(struct worker *), unsigned priority, word_t fault)
{
    vspace = space_clone();
    table = make_sized(OBJECT_CTABLE, CAP_BITS + PEER_SLOTS_BITS);
    struct worker *peer = worker_in(run, priority, vspace, fault ? fault : minted(supervisor_endpoint(), RIGHT_WRITE, 1));
    ok(thread_configure(peer->thread, table, 0, 0, 0, 0));
    ok(sched_configure(peer->time, priority, TURN, TURN));
    ok(sched_configure(case_time(), CASE_PRIORITY, TURN, TURN));
    if (!is_empty(SLOT_PORT)) /* by which a program ends the machine when something goes wrong */
        ok(cap_copy(table, SLOT_PORT, SLOT_PORT, RIGHT_ALL));
    return peer;
}

void peer_give(enum peer_slot slot, word_t source, word_t rights)
{
    ok(cap_copy(table, slot, source, rights));
}

word_t peer_space(void)
{
    return vspace;
}
