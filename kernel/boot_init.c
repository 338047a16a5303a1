/* The first user thread: init, loaded from the boot archive, with every capability there is. */
#include "boot.h"
#include "cap_range.h"
#include "command_line.h"
#include "hart.h"
#include "image.h"
#include "invariants.h"
#include "memory.h"
#include "panic.h"
#include "registers.h"
#include "sched.h"
#include "space.h"
#include "string.h"
#include "thread.h"
#include "untyped.h"

#define INIT_PRIORITY (PRIORITIES - 1)

/* The page that init may write and the lab reads: see struct lab_channel. Found by its symbol. */
struct lab_channel lab_channel __attribute__((aligned(PAGE_SIZE)));

/* ---- mapping, with the tables that it takes */

static void map_frame(struct boot *boot, struct slot *frame, vaddr_t vaddr, unsigned rights)
{
    const struct slot *vspace = &boot->table[SLOT_VSPACE];
    unsigned level;
    status_t status;

    while ((status = space_frame_map(frame, vspace, vaddr, rights, &level)) == STATUS_NO_TABLE) {
        struct slot *table = boot_object(boot, OBJECT_PAGE_TABLE, OBJECT_PAGE_TABLE_BITS);
        if (space_table_map(table, vspace, vaddr, &level) != STATUS_OK)
            panic("init's page table for %lx cannot be mapped", (unsigned long)vaddr);
    }
    if (status != STATUS_OK)
        panic("init's page at %lx cannot be mapped: status %lu", (unsigned long)vaddr, (unsigned long)status);
}

/* A fresh page of init's, of which the kernel may still write what it wants. */
static void *map_fresh(struct boot *boot, vaddr_t vaddr, unsigned rights)
{
    struct slot *frame = boot_object(boot, OBJECT_FRAME, PAGE_BITS);

    map_frame(boot, frame, vaddr, rights);
    return direct(frame->object);
}

static void root_frame(struct slot *slot, paddr_t paddr, unsigned rights)
{
    *slot = (struct slot){.type = OBJECT_FRAME, .rights = (uint8_t)rights, .size_bits = PAGE_BITS, .object = paddr};
}

/* ---- the archive and the program */

/* A capability to each of the archive's pages, mapped for init to read. Returns the first one's slot. */
static unsigned give_archive(struct boot *boot)
{
    unsigned first = boot->next_slot;
    struct range archive = boot->machine.archive;

    for (paddr_t paddr = archive.start; paddr < archive.end; paddr += PAGE_SIZE)
        root_frame(boot_slot(boot), paddr, RIGHT_READ | RIGHT_EXECUTE);
    for (unsigned i = 0; i < (archive.end - archive.start) / PAGE_SIZE; i++)
        map_frame(boot, &boot->table[first + i], INIT_ARCHIVE + i * PAGE_SIZE, RIGHT_READ);
    return first;
}

static void load_segment(struct boot *boot, const struct archive_segment *segment, unsigned archive_slot)
{
    const char *content = (char *)direct(boot->machine.archive.start) + segment->offset;

    for (uint64_t at = 0; at < segment->size; at += PAGE_SIZE) {
        bool in_file = at < segment->file_size;
        if (in_file && !(segment->rights & RIGHT_WRITE)) { /* code and constants are run and read where they are */
            struct slot *frame = boot_slot(boot);
            cap_duplicate(&boot->table[archive_slot + (segment->offset + at) / PAGE_SIZE], frame, RIGHT_ALL);
            map_frame(boot, frame, segment->vaddr + at, (unsigned)segment->rights);
            continue;
        }
        void *page = map_fresh(boot, segment->vaddr + at, (unsigned)segment->rights);
        if (in_file)
            memcpy(page, content + at, segment->file_size - at < PAGE_SIZE ? segment->file_size - at : PAGE_SIZE);
    }
}

static vaddr_t load_init(struct boot *boot, unsigned archive_slot)
{
    const struct archive_entry *init = archive_find(direct(boot->machine.archive.start), "init", 0);

    if (init == NULL)
        panic("the boot archive has no program init");
    for (unsigned i = 0; i < init->segments; i++)
        load_segment(boot, &init->segment[i], archive_slot);
    return init->entry;
}

static void check_archive(struct machine *machine)
{
    struct range archive = machine->archive;

    if (archive.start == archive.end)
        panic("the machine has no boot archive: start QEMU with -initrd archive.bin");
    if (archive.start % PAGE_SIZE != 0 || !range_holds(machine->ram, machine->ram_count, archive.start, archive.end))
        panic("the boot archive is at %lx to %lx: not on a page in RAM", (unsigned long)archive.start, (unsigned long)archive.end);
    if (archive.start < image_paddr(image_end) && archive.end > image_paddr(image_start))
        panic("the boot archive at %lx overlaps the kernel, which ends at %lx", (unsigned long)archive.start,
              (unsigned long)image_paddr(image_end));
    const char *wrong = archive_check(direct(archive.start), archive.end - archive.start);
    if (wrong != NULL)
        panic("the boot archive is not usable, %s: build it again", wrong);
}

