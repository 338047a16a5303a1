/*
 * init, the first program: it holds every capability of the machine and starts each server of the manifest with those that it is wired to.
 *
 * Servers start one after the other: the next when the one before says INIT_READY. The order of the manifest is the order of who may call
 * whom, so a server finds those that it uses up.
 */
#include "private.h"

struct system all;

bool server_start(struct server *server)
{
    struct event_started event = { 0 };

    if (!server_build(server)) {
        report("init: %s: cannot be started: %s: %s\n", server->manifest->name, server->failed_step, status_text(server->failed_status));
        server_destroy(server);
        server->state = SERVER_FAILED;
        return false;
    }
    server->state = SERVER_STARTING;
    server->starts++;
    server->in_vain++;
    text_copy(event.name, sizeof(event.name), server->manifest->name);
    event.starts = server->starts;
    lab_write(EVENT_STARTED, &event, sizeof(event));
    return true;
}

bool boot_done(void)
{
    if (all.boot_next < all.servers)
        return false;
    for (uint32_t i = 0; i < all.servers && !all.told_ready; i++) {
        /* A server that failed is never up: whoever looks has a prompt, but the lab is not told that all is well. */
        if (all.server[i].state != SERVER_UP)
            return true;
    }
    if (!all.told_ready)
        lab_write(EVENT_READY, NULL, 0);
    all.told_ready = true;
    return true;
}

void boot_continue(void)
{
    struct message message = { .info = message_info(REPLY_OK, 0) };

    for (; all.boot_next < all.servers; all.boot_next++) {
        struct server *server = &all.server[all.boot_next];

        if (server->state == SERVER_WAITING)
            server_start(server);
        if (server->state == SERVER_STARTING)
            return;
    }
    if (all.prompt_waits && boot_done()) {
        all.prompt_waits = false;
        message_reply(all.prompt, &message);
    }
}

/* Read the manifest and make what outlives a restart: each service's endpoint. */
static status_t servers_init(void)
{
    const struct archive_entry *entry = archive_find("manifest", ARCHIVE_KIND_MANIFEST);
    const struct manifest_server *manifest = entry ? archive_at(entry->offset) : NULL;
    status_t status = STATUS_OK;

    all.servers = entry ? (uint32_t)(entry->size / sizeof(*manifest)) : 0;
    if (!all.servers || all.servers > SERVERS_MAX)
        return STATUS_BAD_ARGUMENT;
    for (uint32_t i = 0; i < all.servers && status == STATUS_OK; i++) {
        struct server *server = &all.server[i];

        server->manifest = &manifest[i];
        server->number = i;
        server->program = archive_find(manifest[i].name, ARCHIVE_KIND_PROGRAM);
        if (manifest[i].flags & SERVER_FLAG_PROVIDES) {
            server->endpoint = slot_take(1);
            status = memory_make(OBJECT_ENDPOINT, 0, server->endpoint);
        }
    }
    return status;
}

/* A way for init's own lines to the console, under badge 0, which no server has. */
static word_t console_endpoint(void)
{
    for (uint32_t i = 0; i < all.servers; i++) {
        if (!strcmp(all.server[i].manifest->name, "console"))
            return all.server[i].endpoint;
    }
    return 0;
}

/* What crt0 passes on as start information is, for init alone, the kernel's boot information. */
int main(const struct start_info *start)
{
    all.boot = (const struct boot_info *)(const void *)start;
    if (all.boot->magic != ABI_MAGIC || all.boot->version != ABI_VERSION)
        start_fault();
    memory_init();
    lab_init();
    all.endpoint = slot_take(1);
    all.prompt = slot_take(1);
    if (memory_make(OBJECT_ENDPOINT, 0, all.endpoint) != STATUS_OK || memory_make(OBJECT_REPLY, 0, all.prompt) != STATUS_OK)
        start_fault();
    if (servers_init() != STATUS_OK || sched_configure(SLOT_SCHED, PRIORITY_INIT, SLICE_NS, SLICE_NS) != STATUS_OK)
        start_fault();
    devices_init();
    power_init();
    boot_continue();
    report_init(console_endpoint());
    serve(all.endpoint, service_handle);
    start_fault();
}
