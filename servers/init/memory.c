/* Init's own slots and memory: it holds all of the machine's, as the kernel left it. */
#include "private.h"

static uint8_t order[COUNT_OF(((struct boot_info *)0)->untyped)]; /* the untypeds of RAM, smallest first */
static uint32_t order_count;
static uint32_t next_slot;

void memory_init(void)
{
    next_slot = all.boot->free_slot;
    for (uint32_t i = 0; i < all.boot->untypeds; i++) {
        uint32_t at = order_count;

        if (all.boot->untyped[i].device)
            continue;
        for (; at && all.boot->untyped[order[at - 1]].size_bits > all.boot->untyped[i].size_bits; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)i;
        order_count++;
    }
}

uint32_t slot_take(uint32_t count)
{
    uint32_t slot = next_slot;

    if (slot + count > all.boot->slots)
        return 0;
    next_slot += count;
    return slot;
}

status_t memory_make(word_t type, word_t size_bits, word_t slot)
{
    status_t status = STATUS_NO_MEMORY;

    for (uint32_t i = 0; i < order_count && status == STATUS_NO_MEMORY; i++) {
        if (all.boot->untyped[order[i]].size_bits >= size_bits)
            status = untyped_retype(SLOT_UNTYPED + order[i], type, size_bits, slot, 0, 0, NULL);
    }
    return status;
}

status_t memory_map(word_t vaddr, word_t frame, word_t rights)
{
    status_t status;

    while ((status = frame_map(frame, SLOT_VSPACE, vaddr, rights, NULL)) == STATUS_NO_TABLE) {
        word_t slot = slot_take(1);

        status = memory_make(OBJECT_PAGE_TABLE, 0, slot);
        if (status == STATUS_OK)
            status = table_map(slot, SLOT_VSPACE, vaddr, NULL);
        if (status != STATUS_OK)
            break;
    }
    return status;
}

/* Make the frames over a device's registers. Returns false if no untyped covers them. */
static bool device_cover(const struct boot_device *device, struct device_frames *frames)
{
    word_t first = device->paddr & ~(word_t)(PAGE_SIZE - 1);
    word_t pages = (device->paddr + device->size - first + PAGE_SIZE - 1) >> PAGE_BITS;

    for (uint32_t i = 0; i < all.boot->untypeds; i++) {
        const struct boot_untyped *untyped = &all.boot->untyped[i];

        if (!untyped->device || first < untyped->paddr || first - untyped->paddr >= 1UL << untyped->size_bits)
            continue;
        frames->slot = slot_take((uint32_t)pages);
        for (word_t page = 0; frames->slot && page < pages; page++) {
            word_t offset = first - untyped->paddr + (page << PAGE_BITS);

            if (untyped_retype(SLOT_UNTYPED + i, OBJECT_FRAME, PAGE_BITS, frames->slot + page, offset, 0, NULL) != STATUS_OK)
                return false;
            frames->pages = (uint32_t)page + 1;
        }
        return true;
    }
    return false;
}

void devices_init(void)
{
    bool done[DEVICES_MAX] = { false };

    /* Lowest address first: an untyped is used upwards. */
    for (uint32_t round = 0; round < all.boot->devices; round++) {
        const struct boot_device *device;
        uint32_t best = DEVICES_MAX;

        for (uint32_t i = 0; i < all.boot->devices; i++) {
            if (!done[i] && (best == DEVICES_MAX || all.boot->device[i].paddr < all.boot->device[best].paddr))
                best = i;
        }
        done[best] = true;
        device = &all.boot->device[best];
        if (device->paddr && !device_cover(device, &all.device[best]))
            report("init: %s: no memory capability covers its registers at 0x%lx\n", device->name, device->paddr);
    }
}
