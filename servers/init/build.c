/*
 * Building a server: everything it is made of comes from one untyped of its own, so taking it down is revoking that.
 *
 * Text and constants are mapped straight from the archive's frames. Data is copied into fresh ones.
 */
#include "private.h"

bool server_step(struct server *server, const char *step, status_t status)
{
    if (status == STATUS_OK)
        return true;
    server->failed_step = step;
    server->failed_status = status;
    return false;
}

bool server_make(struct server *server, word_t type, word_t size_bits, word_t slot)
{
    return server_step(server, "its memory", untyped_retype(server->slot + OWN_UNTYPED, type, size_bits, slot, 0, 0, NULL));
}

bool server_slot(struct server *server, word_t *slot)
{
    *slot = server->next;
    if (server->next == server->slot + server->slots)
        return server_step(server, "its slots in init's table", STATUS_NO_MEMORY);
    server->next++;
    return true;
}

bool server_map(struct server *server, word_t vaddr, word_t frame, word_t rights)
{
    word_t vspace = server->slot + OWN_VSPACE, table;
    status_t status;

    while ((status = frame_map(frame, vspace, vaddr, rights, NULL)) == STATUS_NO_TABLE) {
        if (!server_slot(server, &table) || !server_make(server, OBJECT_PAGE_TABLE, 0, table))
            return false;
        if (!server_step(server, "a page table", table_map(table, vspace, vaddr, NULL)))
            return false;
    }
    return server_step(server, "a page", status);
}

/* Map a fresh page with this content at its start. */
static bool page_fresh(struct server *server, word_t vaddr, word_t rights, const void *content, size_t size)
{
    word_t frame;

    if (!server_slot(server, &frame) || !server_make(server, OBJECT_FRAME, PAGE_BITS, frame))
        return false;
    if (size) {
        if (!server_step(server, "init's window", memory_map(WINDOW, frame, RIGHT_READ | RIGHT_WRITE)))
            return false;
        memcpy((void *)WINDOW, content, size);
        frame_unmap(frame);
    }
    return server_map(server, vaddr, frame, rights);
}

/* Map a page of the archive itself. */
static bool page_shared(struct server *server, word_t vaddr, word_t rights, uint64_t offset)
{
    word_t source = all.boot->archive_slot + (offset >> PAGE_BITS), frame;

    if (!server_slot(server, &frame))
        return false;
    return server_step(server, "a page of the archive", cap_copy(0, frame, source, rights)) && server_map(server, vaddr, frame, rights);
}

static bool load_segment(struct server *server, const struct archive_segment *segment)
{
    for (uint64_t at = 0; at < segment->size; at += PAGE_SIZE) {
        uint64_t left = at < segment->file_size ? segment->file_size - at : 0;
        uint64_t content = left < PAGE_SIZE ? left : PAGE_SIZE;
        bool good;

        if (content && !(segment->rights & RIGHT_WRITE))
            good = page_shared(server, segment->vaddr + at, segment->rights, segment->offset + at);
        else
            good = page_fresh(server, segment->vaddr + at, segment->rights, archive_at(segment->offset + at), content);
        if (!good)
            return false;
    }
    return true;
}

static bool load_program(struct server *server)
{
    for (uint32_t i = 0; i < server->program->segments; i++) {
        if (!load_segment(server, &server->program->segment[i]))
            return false;
    }
    /* The page below the stack stays unmapped: an overflow faults. */
    for (word_t vaddr = STACK_TOP - SERVER_STACK; vaddr < STACK_TOP; vaddr += PAGE_SIZE) {
        if (!page_fresh(server, vaddr, RIGHT_READ | RIGHT_WRITE, NULL, 0))
            return false;
    }
    return true;
}

static word_t untyped_bits(const struct server *server)
{
    word_t bits = 0;

    while (1UL << bits < server->manifest->memory)
        bits++;
    return bits;
}

