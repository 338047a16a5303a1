#include "untyped.h"

#include "arch.h"
#include "cap_lookup.h"
#include "endpoint.h"
#include "memory.h"
#include "notification.h"
#include "panic.h"
#include "registers.h"
#include "reply.h"
#include "sched.h"
#include "space.h"
#include "string.h"
#include "syscall.h"
#include "thread.h"

#define UNIT_BITS 6
#define ZERO_STEP 4096 /* bytes zeroed by one call */

_Static_assert(OBJECT_UNTYPED_MIN_BITS >= UNIT_BITS, "objects are whole units");
_Static_assert(OBJECT_UNTYPED_MAX_BITS - UNIT_BITS < 32, "a count of units fits in half a word");
_Static_assert(sizeof(struct endpoint) <= 1UL << OBJECT_ENDPOINT_BITS, "an endpoint is what the ABI says");
_Static_assert(sizeof(struct notification) <= 1UL << OBJECT_NOTIFICATION_BITS, "a notification is what the ABI says");
_Static_assert(align_up(offsetof(struct thread, fpu) + sizeof(struct fpu_state), _Alignof(struct thread)) == sizeof(struct thread),
               "a thread's floating point comes last: zero_size()");
_Static_assert(sizeof(struct reply) <= 1UL << OBJECT_REPLY_BITS, "a reply is what the ABI says");

word_t untyped_used(const struct slot *untyped)
{
    return cap_has_children(untyped) ? (untyped->value & 0xffffffff) << UNIT_BITS : 0;
}

static word_t zeroed(const struct slot *untyped)
{
    return (untyped->value >> 32) << UNIT_BITS;
}

static void set_progress(struct slot *untyped, word_t used, word_t zeroed_to)
{
    untyped->value = used >> UNIT_BITS | zeroed_to >> UNIT_BITS << 32;
}

unsigned untyped_object_bits(unsigned type, word_t size_bits)
{
    static const struct {
        uint8_t min;
        uint8_t max;
        uint8_t step; /* sizes differ by this factor's log2 */
    } sizes[OBJECT_COUNT] = {
        [OBJECT_UNTYPED] = {OBJECT_UNTYPED_MIN_BITS, OBJECT_UNTYPED_MAX_BITS, 1},
        [OBJECT_CTABLE] = {OBJECT_CTABLE_MIN_BITS, OBJECT_CTABLE_MAX_BITS, 1},
        [OBJECT_FRAME] = {OBJECT_FRAME_MIN_BITS, OBJECT_FRAME_MAX_BITS, 9},
        [OBJECT_THREAD] = {OBJECT_THREAD_BITS, OBJECT_THREAD_BITS, 1},
        [OBJECT_SCHED_CONTEXT] = {OBJECT_SCHED_CONTEXT_BITS, OBJECT_SCHED_CONTEXT_BITS, 1},
        [OBJECT_ENDPOINT] = {OBJECT_ENDPOINT_BITS, OBJECT_ENDPOINT_BITS, 1},
        [OBJECT_NOTIFICATION] = {OBJECT_NOTIFICATION_BITS, OBJECT_NOTIFICATION_BITS, 1},
        [OBJECT_REPLY] = {OBJECT_REPLY_BITS, OBJECT_REPLY_BITS, 1},
        [OBJECT_VSPACE] = {OBJECT_VSPACE_BITS, OBJECT_VSPACE_BITS, 1},
        [OBJECT_PAGE_TABLE] = {OBJECT_PAGE_TABLE_BITS, OBJECT_PAGE_TABLE_BITS, 1},
    };

    if (type >= OBJECT_COUNT || sizes[type].min == 0)
        return 0;
    if (sizes[type].min == sizes[type].max)
        return sizes[type].min;
    if (size_bits < sizes[type].min || size_bits > sizes[type].max || (size_bits - sizes[type].min) % sizes[type].step != 0)
        return 0;
    return (unsigned)size_bits;
}

/* How deep in tables an object stands that is made from `untyped` into `table`: it goes with either, so the deeper of the two counts. */
static unsigned nesting(const struct slot *untyped, const struct slot *table)
{
    return untyped->nest > table->nest ? untyped->nest : table->nest;
}

/* Make memory that is zero into what the type says. */
static inline void object_init(struct slot *slot, paddr_t paddr, const struct slot *untyped, const struct slot *table)
{
    slot->object = (word_t)direct(paddr);
    switch (slot->type) {
    case OBJECT_UNTYPED:
        slot->object = paddr;
        slot->nest = (uint8_t)nesting(untyped, table);
        break;
    case OBJECT_FRAME:
    case OBJECT_PAGE_TABLE:
        slot->object = paddr;
        break;
    case OBJECT_CTABLE:
        slot->value = 1UL << (slot->size_bits - CAP_BITS);
        slot->nest = (uint8_t)(nesting(untyped, table) + 1);
        break;
    case OBJECT_THREAD: /* a thread that is resumed before it is started is one in user mode all the same: it faults at 0 */
        registers_init(&((struct thread *)slot->object)->registers);
        break;
    case OBJECT_SCHED_CONTEXT:
        sched_object_init((struct sched_context *)slot->object);
        break;
    case OBJECT_VSPACE:
        slot->object = paddr;
        space_create(slot);
        break;
    default:
        break;
    }
}

