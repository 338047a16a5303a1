/* The boot archive: mapped read-only by the kernel, which has checked its sum. */
#include "private.h"

const void *archive_at(uint64_t offset)
{
    return (const char *)all.boot->archive + offset;
}

const struct archive_entry *archive_find(const char *name, uint32_t kind)
{
    const struct archive_header *header = archive_at(0);
    const struct archive_entry *entry = archive_at(sizeof(*header));

    for (uint32_t i = 0; i < header->count; i++, entry++) {
        if (entry->kind == kind && !strcmp(entry->name, name))
            return entry;
    }
    return NULL;
}

void archive_symbol(const char *program, word_t address, char *text, size_t size)
{
    const struct archive_entry *entry = archive_find(program, ARCHIVE_KIND_SYMBOLS);
    const struct symbol *symbols, *found = NULL;
    uint32_t count;

    if (entry && entry->size) {
        symbols = archive_at(entry->offset);
        count = symbols[0].name / sizeof(struct symbol); /* the names follow the table, and the first name is the first symbol's */
        for (uint32_t i = 0; i < count && symbols[i].address <= address; i++)
            found = &symbols[i];
        if (found && address - found->address < found->size) {
            format(text, size, "%s+0x%lx", (const char *)symbols + found->name, address - found->address);
            return;
        }
    }
    format(text, size, "0x%lx", address);
}
