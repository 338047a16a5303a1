/* machine.c: ranges of memory, held against a map with a bit for each address. */
#include "machine.h"

#include <string.h>

#include "check.h"

#define PLACES 96 /* addresses of the model: 0 to here */
#define SEEDS 3000

struct model {
    bool holds[PLACES];
};

static void model_set(struct model *model, unsigned start, unsigned end, bool to)
{
    for (unsigned i = start; i < end; i++)
        model->holds[i] = to;
}

/* The same addresses, ascending, disjoint, not touching, none empty. */
static void agree(const struct range *ranges, unsigned count, const struct model *model)
{
    unsigned at = 0;

    for (unsigned i = 0; i < count; i++) {
        CHECK(ranges[i].start < ranges[i].end && ranges[i].end <= PLACES);
        CHECK(i == 0 || ranges[i].start > ranges[i - 1].end, "range %u touches the one before", i);
        for (; at < ranges[i].start; at++)
            CHECK(!model->holds[at], "address %u is missing", at);
        for (; at < ranges[i].end; at++)
            CHECK(model->holds[at], "address %u is too much", at);
    }
    for (; at < PLACES; at++)
        CHECK(!model->holds[at], "address %u is missing", at);
}

CASE(random_ranges_agree_with_a_bitmap)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t random = seed;
        struct range ranges[MACHINE_RANGES];
        struct model model = {{false}};
        unsigned count = 0;
        unsigned added = 1 + check_below(&random, 6);
        for (unsigned i = 0; i < added; i++) { /* overlapping, touching, empty ones too, in any order */
            unsigned start = check_below(&random, PLACES);
            unsigned end = check_below(&random, PLACES + 1);
            range_add(ranges, &count, start, end);
            model_set(&model, start, end, true);
        }
        range_normalize(ranges, &count);
        agree(ranges, count, &model);
        for (unsigned i = 0; i < 8; i++) {
            unsigned start = check_below(&random, PLACES);
            unsigned end = start + check_below(&random, PLACES + 1 - start);
            range_remove(ranges, &count, start, end);
            model_set(&model, start, end, false);
            agree(ranges, count, &model);
        }
    }
}

CASE(removing_from_ranges_not_yet_normalized)
{
    struct range ranges[MACHINE_RANGES];
    struct model model = {{false}};
    unsigned count = 0;

    range_add(ranges, &count, 50, 70);
    range_add(ranges, &count, 10, 60);
    range_remove(ranges, &count, 20, 55);
    model_set(&model, 10, 70, true);
    model_set(&model, 20, 55, false);
    agree(ranges, count, &model);
}

CASE(the_ends_of_the_address_space_are_addresses)
{
    struct range ranges[MACHINE_RANGES];
    unsigned count = 0;

    range_add(ranges, &count, 0, ~0UL);
    range_remove(ranges, &count, 0, 0x1000);
    range_remove(ranges, &count, 1UL << 37, ~0UL);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(ranges[0].start, 0x1000);
    CHECK_EQUAL(ranges[0].end, 1UL << 37);
}

static void one_too_many(void *context)
{
    struct range *ranges = context;
    unsigned count = MACHINE_RANGES;

    range_add(ranges, &count, 0, 1);
}

CASE(too_many_ranges_stop_the_kernel)
{
    struct range ranges[MACHINE_RANGES + 1];

    check_panics(one_too_many, ranges);
}

CASE(ram_counts_by_whole_pages_and_what_is_taken_by_touched_ones)
{
    static struct machine machine;

    machine_add_ram(&machine, (struct range){PAGE_SIZE - 1, 3 * PAGE_SIZE + 1});
    machine_add_ram(&machine, (struct range){5 * PAGE_SIZE + 1, 6 * PAGE_SIZE}); /* no whole page */
    machine_add_taken(&machine, (struct range){PAGE_SIZE + 1, 2 * PAGE_SIZE + 1});
    CHECK_EQUAL(machine.ram_count, 1);
    CHECK_EQUAL(machine.ram[0].start, PAGE_SIZE);
    CHECK_EQUAL(machine.ram[0].end, 3 * PAGE_SIZE);
    CHECK_EQUAL(machine.taken[0].start, PAGE_SIZE);
    CHECK_EQUAL(machine.taken[0].end, 3 * PAGE_SIZE);
}

CASE(ram_that_links_do_not_reach_is_left_alone)
{
    static struct machine machine;

    machine_add_ram(&machine, (struct range){RAM_LIMIT - PAGE_SIZE, RAM_LIMIT + PAGE_SIZE});
    machine_add_ram(&machine, (struct range){RAM_LIMIT, 2 * RAM_LIMIT});
    machine_add_ram(&machine, (struct range){~0UL - 1, ~0UL});
    machine_add_ram(&machine, (struct range){PAGE_SIZE, 0}); /* its size leads around */
    CHECK_EQUAL(machine.ram_count, 1);
    CHECK_EQUAL(machine.ram[0].start, RAM_LIMIT - PAGE_SIZE);
    CHECK_EQUAL(machine.ram[0].end, RAM_LIMIT);
}

CASE(neither_ram_nor_what_is_taken_is_a_device)
{
    static struct machine machine;

    range_add(machine.device, &machine.device_count, 0, 8 * PAGE_SIZE);
    machine_add_ram(&machine, (struct range){4 * PAGE_SIZE, 6 * PAGE_SIZE});
    machine_add_ram(&machine, (struct range){2 * PAGE_SIZE, 4 * PAGE_SIZE});
    machine_add_taken(&machine, (struct range){7 * PAGE_SIZE, 7 * PAGE_SIZE + 1});
    machine_complete(&machine);
    CHECK_EQUAL(machine.ram_count, 1);
    CHECK_EQUAL(machine.device_count, 2);
    CHECK_EQUAL(machine.device[0].end, 2 * PAGE_SIZE);
    CHECK_EQUAL(machine.device[1].start, 6 * PAGE_SIZE);
    CHECK_EQUAL(machine.device[1].end, 7 * PAGE_SIZE);
}

static void complete(void *context)
{
    machine_complete(context);
}

CASE(a_machine_without_memory_stops_the_kernel)
{
    static struct machine machine;

    check_panics(complete, &machine);
}

static void set_long_line(void *context)
{
    char line[sizeof(((struct machine *)0)->command_line)];

    memset(line, 'x', sizeof(line));
    machine_set_command_line(context, line, sizeof(line));
}

CASE(a_command_line_ends_or_is_refused)
{
    static struct machine ended, cut;
    const char line[] = "one two\0three";

    machine_set_command_line(&ended, line, sizeof(line));
    CHECK_TEXT(ended.command_line, "one two");
    machine_set_command_line(&cut, "three", 2);
    CHECK_TEXT(cut.command_line, "th");
    check_panics(set_long_line, &cut);
}
