/* The structured channel to the host: records in a ring, in a page that the host reads out of the machine's memory while it runs. */
#include "private.h"

static volatile struct lab_channel *channel;
static uint32_t sequence;

void lab_init(void)
{
    channel = (volatile struct lab_channel *)all.boot->lab;
    channel->magic = ABI_MAGIC;
}

/*
 * Write a record of this kind with this payload, of at most 240 bytes.
 *
 * The reader takes `written` first and then the records below it: every byte of a record is stored before `written` counts it.
 */
void lab_write(uint16_t kind, const void *payload, size_t size)
{
    struct {
        struct lab_record record;
        uint8_t payload[240];
    } entry = { .record = { .kind = kind, .sequence = sequence++ } };
    uint64_t written = channel->written;
    size_t total = (sizeof(entry.record) + size + 7) & ~(size_t)7;

    entry.record.size = (uint16_t)total;
    memcpy(entry.payload, payload, size);
    for (size_t i = 0; i < total; i++)
        channel->ring[(written + i) % sizeof(channel->ring)] = ((const uint8_t *)&entry)[i];
    __atomic_thread_fence(__ATOMIC_RELEASE);
    channel->written = written + total;
}
