#include "machine.h"

#include "panic.h"
#include "string.h"

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

void machine_add_ram(struct machine *machine, struct range range)
{
    paddr_t end = range.end < RAM_LIMIT ? range.end : RAM_LIMIT;

    if (range.start < end)
        range_add(machine->ram, &machine->ram_count, align_up(range.start, PAGE_SIZE), align_down(end, PAGE_SIZE));
}

/* The pages that a range touches. */
static void add_pages(struct range *ranges, unsigned *count, struct range range)
{
    range_add(ranges, count, align_down(range.start, PAGE_SIZE), align_up(range.end, PAGE_SIZE));
}

void machine_add_taken(struct machine *machine, struct range range)
{
    add_pages(machine->taken, &machine->taken_count, range);
}

void machine_add_mapped(struct machine *machine, struct range range)
{
    add_pages(machine->mapped, &machine->mapped_count, range);
}

void machine_set_command_line(struct machine *machine, const char *line, size_t size)
{
    size_t length = 0;

    while (length < size && line[length] != 0)
        if (++length == sizeof(machine->command_line))
            panic("the command line is longer than %lu characters: shorten it", (unsigned long)length - 1);
    memcpy(machine->command_line, line, length);
}

void machine_complete(struct machine *machine)
{
    range_normalize(machine->ram, &machine->ram_count);
    if (machine->ram_count == 0)
        panic("the firmware tells of no memory");
    for (unsigned i = 0; i < machine->ram_count; i++)
        range_remove(machine->device, &machine->device_count, machine->ram[i].start, machine->ram[i].end);
    for (unsigned i = 0; i < machine->taken_count; i++)
        range_remove(machine->device, &machine->device_count, machine->taken[i].start, machine->taken[i].end);
}