/* How much of an object has to be zero. What the kernel alone sees of an object and does not read before it writes that need not be: a
 * thread's floating point (see fpu_take()) and what lies behind. */
static word_t zero_size(unsigned type, word_t size)
{
    switch (type) {
    case OBJECT_THREAD:
        return align_up(offsetof(struct thread, fpu), 1UL << UNIT_BITS);
    case OBJECT_SCHED_CONTEXT:
        return align_up(sizeof(struct sched_context), 1UL << UNIT_BITS);
    default:
        return size;
    }
}

/* May such an object be carved at `start`? Only a device's memory has an offset that counts. */
static inline status_t carve_check(const struct slot *untyped, unsigned type, unsigned size_bits, word_t start, word_t offset,
                                   const struct slot *table)
{
    bool device = untyped->flags & SLOT_DEVICE;

    if (device ? type != OBJECT_FRAME && type != OBJECT_UNTYPED : offset != 0)
        return STATUS_BAD_ARGUMENT;
    if (device && offset != 0 && start != offset)
        return STATUS_BAD_ARGUMENT;
    if (size_bits > untyped->size_bits || start > (1UL << untyped->size_bits) - (1UL << size_bits))
        return STATUS_NO_MEMORY;
    if (type == OBJECT_CTABLE && nesting(untyped, table) >= NEST_MAX)
        return STATUS_TOO_DEEP;
    if (type == OBJECT_VSPACE && !space_available())
        return STATUS_NO_MEMORY;
    return cap_derivable(untyped);
}

/* Zero what is not zero yet up to `end`, one step of it. Returns up to where it is. */
static inline word_t zero_step(const struct slot *untyped, word_t from, word_t end)
{
    if (from >= end)
        return from;
    word_t to = end - from > ZERO_STEP ? from + ZERO_STEP : end;
    memset(direct(untyped->object + from), 0, to - from);
    return to;
}

status_t untyped_carve(struct slot *untyped, unsigned type, unsigned size_bits, word_t offset, struct slot *slot, const struct slot *table)
{
    word_t size = 1UL << size_bits;
    bool device = untyped->flags & SLOT_DEVICE;

    if (!cap_has_children(untyped) && !(untyped->flags & SLOT_FRESH)) {
        set_progress(untyped, 0, 0);
        untyped->flags |= SLOT_FRESH; /* until it has a child, so that zeroing in steps does not start over */
    }
    word_t used = (untyped->value & 0xffffffff) << UNIT_BITS;
    word_t start = align_up(device && offset > used ? offset : used, size);
    status_t status = carve_check(untyped, type, size_bits, start, offset, table);
    if (status != STATUS_OK)
        return status;

    word_t clean = zeroed(untyped); /* up to where all is zero */
    if (!device && type != OBJECT_UNTYPED) {
        word_t needed = start + zero_size(type, size);
        clean = zero_step(untyped, clean < start ? start : clean, needed); /* what lies between is given up: what is zero stays in one piece */
        if (clean < needed) {
            set_progress(untyped, start, clean);
            return STATUS_AGAIN;
        }
    }
    word_t end = start + size;
    set_progress(untyped, end, clean > end ? clean : end);
    *slot = (struct slot){.type = (uint8_t)type,
                          .rights = RIGHT_ALL,
                          .flags = (uint8_t)(SLOT_FIRST | (untyped->flags & SLOT_DEVICE)),
                          .size_bits = (uint8_t)size_bits};
    untyped->flags &= (uint8_t)~SLOT_FRESH;
    cap_mark(slot);
    cap_insert_child(untyped, slot);
    object_init(slot, untyped->object + start, untyped, table);
    return STATUS_OK;
}

/* ---- system calls */

status_t syscall_untyped_retype(struct thread *thread)
{
    struct registers *registers = &thread->registers;
    word_t type = registers->info;
    word_t size_bits = registers->message[0];
    word_t index = registers->message[1];
    word_t offset = registers->message[2];
    word_t table_index = registers->message[3];
    struct slot *untyped;
    struct slot *slot;
    struct slot *table;
    status_t status = cap_lookup(thread, registers->cap, OBJECT_UNTYPED, 0, &untyped);

    if (status == STATUS_OK)
        status = cap_place_own(thread, table_index, index, &slot, &table);
    if (status != STATUS_OK)
        return status;
    unsigned bits = type < OBJECT_COUNT ? untyped_object_bits((unsigned)type, size_bits) : 0;
    if (bits == 0)
        return STATUS_BAD_ARGUMENT;

    status = untyped_carve(untyped, (unsigned)type, bits, offset, slot, table);
    if (status == STATUS_OK)
        registers->message[0] = untyped->object + untyped_used(untyped) - (1UL << bits); /* what was carved last ends what is used */
    return status;
}
