/* pcid.h: which processors have identifiers for address spaces, and what is loaded into CR3. No processor model of TCG has them. */
#include "arch/x86_64/pcid.h"

#include "check.h"
#include "space.h"

CASE(both_features_are_needed)
{
    CHECK_EQUAL(pcid_count(0, 0), 1);
    CHECK_EQUAL(pcid_count(1U << 17, 0), 1);
    CHECK_EQUAL(pcid_count(0, 1U << 10), 1);
    CHECK_EQUAL(pcid_count(~(1U << 17), ~0U), 1);
    CHECK_EQUAL(pcid_count(~0U, ~(1U << 10)), 1);
    CHECK_EQUAL(pcid_count(1U << 17, 1U << 10), 4096);
    CHECK_EQUAL(pcid_count(~0U, ~0U), 4096);
}

CASE(every_space_gets_an_identifier_of_its_own)
{
    CHECK(pcid_count(~0U, ~0U) > SPACES_MAX, "space.c shares identifier 0 among all spaces if there are not more than that");
}

CASE(without_identifiers_the_root_alone_is_loaded)
{
    CHECK_EQUAL(pcid_root(0x12345000, 0, 1), 0x12345000);
    CHECK_EQUAL(pcid_root(0x12345000, 7, 1), 0x12345000);
}

CASE(an_identifier_keeps_what_is_remembered_of_it)
{
    CHECK_EQUAL(pcid_root(0x12345000, 7, PCID_COUNT), 0x8000000012345007);
    CHECK_EQUAL(pcid_root(0x0000000ffffff000, 4095, PCID_COUNT), 0x8000000fffffffff);
}

CASE(the_shared_identifier_forgets)
{
    CHECK_EQUAL(pcid_root(0x12345000, 0, PCID_COUNT), 0x12345000);
}

CASE(no_two_spaces_share_a_value)
{
    for (unsigned one = 1; one <= SPACES_MAX; one++) {
        uint64_t cr3 = pcid_root(0x7fff000, one, PCID_COUNT);
        CHECK_EQUAL(cr3 & 0xfff, one);
        CHECK_EQUAL(cr3 & 0x000ffffffffff000, 0x7fff000);
    }
}

CASE(the_descriptor_is_what_the_processor_reads)
{
    CHECK_EQUAL(sizeof(struct pcid_flush), 16);
    CHECK_EQUAL(offsetof(struct pcid_flush, asid), 0);
    CHECK_EQUAL(offsetof(struct pcid_flush, vaddr), 8);
    CHECK_EQUAL(PCID_FLUSH_PAGE, 0);
    CHECK_EQUAL(PCID_FLUSH_SPACE, 1);
}
