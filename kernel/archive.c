/* The boot archive: checked whole before anything in it is believed. Format: struct archive_header in kernel/abi/abi.toml. */
#include "boot.h"
#include "string.h"

#define KIND_PROGRAM 0
#define SEGMENTS_MAX array_count(((struct archive_entry *)0)->segment)

static uint64_t checksum(const uint64_t *words, uint64_t count)
{
    uint64_t sum = 0;
    const uint64_t skipped = offsetof(struct archive_header, sum) / sizeof(uint64_t);

    for (uint64_t i = 0; i < count; i++)
        sum = (sum << 1 | sum >> 63) + (i == skipped ? 0 : words[i]);
    return sum;
}

/* [offset, offset + size) starts on a page and lies in the archive. */
static bool inside(uint64_t offset, uint64_t size, uint64_t archive_size)
{
    return offset % PAGE_SIZE == 0 && offset <= archive_size && size <= archive_size - offset;
}

static bool segment_valid(const struct archive_segment *segment, uint64_t archive_size)
{
    unsigned rights = (unsigned)segment->rights;

    return inside(segment->offset, segment->file_size, archive_size) && segment->file_size <= segment->size &&
           segment->vaddr % PAGE_SIZE == 0 && segment->size % PAGE_SIZE == 0 && segment->vaddr < USER_TOP &&
           segment->size <= USER_TOP - segment->vaddr && !(rights & RIGHT_WRITE && rights & RIGHT_EXECUTE);
}

static bool entry_valid(const struct archive_entry *entry, uint64_t archive_size)
{
    if (entry->name[sizeof(entry->name) - 1] != 0)
        return false;
    if (entry->kind != KIND_PROGRAM)
        return inside(entry->offset, entry->size, archive_size);
    if (entry->segments > SEGMENTS_MAX)
        return false;
    for (unsigned i = 0; i < entry->segments; i++)
        if (!segment_valid(&entry->segment[i], archive_size))
            return false;
    return true;
}

const char *archive_check(const void *archive, uint64_t size)
{
    const struct archive_header *header = archive;
    const struct archive_entry *entries = (const void *)(header + 1);

    if (size < PAGE_SIZE || header->magic != ABI_MAGIC)
        return "it is no boot archive";
    if (header->version != ABI_VERSION)
        return "it was made for another version of the kernel";
    if (header->size > size || header->size % PAGE_SIZE != 0 || header->size < PAGE_SIZE)
        return "it is truncated";
    if (checksum(archive, header->size / sizeof(uint64_t)) != header->sum)
        return "its checksum does not hold";
    if (header->machine != ELF_MACHINE)
        return "its programs are for another architecture";
    if (header->count > (header->size - sizeof(*header)) / sizeof(*entries))
        return "it has more entries than fit in it";
    for (unsigned i = 0; i < header->count; i++)
        if (!entry_valid(&entries[i], header->size))
            return "an entry points outside it";
    return NULL;
}

const struct archive_entry *archive_find(const void *archive, const char *name, unsigned kind)
{
    const struct archive_header *header = archive;
    const struct archive_entry *entries = (const void *)(header + 1);

    for (unsigned i = 0; i < header->count; i++)
        if (entries[i].kind == kind && strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return NULL;
}
