/*
 * space.c under a random walk: spaces, tables and frames come, are mapped, copied, and go in any order. After each step every page table that a
 * processor could reach is walked: what is mapped is what live capabilities say, no more and no less, and every table on the way is a live one.
 */
#include "space.h"

#include <string.h>

#include "arch/host.h"
#include "check.h"
#include "invariants.h"
#include "memory.h"
#include "paging.h"
#include "walk.h"
#include "world.h"

enum kind { SPACE_GONE, TABLE_GONE, FRAME_GONE, MAPPED, BATCHED, UNMAPPED, TABLE_MAPPED, LARGE, NO_TABLE, ALREADY, PROTECTED, COPIED };
static const char *const kinds[] = {"a space deleted", "a table deleted", "a frame deleted", "mapped", "a batch mapped", "unmapped", "a table mapped",
                                    "a large page mapped", "a table missing", "something is there already", "protected", "copied", NULL};

/* Slots of the root table: each object from an untyped of its own. */
#define SPACES 3
#define TABLES 10
#define FRAMES 8
#define LARGES 2
#define COPIES 8
#define THINGS (SPACES + TABLES + FRAMES + LARGES)
#define UNTYPED_SLOT(thing) (20 + (thing))
#define SLOT(thing) (60 + (thing))
#define COPY_SLOT(copy) (100 + (copy))


static unsigned type_of(unsigned thing)
{
    return thing < SPACES ? OBJECT_VSPACE : thing < SPACES + TABLES ? OBJECT_PAGE_TABLE : OBJECT_FRAME;
}

static bool is_large(unsigned thing)
{
    return thing >= SPACES + TABLES + FRAMES;
}

static unsigned some_space(void)
{
    return SLOT(walk_choose(SPACES));
}

static unsigned some_frame(void)
{
    return walk_choose(3) == 0 ? COPY_SLOT(walk_choose(COPIES)) : SLOT(SPACES + TABLES + walk_choose(FRAMES + LARGES));
}

/* Few addresses, so that things meet: the ends of the user half, and neighbours at each level. */
static vaddr_t some_vaddr(void)
{
    static const vaddr_t places[] = {0, PAGE_SIZE, 511 * PAGE_SIZE, 1UL << 21, (1UL << 21) + PAGE_SIZE, 1UL << 30, (1UL << 30) + (1UL << 21),
                                     USER_TOP - PAGE_SIZE, USER_TOP - (2UL << 21), 5UL << 30};
    static const vaddr_t wrong[] = {USER_TOP, 8, 1UL << 63, ~0UL, 1UL << 47, ~0xfffUL};

    return walk_choose(20) == 0 ? wrong[walk_choose(array_count(wrong))] : places[walk_choose(array_count(places))];
}

static status_t invoke(unsigned number, word_t cap, word_t info, word_t a, word_t b, word_t c)
{
    status_t status = INVOKE(number, cap, info, a, b, c);

    walk_tell("system call %u (%#lx, %#lx, %#lx, %#lx, %#lx): %lu", number, cap, info, a, b, c, status);
    return status;
}

/* ---- what is mapped, by a walk of its own */

struct found {
    const struct slot *space;
    vaddr_t vaddr;
    pte_t entry;
    unsigned level;
};

static struct found found[256];
static unsigned found_count;
static unsigned tables_seen[WORLD_SLOTS]; /* by slot of the table's capability: how often a walk came to it */

/* The slot of a live object, which must exist. */
static unsigned owner(unsigned type, paddr_t object)
{
    for (unsigned i = 0; i < WORLD_SLOTS; i++)
        if (world.table[i].type == type && world.table[i].flags & SLOT_FIRST && world.table[i].object == object)
            return i;
    check_failed(__FILE__, __LINE__, "page tables lead to an object of type %u that is gone", type);
}

static void walk_table(const struct slot *space, paddr_t table, unsigned level, vaddr_t base, unsigned count)
{
    const pte_t *entries = direct(table);

    for (unsigned i = 0; i < count; i++) {
        pte_t entry = entries[i];
        vaddr_t vaddr = base + ((vaddr_t)i << (PAGE_BITS + 9 * level));
        if (!pte_present(entry)) {
            CHECK_EQUAL(entry, 0);
        } else if (pte_is_table(entry, level)) {
            tables_seen[owner(OBJECT_PAGE_TABLE, pte_paddr(entry))]++;
            walk_table(space, pte_paddr(entry), level - 1, vaddr, PAGE_ENTRIES);
        } else {
            CHECK(found_count < array_count(found));
            found[found_count++] = (struct found){space, vaddr, entry, level};
        }
    }
}

