/* archive.c: a good archive passes; each damage is named; nothing outside is read, whatever an archive says. */
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "check.h"

#define PAGES 4
#define SIZE (PAGES * PAGE_SIZE)

/* An archive of two programs' pages: a header page, then contents. */
struct archive {
    struct archive_header header;
    struct archive_entry entry[3];
};

static void seal(struct archive *archive)
{
    const uint64_t *words = (const uint64_t *)archive;
    uint64_t sum = 0;

    archive->header.sum = 0;
    for (uint64_t i = 0; i < archive->header.size / 8 && i < SIZE / 8; i++)
        sum = (sum << 1 | sum >> 63) + words[i];
    archive->header.sum = sum;
}

static struct archive *archive_new(void)
{
    struct archive *archive = aligned_alloc(PAGE_SIZE, SIZE); /* exactly, so that the sanitizer sees what comes behind */
    uint64_t seed = 4;

    for (unsigned i = 0; i < SIZE; i++)
        ((uint8_t *)archive)[i] = (uint8_t)check_random(&seed);
    memset(archive, 0, sizeof(*archive));
    archive->header = (struct archive_header){.magic = ABI_MAGIC, .version = ABI_VERSION, .count = 3, .size = SIZE, .machine = ELF_MACHINE};
    archive->entry[0] = (struct archive_entry){.name = "init", .kind = ARCHIVE_KIND_PROGRAM, .segments = 2, .entry = IMAGE_BASE};
    archive->entry[0].segment[0] = (struct archive_segment){IMAGE_BASE, PAGE_SIZE, PAGE_SIZE, 100, RIGHT_READ | RIGHT_EXECUTE};
    archive->entry[0].segment[1] =
        (struct archive_segment){IMAGE_BASE + PAGE_SIZE, 2 * PAGE_SIZE, 2 * PAGE_SIZE, PAGE_SIZE, RIGHT_READ | RIGHT_WRITE};
    archive->entry[1] = (struct archive_entry){.name = "manifest", .kind = ARCHIVE_KIND_MANIFEST, .offset = 3 * PAGE_SIZE, .size = 368};
    archive->entry[2] = (struct archive_entry){.name = "init", .kind = ARCHIVE_KIND_SYMBOLS, .offset = 3 * PAGE_SIZE, .size = 16};
    seal(archive);
    return archive;
}

static const char *check(const struct archive *archive)
{
    const char *wrong = archive_check(archive, SIZE);

    return wrong == NULL ? "nothing" : wrong;
}

CASE(a_good_archive_passes)
{
    struct archive *archive = archive_new();

    CHECK_TEXT(check(archive), "nothing");
    CHECK(archive_check(archive, SIZE + 5000) == NULL, "what stands behind it is no matter");
    CHECK(archive_find(archive, "init", ARCHIVE_KIND_PROGRAM) == &archive->entry[0]);
    CHECK(archive_find(archive, "init", ARCHIVE_KIND_SYMBOLS) == &archive->entry[2]);
    CHECK(archive_find(archive, "ini", ARCHIVE_KIND_PROGRAM) == NULL);
    CHECK(archive_find(archive, "manifest", ARCHIVE_KIND_PROGRAM) == NULL);
    free(archive);
}

static void wrong_after_sealing(void (*damage)(struct archive *), const char *sentence)
{
    struct archive *archive = archive_new();

    damage(archive);
    seal(archive);
    CHECK_TEXT(check(archive), sentence);
    free(archive);
}

