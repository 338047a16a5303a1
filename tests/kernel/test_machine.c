/* machine.c: ranges of memory, held against a map with a bit for each address. */
#include "machine.h"

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
