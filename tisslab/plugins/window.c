/*
 * A TCG plugin: every instruction and every access to memory between the marks of a program (tests/ipc/lib/cost.h), in the order in which
 * they happened.
 *
 * Loaded as  -plugin window.so,plan=FILE,out=FILE.  The plan's lines, addresses in hexadecimal:
 *     mark KIND ADDRESS      the instruction at ADDRESS is a mark: enum mark
 *     interrupt START END    where the processor enters the kernel at an interrupt: START, or the last byte of a row of stubs
 * `out` gets records of three u64: kind and size in bytes << 8, virtual address, physical address (of accesses to RAM, else 0). What the
 * processor itself reads and writes, as page tables and the frame of an exception, is in none.
 *
 * An instruction is recorded when it is about to be executed: one that faults is recorded, and once more when it is executed again.
 *
 * The interface is QEMU's plugin API, version 1, of which this is all that is needed (QEMU: docs/devel/tcg-plugins.rst). Its header is not
 * packaged by Debian.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define WITHOUT_REGISTERS 0 /* enum qemu_plugin_cb_flags */
#define READS_AND_WRITES 3  /* enum qemu_plugin_mem_rw */

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*translated)(uint64_t id, struct qemu_plugin_tb *block));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction, void (*executed)(unsigned processor, void *data),
                                            int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *instruction,
                                      void (*accessed)(unsigned processor, uint32_t access, uint64_t vaddr, void *data), int flags,
                                      int reads_and_writes, void *data);
unsigned qemu_plugin_mem_size_shift(uint32_t access);
bool qemu_plugin_mem_is_store(uint32_t access);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t access, uint64_t vaddr);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *address);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *address);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const void *machine, int count, char **arguments);

#define MARKS_MAX 256

enum mark { MARK_BEGIN, MARK_INTERRUPT, MARK_END, MARK_FAULT, MARK_NONE };       /* as in tests/ipc/lib/cost.h */
enum record { RECORD_BEGIN, RECORD_INSTRUCTION, RECORD_LOAD, RECORD_STORE, RECORD_END }; /* as in tisslab/cost/trace.py */

struct place {
    uint64_t vaddr;
    uint64_t size;
    enum mark mark;
    bool takes_interrupt;
};

static struct place marks[MARKS_MAX];
static unsigned marks_count;
static uint64_t interrupt_start, interrupt_end;
static FILE *out;
static bool due;       /* a window begins with the next instruction, */
static bool armed;     /* or with the next interrupt */
static bool recording; /* it has begun */

static void record(enum record kind, uint64_t size, uint64_t vaddr, uint64_t paddr)
{
    uint64_t words[3] = {kind | size << 8, vaddr, paddr};

    fwrite(words, sizeof(words), 1, out);
}

static void window_begin(void)
{
    due = armed = false;
    recording = true;
    record(RECORD_BEGIN, 0, 0, 0);
}

/* Written out at once: it is there however the machine ends. */
static void window_end(void)
{
    recording = false;
    record(RECORD_END, 0, 0, 0);
    fflush(out);
}

/* Called before the instruction is executed. */
static void executed(unsigned processor, void *data)
{
    const struct place *place = data;

    (void)processor;
    if (due || (armed && place->takes_interrupt))
        window_begin();
    if (place->mark == MARK_END && recording)
        window_end();
    if (recording)
        record(RECORD_INSTRUCTION, place->size, place->vaddr, 0);
    due = place->mark == MARK_BEGIN;
    armed = armed || place->mark == MARK_INTERRUPT;
}

static void accessed(unsigned processor, uint32_t access, uint64_t vaddr, void *data)
{
    struct qemu_plugin_hwaddr *address;
    uint64_t paddr = 0;

    (void)processor;
    (void)data;
    if (!recording)
        return;
    address = qemu_plugin_get_hwaddr(access, vaddr);
    if (address != NULL && !qemu_plugin_hwaddr_is_io(address))
        paddr = qemu_plugin_hwaddr_phys_addr(address);
    record(qemu_plugin_mem_is_store(access) ? RECORD_STORE : RECORD_LOAD, 1U << qemu_plugin_mem_size_shift(access), vaddr, paddr);
}

static enum mark mark_at(uint64_t vaddr)
{
    for (unsigned i = 0; i < marks_count; i++)
        if (marks[i].vaddr == vaddr)
            return marks[i].mark;
    return MARK_NONE;
}

/* What is told of an instruction stays for as long as QEMU may execute its translation, which is to the end. */
static void block_translated(uint64_t id, struct qemu_plugin_tb *block)
{
    size_t count = qemu_plugin_tb_n_insns(block);
    struct place *places = calloc(count, sizeof(*places));

    (void)id;
    if (places == NULL)
        abort();
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint64_t vaddr = qemu_plugin_insn_vaddr(instruction);
        places[i] = (struct place){
            .vaddr = vaddr,
            .size = qemu_plugin_insn_size(instruction),
            .mark = mark_at(vaddr),
            .takes_interrupt = vaddr >= interrupt_start && vaddr <= interrupt_end,
        };
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, WITHOUT_REGISTERS, &places[i]);
        qemu_plugin_register_vcpu_mem_cb(instruction, accessed, WITHOUT_REGISTERS, READS_AND_WRITES, NULL);
    }
}

static int plan_read(const char *path)
{
    char line[256];
    FILE *file = fopen(path, "r");
    bool good = file != NULL;

    while (good && fgets(line, sizeof(line), file) != NULL) {
        unsigned kind;
        uint64_t vaddr;
        if (sscanf(line, "interrupt %" SCNx64 " %" SCNx64, &interrupt_start, &interrupt_end) == 2)
            continue;
        good = sscanf(line, "mark %u %" SCNx64, &kind, &vaddr) == 2 && kind < MARK_NONE && marks_count < MARKS_MAX;
        if (good)
            marks[marks_count++] = (struct place){.vaddr = vaddr, .mark = (enum mark)kind};
    }
    if (file != NULL)
        fclose(file);
    return good ? 0 : -1;
}

int qemu_plugin_install(uint64_t id, const void *machine, int count, char **arguments)
{
    int good = 0;

    (void)machine;
    for (int i = 0; i < count; i++) {
        if (!strncmp(arguments[i], "plan=", 5))
            good += plan_read(arguments[i] + 5) == 0;
        else if (!strncmp(arguments[i], "out=", 4))
            good += (out = fopen(arguments[i] + 4, "w")) != NULL;
    }
    if (good != 2) {
        fprintf(stderr, "window: the plan cannot be read or the output file not be written: give plan=FILE and out=FILE\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    return 0;
}
