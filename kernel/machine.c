#include "machine.h"

#include "panic.h"

void range_add(struct range *ranges, unsigned *count, paddr_t start, paddr_t end)
{
    if (start >= end)
        return;
    if (*count == MACHINE_RANGES)
        panic("the machine's memory map has more than %u ranges", MACHINE_RANGES);
    ranges[(*count)++] = (struct range){start, end};
}

void range_remove(struct range *ranges, unsigned *count, paddr_t start, paddr_t end)
{
    unsigned was = *count;

    for (unsigned i = 0; i < was; i++) {
        struct range range = ranges[i];
        if (range.end <= start || range.start >= end)
            continue;
        ranges[i].end = start > range.start ? start : range.start; /* empty if nothing is left below */
        if (range.end > end)
            range_add(ranges, count, end, range.end);
    }
    range_normalize(ranges, count);
}

bool range_holds(const struct range *ranges, unsigned count, paddr_t start, paddr_t end)
{
    for (unsigned i = 0; i < count; i++)
        if (start <= end && start >= ranges[i].start && end <= ranges[i].end)
            return true;
    return false;
}

void range_normalize(struct range *ranges, unsigned *count)
{
    unsigned kept = 0;

    for (unsigned i = 1; i < *count; i++) { /* insertion sort: a handful of ranges */
        struct range range = ranges[i];
        unsigned at = i;
        for (; at > 0 && ranges[at - 1].start > range.start; at--)
            ranges[at] = ranges[at - 1];
        ranges[at] = range;
    }
    for (unsigned i = 0; i < *count; i++) {
        if (ranges[i].start >= ranges[i].end)
            continue;
        if (kept > 0 && ranges[i].start <= ranges[kept - 1].end) {
            if (ranges[i].end > ranges[kept - 1].end)
                ranges[kept - 1].end = ranges[i].end;
        } else {
            ranges[kept++] = ranges[i];
        }
    }
    *count = kept;
}
