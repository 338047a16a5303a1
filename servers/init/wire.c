/*
 * Wiring a server: the capabilities that its manifest names, and nothing else, go into its table; their names into its start information.
 */
#include "private.h"

/* The slot that the next capability goes to, under this name. */
static word_t note(struct start_info *info, const char *name)
{
    struct start_cap *cap = &info->cap[info->caps];

    text_copy(cap->name, sizeof(cap->name), name);
    cap->slot = ++info->caps;
    info->free_slot = info->caps + 1;
    return cap->slot;
}

/* Give a badged way to call an endpoint. */
static bool give_endpoint(struct server *server, struct start_info *info, const char *name, word_t endpoint)
{
    word_t slot = note(info, name), rights = RIGHT_WRITE | RIGHT_GRANT;

    return server_step(server, "an endpoint", cap_mint(server->slot + OWN_TABLE, slot, endpoint, rights, server->number + 1));
}

static struct server *provider(const char *name)
{
    for (uint32_t i = 0; i < all.servers; i++) {
        if (all.server[i].endpoint && !strcmp(all.server[i].manifest->name, name))
            return &all.server[i];
    }
    return NULL;
}

static bool wire_services(struct server *server, struct start_info *info)
{
    const struct manifest_server *manifest = server->manifest;

    for (size_t i = 0; i < COUNT_OF(manifest->uses) && manifest->uses[i][0]; i++) {
        struct server *other = provider(manifest->uses[i]);

        if (!other)
            return server_step(server, manifest->uses[i], STATUS_NO_CAP);
        if (!give_endpoint(server, info, manifest->uses[i], other->endpoint))
            return false;
    }
    for (uint32_t i = 0; manifest->flags & SERVER_FLAG_DIRECTORY && i < all.servers; i++) {
        if (!all.server[i].endpoint || i == server->number)
            continue;
        if (!give_endpoint(server, info, all.server[i].manifest->name, all.server[i].endpoint))
            return false;
    }
    return true;
}

/* The line's capability, bound to the server's notification by the bit of the device's place. */
static bool wire_interrupt(struct server *server, struct start_info *info, const struct boot_device *device, uint32_t place)
{
    word_t scratch = server->slot + OWN_SCRATCH, signalled = server->slot + OWN_SIGNAL + place;
    word_t notification = server->slot + OWN_NOTIFICATION;
    char name[sizeof(info->cap[0].name)];
    status_t status;

    status = cap_mint(0, signalled, notification, RIGHT_WRITE, 1UL << place);
    if (!server_step(server, "an interrupt's signal", status))
        return false;
    status = cap_mint(0, scratch, SLOT_IRQ, RIGHT_WRITE, device->irq | 1UL << 32);
    if (!server_step(server, "an interrupt line", status))
        return false;
    if (!server_step(server, "an interrupt's binding", irq_bind(scratch, signalled, TRIGGER_LEVEL)))
        return false;
    format(name, sizeof(name), "%s-irq", device->name);
    return server_step(server, "an interrupt line", cap_move(server->slot + OWN_TABLE, note(info, name), scratch));
}

static bool wire_registers(struct server *server, struct start_info *info, uint32_t number, word_t *vaddr)
{
    const struct boot_device *device = &all.boot->device[number];
    const struct device_frames *frames = &all.device[number];
    word_t rights = RIGHT_READ | RIGHT_WRITE, copy;

    if (!device->paddr) {
        word_t range = device->port | (word_t)device->ports << 32;

        return server_step(server, "its ports", cap_mint(server->slot + OWN_TABLE, note(info, device->name), SLOT_PORT, rights, range));
    }
    for (uint32_t page = 0; page < frames->pages; page++, *vaddr += PAGE_SIZE) {
        if (!server_slot(server, &copy))
            return false;
        if (!server_step(server, "its registers", cap_copy(0, copy, frames->slot + page, rights)))
            return false;
        if (!server_map(server, *vaddr, copy, rights))
            return false;
    }
    return true;
}

static bool wire_devices(struct server *server, struct start_info *info)
{
    const struct manifest_server *manifest = server->manifest;
    word_t vaddr = DEVICE_BASE;

    for (uint32_t place = 0; place < DEVICES_MAX && manifest->devices[place][0]; place++) {
        const char *name = manifest->devices[place];
        uint32_t number = 0;

        while (number < all.boot->devices && strcmp(all.boot->device[number].name, name))
            number++;
        if (number == all.boot->devices)
            return server_step(server, name, STATUS_NO_CAP);
        info->device[place] = all.boot->device[number];
        if (info->device[place].paddr)
            info->device_vaddr[place] = vaddr + (info->device[place].paddr & (PAGE_SIZE - 1));
        if (!wire_registers(server, info, number, &vaddr))
            return false;
        if (info->device[place].irq != UINT32_MAX && !wire_interrupt(server, info, &info->device[place], place))
            return false;
    }
    return true;
}

/* Half of its memory, the whole of what build.c set aside: an untyped stays in the table that it is made into. */
static bool give_pool(struct server *server, struct start_info *info)
{
    word_t pool = server->slot + OWN_POOL, bits = 0;
    status_t status = cap_identify(0, pool, NULL, NULL, NULL, &bits, NULL);

    if (status == STATUS_OK)
        status = untyped_retype(pool, OBJECT_UNTYPED, bits, note(info, "pool"), 0, server->slot + OWN_TABLE, NULL);
    return server_step(server, "its pool", status);
}

/* Its own address space, with the page tables for HEAP_BASE. */
static bool give_space(struct server *server, struct start_info *info)
{
    word_t vspace = server->slot + OWN_VSPACE, level = 2, table;

    if (!server_step(server, "its address space", cap_copy(server->slot + OWN_TABLE, note(info, "vspace"), vspace, RIGHT_WRITE)))
        return false;
    while (level > 1) {
        if (!server_slot(server, &table) || !server_make(server, OBJECT_PAGE_TABLE, 0, table))
            return false;
        if (!server_step(server, "a page table", table_map(table, vspace, HEAP_BASE, &level)))
            return false;
    }
    return true;
}

bool server_wire(struct server *server, struct start_info *info)
{
    word_t table = server->slot + OWN_TABLE;
    uint32_t flags = server->manifest->flags;
    status_t status;

    if (!give_endpoint(server, info, "init", all.endpoint))
        return false;
    if (flags & SERVER_FLAG_PROVIDES) {
        status = cap_copy(table, note(info, "endpoint"), server->endpoint, RIGHT_READ);
        if (!server_step(server, "its endpoint", status))
            return false;
    }
    if (flags & SERVER_FLAG_REPLY) {
        status = untyped_retype(server->slot + OWN_UNTYPED, OBJECT_REPLY, 0, note(info, "reply"), 0, table, NULL);
        if (!server_step(server, "its reply object", status))
            return false;
    }
    if (flags & SERVER_FLAG_KERNEL) {
        status = cap_copy(table, note(info, "kernel"), SLOT_KERNEL, RIGHT_WRITE);
        if (!server_step(server, "the kernel's capability", status))
            return false;
    }
    if (flags & SERVER_FLAG_POOL && !give_pool(server, info))
        return false;
    if (flags & SERVER_FLAG_MAPS && !give_space(server, info))
        return false;
    if (!wire_services(server, info) || !wire_devices(server, info))
        return false;
    server->caps = info->caps;
    for (uint32_t i = 0; i < info->caps; i++)
        memcpy(server->cap[i], info->cap[i].name, sizeof(server->cap[i]));
    return true;
}