/* What a processor finds at an address: how far down tables go, and what is there. */
static pte_t look(const struct slot *space, vaddr_t vaddr, unsigned down_to, unsigned *level)
{
    paddr_t table = space->object;

    for (*level = PAGE_LEVELS - 1;; --*level) {
        pte_t entry = ((const pte_t *)direct(table))[vaddr >> (PAGE_BITS + 9 * *level) & 511];
        if (*level == down_to || !pte_present(entry) || !pte_is_table(entry, *level))
            return entry;
        table = pte_paddr(entry);
    }
}

static unsigned level_of(const struct slot *frame)
{
    return (frame->size_bits - PAGE_BITS) / 9u;
}

/* A frame's capability says that it is mapped exactly here. */
static bool says(const struct slot *frame, const struct found *mapping)
{
    return frame->type == OBJECT_FRAME && frame->object == pte_paddr(mapping->entry) && space_mapped_at(frame) == mapping->vaddr &&
           frame->flags & SLOT_MAPPED && frame->space == mapping->space->space && level_of(frame) == mapping->level;
}

static void check_mappings(void)
{
    unsigned mapped = 0;

    found_count = 0;
    memset(tables_seen, 0, sizeof(tables_seen));
    for (unsigned i = 0; i < SPACES; i++)
        if (world.table[SLOT(i)].type == OBJECT_VSPACE) {
            const pte_t *root = direct(world.table[SLOT(i)].object);
            walk_table(&world.table[SLOT(i)], world.table[SLOT(i)].object, PAGE_LEVELS - 1, 0, PAGE_ENTRIES / 2);
            CHECK(memcmp(root + PAGE_ENTRIES / 2, paging_kernel_half(), PAGE_SIZE / 2) == 0, "the kernel's half has changed");
        }
    for (unsigned i = 0; i < found_count; i++) {
        bool claimed = false;
        CHECK(found[i].entry & PTE_USER);
        CHECK((found[i].entry & (PTE_WRITE | PTE_EXECUTE)) != (PTE_WRITE | PTE_EXECUTE));
        CHECK_EQUAL(found[i].entry & 7 * PTE_LEVEL, found[i].level * PTE_LEVEL);
        owner(OBJECT_FRAME, pte_paddr(found[i].entry));
        for (unsigned slot = 0; slot < WORLD_SLOTS && !claimed; slot++)
            claimed = says(&world.table[slot], &found[i]) && (found[i].entry >> 4 & 7 & ~world.table[slot].rights) == 0;
        CHECK(claimed, "a page is mapped at %#lx, and no capability with these rights says so", found[i].vaddr);
    }
    for (unsigned slot = 0; slot < WORLD_SLOTS; slot++) {
        CHECK(tables_seen[slot] <= 1, "a page table stands in %u places", tables_seen[slot]);
        if (world.table[slot].type != OBJECT_FRAME || space_mapped_at(&world.table[slot]) == 0)
            continue;
        mapped = 0;
        for (unsigned i = 0; i < found_count; i++)
            mapped += says(&world.table[slot], &found[i]);
        CHECK_EQUAL(mapped, 1);
    }
}

/* ---- steps */

static void make(unsigned thing)
{
    if (world.table[SLOT(thing)].type == OBJECT_NULL)
        CHECK_EQUAL(invoke(SYS_UNTYPED_RETYPE, UNTYPED_SLOT(thing), type_of(thing), is_large(thing) ? 21 : 12, SLOT(thing), 0), STATUS_OK);
}

static void destroy(unsigned thing)
{
    static const enum kind told[OBJECT_COUNT] = {[OBJECT_VSPACE] = SPACE_GONE, [OBJECT_PAGE_TABLE] = TABLE_GONE, [OBJECT_FRAME] = FRAME_GONE};
    paddr_t paddr = world.table[SLOT(thing)].object;

    if (world.table[SLOT(thing)].type == OBJECT_NULL)
        return;
    for (status_t status = STATUS_AGAIN; status == STATUS_AGAIN;)
        status = invoke(SYS_CAP_DELETE, 0, SLOT(thing), 0, 0, 0);
    if (!is_large(thing))
        memset(direct(paddr), 0xff, PAGE_SIZE); /* whoever reads it as a table finds entries */
    walk_did(told[type_of(thing)]);
}

