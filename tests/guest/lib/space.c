/* Mapping, and address spaces that hold this program too. */
#include "worker.h"

extern char text_end[], rodata_start[], rodata_end[];

unsigned tables_into(word_t vspace, word_t vaddr)
{
    unsigned count = 0;

    for (;;) {
        word_t table = make(OBJECT_PAGE_TABLE);
        status_t status = table_map(table, vspace, vaddr, NULL);
        if (status == STATUS_ALREADY)
            return count;
        ok(status);
        count++;
    }
}

void map_into(word_t vspace, word_t frame, word_t vaddr, word_t rights)
{
    status_t status;

    while ((status = frame_map(frame, vspace, vaddr, rights, NULL)) == STATUS_NO_TABLE)
        ok(table_map(make(OBJECT_PAGE_TABLE), vspace, vaddr, NULL));
    ok(status);
}

/* With what rights this program has a page of its own, 0 for none that a clone needs. */
static word_t rights_at(word_t vaddr)
{
    if (vaddr >= IMAGE_BASE && vaddr < (word_t)text_end)
        return RIGHT_READ | RIGHT_EXECUTE;
    if (vaddr >= (word_t)rodata_start && vaddr < (word_t)rodata_end)
        return RIGHT_READ;
    if (vaddr == START_INFO)
        return RIGHT_READ;
    return vaddr == 0 || (vaddr >= INIT_ARCHIVE && vaddr < INIT_ARCHIVE + boot->archive_size) ? 0 : RIGHTS_RW;
}

word_t space_clone(void)
{
    word_t vspace = make(OBJECT_VSPACE);
    bool has_exit = false; /* a page that another clone has too, by a capability that looks the same */

    for (word_t slot = SLOT_LAB; slot < vspace; slot++) {
        struct facts facts = identify(slot);
        word_t rights = facts.type == OBJECT_FRAME && (facts.value < WINDOW || facts.value >= INIT_ARCHIVE) ? rights_at(facts.value) : 0;
        if (slot >= boot->free_slot && (facts.value != EXIT_WINDOW || has_exit))
            continue;
        has_exit = has_exit || facts.value == EXIT_WINDOW;
        if (rights)
            map_into(vspace, copy_of(slot, RIGHT_ALL), facts.value, rights);
    }
    return vspace;
}

static void touch_it(struct worker *self)
{
    volatile word_t *at = (volatile word_t *)self->argument[0];

    if (self->argument[1] == RIGHT_READ)
        self->result[0] = *at;
    else if (self->argument[1] == RIGHT_WRITE)
        *at = self->argument[2];
    else
        ((void (*)(void))self->argument[0])();
    self->progress = 1;
}

bool touch_in(word_t vspace, word_t vaddr, word_t access)
{
    static struct worker *worker;
    static word_t faults;
    struct message message = {.info = MESSAGE_POLL};

    if (!worker) {
        faults = make(OBJECT_ENDPOINT);
        worker = worker_in(touch_it, HIGH, vspace, minted(faults, RIGHT_WRITE, 1));
    }
    ok(thread_configure(worker->thread, 0, vspace, 0, 0, 0));
    worker->argument[0] = vaddr;
    worker->argument[1] = access;
    worker->argument[2] = 0x70c4ed;
    worker->progress = 0;
    worker->finished = false;
    worker_start(worker);
    status_t status = ipc(SYS_RECV, faults, &message);
    if (status == STATUS_WOULD_BLOCK) {
        expect_equal(worker->progress, 1);
        worker_join(worker);
        return false;
    }
    ok(status);
    expect(worker->progress == 0, vaddr, access);
    expect_equal(message_label(&message), FAULT_BASE + FAULT_PAGE);
    expect_equal(message.words[FAULT_WORD_ADDRESS], vaddr);
    expect_equal(message.words[FAULT_WORD_ACCESS], access);
    ok(thread_suspend(worker->thread));
    return true;
}