static bool make_objects(struct server *server)
{
    word_t slot = server->slot;

    /* First, so that the rest stands behind it. */
    if (server->manifest->flags & SERVER_FLAG_POOL && !server_make(server, OBJECT_UNTYPED, untyped_bits(server) - 1, slot + OWN_POOL))
        return false;
    return server_make(server, OBJECT_CTABLE, SERVER_TABLE_BITS, slot + OWN_TABLE) &&
           server_make(server, OBJECT_VSPACE, 0, slot + OWN_VSPACE) &&
           server_make(server, OBJECT_THREAD, 0, slot + OWN_THREAD) &&
           server_make(server, OBJECT_SCHED_CONTEXT, 0, slot + OWN_SCHED) &&
           server_make(server, OBJECT_NOTIFICATION, 0, slot + OWN_NOTIFICATION) &&
           server_step(server, "its time", sched_configure(slot + OWN_SCHED, server->manifest->priority, SLICE_NS, SLICE_NS));
}

static bool run_thread(struct server *server)
{
    word_t slot = server->slot, badge = BADGE_FAULT | (server->number + 1);
    status_t status = cap_mint(0, slot + OWN_FAULT, all.endpoint, RIGHT_WRITE | RIGHT_GRANT, badge);

    if (!server_step(server, "its fault endpoint", status))
        return false;
    status = thread_configure(slot + OWN_THREAD, slot + OWN_TABLE, slot + OWN_VSPACE, slot + OWN_SCHED, slot + OWN_FAULT, 0);
    if (!server_step(server, "its thread", status))
        return false;
    if (!server_step(server, "its notification", thread_bind(slot + OWN_THREAD, slot + OWN_NOTIFICATION)))
        return false;
    return server_step(server, "its start", thread_start(slot + OWN_THREAD, server->program->entry, STACK_TOP, START_INFO));
}

/* At the first start: slots in init's table and the untyped. */
static bool reserve(struct server *server)
{
    uint64_t pages = SERVER_STACK / PAGE_SIZE + 1 + DEVICES_MAX;

    if (server->slot)
        return true;
    for (uint32_t i = 0; i < server->program->segments; i++)
        pages += server->program->segment[i].size / PAGE_SIZE;
    server->slots = OWN_PAGES + (uint32_t)pages + 16; /* and page tables: three a region of 2 MiB at most, in four regions */
    server->slot = slot_take(server->slots);
    if (!server->slot)
        return server_step(server, "its slots in init's table", STATUS_NO_MEMORY);
    return server_step(server, "its untyped", memory_make(OBJECT_UNTYPED, untyped_bits(server), server->slot + OWN_UNTYPED));
}

bool server_build(struct server *server)
{
    static struct start_info info;

    if (!server->program)
        return server_step(server, "its program in the archive", STATUS_NO_CAP);
    if (!reserve(server))
        return false;
    server->next = server->slot + OWN_PAGES;
    memset(&info, 0, sizeof(info));
    info.magic = ABI_MAGIC;
    text_copy(info.name, sizeof(info.name), server->manifest->name);
    info.clock = all.boot->clock;
    info.slots = 1U << (SERVER_TABLE_BITS - CAP_BITS);
    info.starts = server->starts;
    info.debug = all.boot->debug;
    return make_objects(server) && load_program(server) && server_wire(server, &info) &&
           page_fresh(server, START_INFO, RIGHT_READ, &info, sizeof(info)) && run_thread(server);
}

/* Signals, since init's main thread calls nobody. */
static void tell_watchers(const struct server *gone)
{
    for (uint32_t i = 0; i < all.servers; i++) {
        const struct server *server = &all.server[i];
        word_t scratch = server->slot + OWN_SCRATCH;

        if (!server->slot || !(server->manifest->flags & SERVER_FLAG_WATCH))
            continue;
        if (cap_mint(0, scratch, server->slot + OWN_NOTIFICATION, RIGHT_WRITE, INIT_GONE(gone->number + 1)) != STATUS_OK)
            continue; /* it is down itself */
        signal(scratch);
        cap_delete(0, scratch);
    }
}

void server_destroy(struct server *server)
{
    if (!server->slot)
        return;
    cap_revoke(0, server->slot + OWN_UNTYPED);
    /* What came from elsewhere: copies of the archive's and devices' frames, the fault endpoint. The rest is empty now. */
    for (word_t slot = server->slot + OWN_UNTYPED + 1; slot < server->next; slot++)
        cap_delete(0, slot);
    tell_watchers(server);
}