/* What mapping a frame should answer, from what a processor would find. */
static status_t expected_of(const struct slot *frame, const struct slot *space, vaddr_t vaddr, word_t rights, unsigned *level)
{
    word_t size = 1UL << frame->size_bits;

    if (rights == 0 || rights & ~7UL || (rights & 6) == 6)
        return STATUS_BAD_ARGUMENT;
    if ((frame->rights & (rights | RIGHT_READ)) != (rights | RIGHT_READ))
        return STATUS_NO_RIGHT;
    if (vaddr % size != 0 || vaddr >= USER_TOP || vaddr + size > USER_TOP)
        return STATUS_BAD_ARGUMENT;
    if (space_mapped_at(frame) != 0)
        return STATUS_ALREADY;
    for (unsigned i = 0; i < SPACES; i++) { /* at address 0 space_mapped_at() cannot tell */
        unsigned at;
        if (frame->flags & SLOT_MAPPED && frame->value << 38 == 0 && world.table[SLOT(i)].type == OBJECT_VSPACE &&
            frame->space == world.table[SLOT(i)].space && frame->value >> 26 == world.table[SLOT(i)].value &&
            pte_paddr(look(&world.table[SLOT(i)], 0, level_of(frame), &at)) == frame->object && at == level_of(frame))
            return STATUS_ALREADY;
    }
    pte_t entry = look(space, vaddr, level_of(frame), level);
    if (*level > level_of(frame))
        return STATUS_NO_TABLE;
    return pte_present(entry) ? STATUS_ALREADY : STATUS_OK;
}

static void step_map(void)
{
    unsigned frame_slot = some_frame();
    const struct slot *frame = &world.table[frame_slot];
    const struct slot *space = &world.table[some_space()];
    static const word_t usual[] = {1, 3, 5};
    word_t rights = walk_choose(4) == 0 ? walk_choose(16) : usual[walk_choose(3)];
    vaddr_t vaddr = some_vaddr();
    unsigned level = 0;

    if (frame->type == OBJECT_NULL || space->type == OBJECT_NULL)
        return;
    status_t expected = expected_of(frame, space, vaddr, rights, &level);
    unsigned flushes = host.flushes;
    CHECK_EQUAL(invoke(SYS_FRAME_MAP, frame_slot, (word_t)(space - world.table), vaddr, rights, 0), expected);
    if (expected == STATUS_NO_TABLE) {
        CHECK_EQUAL(world.self->registers.message[0], level);
        walk_did(NO_TABLE);
    }
    if (expected == STATUS_ALREADY)
        walk_did(ALREADY);
    if (expected != STATUS_OK)
        return;
    pte_t leaf = pte_leaf(frame->object, (unsigned)rights | RIGHT_READ, true, level_of(frame));
    CHECK_EQUAL(look(space, vaddr, level_of(frame), &level), frame->flags & SLOT_DEVICE ? pte_device(leaf) : leaf);
    CHECK(host.flushes > flushes && host_last_flush()->vaddr == vaddr && host_last_flush()->asid == space->space + 1u);
    walk_did(frame->size_bits == 12 ? MAPPED : LARGE);
}

static void step_batch(void)
{
    unsigned first = SLOT(SPACES + TABLES + walk_choose(FRAMES));
    const struct slot *space = &world.table[some_space()];
    vaddr_t vaddr = some_vaddr();
    unsigned count = 1 + walk_choose(4);
    unsigned mapped = 0;

    if (space->type == OBJECT_NULL || world.table[first].type == OBJECT_NULL)
        return;
    status_t status = invoke(SYS_FRAME_MAP_BATCH, first, count, (word_t)(space - world.table), vaddr, RIGHT_READ | RIGHT_WRITE);
    for (; mapped < count; mapped++) {
        unsigned level;
        const struct slot *frame = &world.table[first + mapped];
        if (frame->type != OBJECT_FRAME || vaddr + mapped * PAGE_SIZE >= USER_TOP ||
            pte_paddr(look(space, vaddr + mapped * PAGE_SIZE, 0, &level)) != frame->object || level != 0)
            break;
    }
    CHECK(status != STATUS_OK || world.self->registers.message[0] == count);
    CHECK(world.self->registers.message[0] <= mapped);
    if (world.self->registers.message[0] > 0)
        walk_did(BATCHED);
}