/* ---- init's thread */

static void give_thread(struct boot *boot)
{
    static const uint8_t held[] = {SLOT_TABLE, SLOT_VSPACE, SLOT_SCHED};
    struct thread *thread = (struct thread *)boot->table[SLOT_THREAD].object;

    for (unsigned i = 0; i < array_count(held); i++)
        cap_hold(&boot->table[held[i]], &thread->slots[i], SLOT_IN_THREAD);
    struct sched_context *time = (struct sched_context *)boot->table[SLOT_SCHED].object;
    sched_give(time, thread);
    time->priority = INIT_PRIORITY;
    thread->root = space_root(&boot->table[SLOT_VSPACE]);
}

/* An object of the fixed slots is made in the next slot and moved to its own. */
static void give_object(struct boot *boot, unsigned slot, unsigned type, unsigned size_bits)
{
    cap_relocate(boot_object(boot, type, size_bits), &boot->table[slot]);
    boot->next_slot--;
}

static void give_capabilities(struct boot *boot)
{
    struct slot *table = boot->table;

    table[SLOT_TABLE] = (struct slot){
        .type = OBJECT_CTABLE, .rights = RIGHT_ALL, .size_bits = 16, .object = (word_t)table, .value = INIT_SLOTS};
    _Static_assert(INIT_SLOTS << CAP_BITS == 1 << 16, "size_bits of init's table");
    give_object(boot, SLOT_VSPACE, OBJECT_VSPACE, OBJECT_VSPACE_BITS);
    give_object(boot, SLOT_THREAD, OBJECT_THREAD, OBJECT_THREAD_BITS);
    give_object(boot, SLOT_SCHED, OBJECT_SCHED_CONTEXT, OBJECT_SCHED_CONTEXT_BITS);
    table[SLOT_IRQ] = (struct slot){.type = OBJECT_IRQ, .rights = RIGHT_ALL, .object = range_value(0, IRQ_LINES)};
    if (PORTS > 0)
        table[SLOT_PORT] = (struct slot){.type = OBJECT_IO_PORT, .rights = RIGHT_ALL, .object = range_value(0, PORTS)};
    table[SLOT_KERNEL] = (struct slot){.type = OBJECT_KERNEL, .rights = RIGHT_ALL};
}

static uint64_t ram_bytes(const struct range *ranges, unsigned count)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < count; i++)
        bytes += ranges[i].end - ranges[i].start;
    return bytes;
}

static void tell(struct boot *boot, struct boot_info *info, unsigned archive_slot)
{
    const struct machine *machine = &boot->machine;
    uint64_t untyped = 0;

    for (unsigned i = 0; i < boot->untypeds; i++)
        untyped += boot->untyped[i].device ? 0 : 1UL << boot->untyped[i].size_bits;
    info->magic = ABI_MAGIC;
    info->version = ABI_VERSION;
    info->debug = BUILD_DEBUG;
    info->archive = INIT_ARCHIVE;
    info->archive_size = ((const struct archive_header *)direct(machine->archive.start))->size;
    info->archive_slot = archive_slot;
    info->free_slot = boot->next_slot;
    info->slots = INIT_SLOTS;
    info->untypeds = boot->untypeds;
    info->devices = machine->devices_count;
    info->memory = ram_bytes(machine->ram, machine->ram_count);
    info->kernel = info->memory - untyped - (machine->archive.end - machine->archive.start);
    info->lab = INIT_LAB;
    info->clock = boot->clock;
    memcpy(info->device, machine->devices, sizeof(info->device));
    memcpy(info->untyped, boot->untyped, sizeof(info->untyped));
    memcpy(info->command_line, machine->command_line, sizeof(info->command_line));
}

void boot_init(struct boot *boot)
{
    struct slot *table = boot->table;

    check_archive(&boot->machine);
    invariants_init(table, INIT_SLOTS, command_line_has(boot->machine.command_line, "check=invariants"));
    give_capabilities(boot);
    unsigned archive_slot = give_archive(boot);
    vaddr_t entry = load_init(boot, archive_slot);
    for (unsigned i = 1; i <= INIT_STACK_PAGES; i++)
        map_fresh(boot, STACK_TOP - i * PAGE_SIZE, RIGHT_READ | RIGHT_WRITE);
    root_frame(&table[SLOT_LAB], image_paddr(&lab_channel), RIGHT_READ | RIGHT_WRITE);
    lab_channel.magic = ABI_MAGIC;
    map_frame(boot, &table[SLOT_LAB], INIT_LAB, RIGHT_READ | RIGHT_WRITE);
    give_object(boot, SLOT_BOOT_INFO, OBJECT_FRAME, PAGE_BITS);
    map_frame(boot, &table[SLOT_BOOT_INFO], START_INFO, RIGHT_READ);
    give_thread(boot);
    tell(boot, direct(table[SLOT_BOOT_INFO].object), archive_slot);

    struct thread *thread = (struct thread *)table[SLOT_THREAD].object;
    registers_start(&thread->registers, entry, STACK_TOP, START_INFO);
    thread_wake(thread);
}
