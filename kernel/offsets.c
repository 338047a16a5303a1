/*
 * Where members stand, and what constants are, for assembly. Compiled to assembly that is never assembled: build.mk takes the texts that begin with "->" and
 * makes tiss/offsets.h from them, so that nothing of it is typed twice.
 */
#include "cap.h"
#include "endpoint.h"
#include "hart.h"
#include "notification.h"
#include "thread.h"

#define VALUE(name) __asm__ volatile("\n.ascii \"-> #define " #name " %c0\"" : : "i"(name))
#define OFFSET(name, type, member) __asm__ volatile("\n.ascii \"-> #define " #name " %c0\"" : : "i"(offsetof(type, member)))

_Static_assert((CALLS_MAX & (CALLS_MAX - 1)) == 0, "the fast path may look at one bit");
_Static_assert(offsetof(struct thread, state) == offsetof(struct thread, nesting) + 2 && offsetof(struct thread, standing) == offsetof(struct thread, nesting) + 3 &&
                   offsetof(struct thread, nesting) % 4 == 0,
               "one word, as fast.h says");
_Static_assert(offsetof(struct slot, rights) == offsetof(struct slot, type) + 1, "FAST_SIGNALS");
_Static_assert(SYS_CALL == 0 && STATUS_OK == 0, "the number of one is the other");

void offsets(void);

void offsets(void)
{
    VALUE(SLOT_CALLS);
    VALUE(SLOT_RECEIVES);
    VALUE(THREAD_READY);
    VALUE(THREAD_AWAITING);
    VALUE(THREAD_RECEIVING);
    VALUE(THREAD_PLAIN);
    VALUE(CALLS_MAX);
    VALUE(ATTENTION_FPU);
    OFFSET(SLOT_TYPE, struct slot, type);
    OFFSET(SLOT_FLAGS, struct slot, flags);
    OFFSET(SLOT_OBJECT, struct slot, object);
    OFFSET(SLOT_VALUE, struct slot, value);
    OFFSET(ENDPOINT_IDLE, struct endpoint, idle);
    OFFSET(ENDPOINT_QUEUE, struct endpoint, queue);
    OFFSET(ENDPOINT_SERVER, struct endpoint, server);
    OFFSET(NOTIFICATION_BITS, struct notification, bits);
    OFFSET(NOTIFICATION_QUEUE, struct notification, queue);
    OFFSET(NOTIFICATION_BOUND, struct notification, bound);
    OFFSET(THREAD_TABLE_OBJECT, struct thread, slots[THREAD_CTABLE].object);
    OFFSET(THREAD_TABLE_COUNT, struct thread, slots[THREAD_CTABLE].value);
    OFFSET(THREAD_NESTING, struct thread, nesting);
    OFFSET(THREAD_STATE, struct thread, state);
    OFFSET(THREAD_STANDING, struct thread, standing);
    OFFSET(THREAD_ROOT, struct thread, root);
    OFFSET(THREAD_CALLER, struct thread, caller);
    OFFSET(THREAD_CALLEE, struct thread, callee);
    OFFSET(THREAD_ENDPOINT, struct thread, endpoint);
}