#define DAMAGE(name, change, sentence)              \
    static void name##_damage(struct archive *it)   \
    {                                               \
        change;                                     \
    }                                               \
    CASE(name)                                      \
    {                                               \
        wrong_after_sealing(name##_damage, sentence); \
    }

#define OUTSIDE "an entry points outside it"
#define SEGMENT it->entry[0].segment[1]

DAMAGE(another_magic, it->header.magic ^= 1, "it is no boot archive")
DAMAGE(another_version, it->header.version++, "it was made for another version of the kernel")
DAMAGE(a_size_beyond_what_is_there, it->header.size = SIZE + PAGE_SIZE, "it is truncated")
DAMAGE(a_size_of_no_whole_pages, it->header.size = SIZE - 8, "it is truncated")
DAMAGE(a_size_of_nothing, it->header.size = 0, "it is truncated")
DAMAGE(another_machine, it->header.machine ^= 62 ^ 243, "its programs are for another architecture")
DAMAGE(more_entries_than_fit, it->header.count = SIZE / sizeof(struct archive_entry) + 1, "it has more entries than fit in it")
DAMAGE(as_many_entries_as_can_be_said, it->header.count = ~0U, "it has more entries than fit in it")
DAMAGE(a_name_without_end, memset(it->entry[1].name, 'x', 32), OUTSIDE)
DAMAGE(a_file_that_is_not_on_a_page, it->entry[1].offset += 8, OUTSIDE)
DAMAGE(a_file_beyond_the_end, it->entry[1].size = PAGE_SIZE + 1, OUTSIDE)
DAMAGE(a_file_that_starts_beyond_the_end, (it->entry[1].offset = SIZE + PAGE_SIZE, it->entry[1].size = 0), OUTSIDE)
DAMAGE(a_file_whose_end_overflows, it->entry[1].size = ~0UL - 3 * PAGE_SIZE + 1, OUTSIDE)
DAMAGE(a_file_whose_start_overflows, (it->entry[1].offset = ~0xfffUL, it->entry[1].size = 2 * PAGE_SIZE), OUTSIDE)
DAMAGE(more_segments_than_there_can_be, it->entry[0].segments = 5, OUTSIDE)
DAMAGE(a_segment_beyond_the_end, SEGMENT.file_size = 2 * PAGE_SIZE + 1, OUTSIDE)
DAMAGE(a_segment_whose_end_overflows, (SEGMENT.file_size = ~0xfffUL, SEGMENT.size = ~0xfffUL), OUTSIDE)
DAMAGE(a_segment_that_is_not_on_a_page, SEGMENT.offset += 16, OUTSIDE)
DAMAGE(a_segment_with_more_in_the_file_than_in_memory, SEGMENT.size = 0, OUTSIDE)
DAMAGE(a_segment_of_no_whole_pages, SEGMENT.size += 1, OUTSIDE)
DAMAGE(a_segment_at_no_page, SEGMENT.vaddr += 1, OUTSIDE)
DAMAGE(a_segment_in_the_kernels_half, SEGMENT.vaddr = USER_TOP, OUTSIDE)
DAMAGE(a_segment_that_reaches_the_kernels_half, SEGMENT.vaddr = USER_TOP - PAGE_SIZE, OUTSIDE)
DAMAGE(a_segment_whose_memory_overflows, SEGMENT.size = ~0xfffUL, OUTSIDE)
DAMAGE(a_segment_that_is_writable_and_executable, SEGMENT.rights = RIGHT_ALL, OUTSIDE)

CASE(every_flipped_bit_of_content_is_seen)
{
    struct archive *archive = archive_new();
    uint64_t seed = 6;

    for (unsigned i = 0; i < 4000; i++) {
        unsigned at = check_below(&seed, SIZE * 8);
        ((uint8_t *)archive)[at / 8] ^= (uint8_t)(1 << at % 8);
        CHECK(archive_check(archive, SIZE) != NULL, "bit %u", at);
        ((uint8_t *)archive)[at / 8] ^= (uint8_t)(1 << at % 8);
    }
    CHECK_TEXT(check(archive), "nothing");
    free(archive);
}

CASE(swapped_words_are_seen)
{
    struct archive *archive = archive_new();
    uint64_t *words = (uint64_t *)archive + PAGE_SIZE / 8;
    uint64_t word = words[0];

    words[0] = words[1];
    words[1] = word;
    CHECK_TEXT(check(archive), "its checksum does not hold");
    free(archive);
}

CASE(every_truncation_is_seen)
{
    struct archive *archive = archive_new();

    for (uint64_t size = 0; size < SIZE; size += size < 200 || size > SIZE - 200 ? 1 : 61) {
        struct archive *part = malloc(size + 1);
        memcpy(part, archive, size);
        const char *wrong = archive_check(part, size);
        CHECK(wrong != NULL, "%lu bytes", (unsigned long)size);
        CHECK_TEXT(wrong, size < PAGE_SIZE ? "it is no boot archive" : "it is truncated");
        free(part);
    }
    free(archive);
}

/* Entries of random content, sealed: whatever passes must lie inside. */
CASE(what_passes_lies_inside)
{
    uint64_t seed = 8;
    unsigned passed = 0;

    for (unsigned round = 0; round < 3000; round++) {
        struct archive *archive = archive_new();
        static const uint64_t values[] = {0, 1, PAGE_SIZE, SIZE - PAGE_SIZE, SIZE, SIZE + PAGE_SIZE, ~0xfffUL, ~0UL, 1UL << 63, USER_TOP};
        struct archive_entry *entry = &archive->entry[check_below(&seed, 3)];
        uint64_t *fields[] = {&entry->offset, &entry->size, &entry->segment[0].offset, &entry->segment[0].file_size,
                              &entry->segment[0].size, &entry->segment[0].vaddr};
        for (unsigned i = 0; i < 3; i++)
            *fields[check_below(&seed, 6)] = values[check_below(&seed, 10)];
        seal(archive);
        if (archive_check(archive, SIZE) == NULL) {
            const struct archive_segment *segment = &entry->segment[0];
            passed++;
            if (entry->kind != ARCHIVE_KIND_PROGRAM) {
                CHECK((unsigned __int128)entry->offset + entry->size <= SIZE);
            } else {
                CHECK((unsigned __int128)segment->offset + segment->file_size <= SIZE);
                CHECK((unsigned __int128)segment->vaddr + segment->size <= USER_TOP);
            }
        }
        free(archive);
    }
    CHECK(passed > 100, "only %u of the archives passed", passed);
}