static void step_table(void)
{
    unsigned table_slot = SLOT(SPACES + walk_choose(TABLES));
    const struct slot *table = &world.table[table_slot];
    const struct slot *space = &world.table[some_space()];
    vaddr_t vaddr = some_vaddr();
    unsigned level = PAGE_LEVELS;
    status_t expected = STATUS_OK;

    if (table->type == OBJECT_NULL || space->type == OBJECT_NULL)
        return;
    check_mappings(); /* tells which tables stand somewhere */
    if (vaddr >= USER_TOP)
        expected = STATUS_BAD_ARGUMENT;
    else if (tables_seen[table_slot] > 0 || pte_present(look(space, vaddr, 0, &level)) || level == 0)
        expected = STATUS_ALREADY;
    status_t status = invoke(SYS_TABLE_MAP, table_slot, (word_t)(space - world.table), vaddr, 0, 0);
    CHECK_EQUAL(status, expected);
    if (status != STATUS_OK)
        return;
    CHECK_EQUAL(world.self->registers.message[0], level);
    CHECK(!host_last_flush()->page && host_last_flush()->asid == space->space + 1u);
    walk_did(TABLE_MAPPED);
}

static void step_copy(void)
{
    unsigned slot = COPY_SLOT(walk_choose(COPIES));
    unsigned source = walk_choose(8) == 0 ? SLOT(SPACES + walk_choose(TABLES)) : some_frame();

    if (world.table[slot].type != OBJECT_NULL)
        invoke(SYS_CAP_DELETE, 0, slot, 0, 0, 0);
    else if (invoke(walk_choose(2) ? SYS_CAP_COPY : SYS_CAP_MINT, 0, slot, source, walk_choose(3) ? RIGHT_ALL : walk_choose(16), 0) == STATUS_OK)
        walk_did(COPIED);
}

static void step_change(void)
{
    unsigned slot = some_frame();
    word_t rights = walk_choose(9);

    for (unsigned i = 0; i < WORLD_SLOTS && walk_choose(4) != 0 && space_mapped_at(&world.table[slot]) == 0; i++)
        slot = some_frame(); /* rather one that is mapped */
    if (world.table[slot].type == OBJECT_NULL)
        return;
    if (walk_choose(2) == 0) {
        unsigned before = found_count;
        CHECK_EQUAL(invoke(SYS_FRAME_UNMAP, slot, 0, 0, 0, 0), STATUS_OK);
        CHECK_EQUAL(space_mapped_at(&world.table[slot]), 0);
        check_mappings();
        if (found_count < before)
            walk_did(UNMAPPED);
    } else if (invoke(SYS_FRAME_PROTECT, slot, rights, 0, 0, 0) == STATUS_OK) {
        CHECK(rights != 0 && rights < 8 && (rights & 6) != 6);
        CHECK((world.table[slot].rights & (rights | RIGHT_READ)) == (rights | RIGHT_READ));
        walk_did(PROTECTED);
    }
}

static void begin(void)
{
    world_init();
    for (unsigned i = 0; i < THINGS; i++) {
        if (is_large(i)) /* its memory is never touched */
            CHECK_EQUAL(invoke(SYS_UNTYPED_RETYPE, WORLD_DEVICES, OBJECT_UNTYPED, 21, UNTYPED_SLOT(i), 0), STATUS_OK);
        else
            world_make(UNTYPED_SLOT(i), OBJECT_UNTYPED, 12);
        make(i);
    }
    for (unsigned i = 0; i < PAGE_LEVELS - 1; i++)
        CHECK_EQUAL(invoke(SYS_TABLE_MAP, SLOT(SPACES + i), SLOT(0), 0, 0, 0), STATUS_OK);
    check_mappings();
}

static void step(const struct walk_step *step)
{
    uint32_t kind = step->words[0] % 100;

    if (kind < 12)
        make(walk_choose(THINGS));
    else if (kind < 20)
        destroy(walk_choose(12) == 0 ? walk_choose(SPACES) : SPACES + walk_choose(THINGS - SPACES));
    else if (kind < 50)
        step_table();
    else if (kind < 76)
        step_map();
    else if (kind < 82)
        step_batch();
    else if (kind < 87)
        step_copy();
    else
        step_change();
    check_mappings();
    check_invariants();
}

CASE(page_tables_hold_what_capabilities_say)
{
    static const struct walk walk = {begin, step, 600, 100, kinds};

    walk_run(&walk);
}
