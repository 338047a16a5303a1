#include "paging.h"

#include "image.h"
#include "memory.h"
#include "panic.h"
#include "string.h"

/* Enough for RAM in 16 ranges with ragged ends and the kernel's image; 1 GiB pages make more RAM no dearer. */
#define TABLES 48

static pte_t tables[TABLES][PAGE_ENTRIES] __attribute__((aligned(PAGE_SIZE), section(".noinit")));
static unsigned tables_used;

static pte_t *table_new(void)
{
    if (tables_used == TABLES)
        panic("the kernel's %u page tables do not suffice for this machine's memory map: give it less memory", TABLES);
    pte_t *table = tables[tables_used++];
    memset(table, 0, PAGE_SIZE);
    return table;
}

/* Tables lie in the image, at KERNEL_OFFSET from their physical address. */
static pte_t *table_at(pte_t entry)
{
    return (pte_t *)(pte_paddr(entry) + KERNEL_OFFSET);
}

static void map_one(vaddr_t vaddr, pte_t leaf, unsigned level)
{
    pte_t *table = tables[0];

    for (unsigned at = PAGE_LEVELS - 1; at > level; at--) {
        pte_t *entry = &table[page_index(vaddr, at)];
        if (!pte_present(*entry))
            *entry = pte_table(image_paddr(table_new()));
        table = table_at(*entry);
    }
    table[page_index(vaddr, level)] = leaf;
}

/* Map with the largest pages that fit. */
static void map(vaddr_t vaddr, paddr_t paddr, uint64_t size, unsigned rights, bool device)
{
    while (size > 0) {
        unsigned level = PAGE_LEAF_LEVELS - 1;
        while (level > 0 && ((vaddr | paddr) % (1UL << (PAGE_BITS + 9 * level)) != 0 || size < 1UL << (PAGE_BITS + 9 * level)))
            level--;
        uint64_t step = 1UL << (PAGE_BITS + 9 * level);
        pte_t leaf = pte_leaf(paddr, rights, false, level);
        map_one(vaddr, device ? pte_device(leaf) : leaf, level);
        vaddr += step;
        paddr += step;
        size -= step;
    }
}

static void map_image(const char *start, const char *end, unsigned rights)
{
    map((vaddr_t)start, image_paddr(start), (uint64_t)(end - start), rights, false);
}

static void map_direct(const struct range *ranges, unsigned count, bool device)
{
    for (unsigned i = 0; i < count; i++)
        map(DIRECT_BASE + ranges[i].start, ranges[i].start, ranges[i].end - ranges[i].start, RIGHT_READ | RIGHT_WRITE, device);
}

unsigned paging_init(const struct machine *machine)
{
    struct range ram[MACHINE_RANGES];
    unsigned count = machine->ram_count;

    table_new(); /* the root, tables[0] */
    map_image(text_start, text_end, RIGHT_READ | RIGHT_EXECUTE);
    map_image(rodata_start, rodata_end, RIGHT_READ);
    map_image(data_start, kernel_stack_guard, RIGHT_READ | RIGHT_WRITE);
    map_image(kernel_stack, image_end, RIGHT_READ | RIGHT_WRITE);
    memcpy(ram, machine->ram, sizeof(ram));
    /* what the kernel runs and reads stays writable nowhere, not even under its other address; nor is the guard page there */
    range_remove(ram, &count, image_paddr(image_start), image_paddr(data_start));
    range_remove(ram, &count, image_paddr(kernel_stack_guard), image_paddr(kernel_stack));
    map_direct(ram, count, false);
    map_direct(machine->mapped, machine->mapped_count, true);
    return paging_enable(paging_kernel_root());
}

paddr_t paging_kernel_root(void)
{
    return image_paddr(tables[0]);
}

const pte_t *paging_kernel_half(void)
{
    return tables[0] + PAGE_ENTRIES / 2;
}
