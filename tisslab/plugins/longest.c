/*
 * A TCG plugin: the longest way through the kernel, in instructions, for each thing that a program can enter it for.
 *
 * Counted is every instruction at an address of the upper half, where the kernel and nothing else is. An entry begins with the instruction
 * at one of the addresses where the processor enters the kernel, and ends with the last before user code goes on, or before the kernel
 * begins to wait for an interrupt. What it was for is told by the first of the functions that it reaches.
 *
 * Loaded as  -plugin longest.so,plan=FILE,out=FILE.  The plan's lines, addresses in hexadecimal:
 *     entry START END     an instruction at START enters; END is START, or the last byte of a row of stubs of which each does
 *     wait ADDRESS        the function that waits
 *     kind NUMBER ADDRESS the function that an entry of this kind reaches
 * `out` exists, full of zeroes; u64 number i of it is the longest entry of kind i, so it is up to date however the machine ends.
 *
 * The interface is QEMU's plugin API, version 1, of which this is all that is needed (QEMU: docs/devel/tcg-plugins.rst). Its header is not
 * packaged by Debian.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define WITHOUT_REGISTERS 0 /* enum qemu_plugin_cb_flags */
#define ADD_U64 0           /* enum qemu_plugin_op */

struct qemu_plugin_tb;
struct qemu_plugin_insn;

void qemu_plugin_register_atexit_cb(uint64_t id, void (*ended)(uint64_t id, void *data), void *data);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*translated)(uint64_t id, struct qemu_plugin_tb *block));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction, void (*executed)(unsigned processor, void *data),
                                            int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *instruction, int operation, void *target, uint64_t operand);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const void *machine, int count, char **arguments);

#define PLACES_MAX 256

enum meaning { ENTRY, WAIT, KIND };

struct place {
    enum meaning meaning;
    unsigned kind;
    uint64_t start, end;
};

static struct place places[PLACES_MAX];
static unsigned places_count;
static uint64_t *longest;
static uint64_t kinds_max;

static uint64_t executed;              /* instructions of the kernel */
static uint64_t begun;                 /* where `executed` stood when the present entry began */
static uint64_t stub = UINT64_MAX - 1; /* and at the last instruction of a stub */
static int inside;                     /* an entry has begun */
static unsigned kind;                  /* of the present entry; 0 is none of the others */

static void entry_ends(void)
{
    if (inside && kind < kinds_max && executed - begun > longest[kind])
        longest[kind] = executed - begun;
    kind = 0;
    begun = executed;
}

/* Called before the instruction is executed and counted. */
static void place_reached(unsigned processor, void *data)
{
    const struct place *place = data;

    (void)processor;
    switch (place->meaning) {
    case ENTRY:
        if (executed != stub + 1) { /* else the next instruction of the same stub */
            entry_ends();
            inside = 1;
        }
        stub = executed;
        break;
    case WAIT:
        entry_ends();
        break;
    case KIND:
        if (kind == 0)
            kind = place->kind;
        break;
    }
}

static void block_translated(uint64_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint64_t address = qemu_plugin_insn_vaddr(instruction);
        if (address >> 63 == 0)
            continue;
        for (unsigned p = 0; p < places_count; p++)
            if (address >= places[p].start && address <= places[p].end)
                qemu_plugin_register_vcpu_insn_exec_cb(instruction, place_reached, WITHOUT_REGISTERS, &places[p]);
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_U64, &executed, 1);
    }
}

/* The last entry before the machine ends is one too. */
static void machine_ends(uint64_t id, void *data)
{
    (void)id, (void)data;
    entry_ends();
}

static int plan_read(const char *path)
{
    char line[256];
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return -1;
    while (fgets(line, sizeof(line), file) != NULL && places_count < PLACES_MAX) {
        struct place *place = &places[places_count++];
        if (sscanf(line, "entry %" SCNx64 " %" SCNx64, &place->start, &place->end) == 2)
            place->meaning = ENTRY;
        else if (sscanf(line, "wait %" SCNx64, &place->start) == 1)
            place->meaning = WAIT;
        else if (sscanf(line, "kind %u %" SCNx64, &place->kind, &place->start) == 2)
            place->meaning = KIND;
        else
            places_count = PLACES_MAX;
        if (place->end == 0)
            place->end = place->start;
    }
    fclose(file);
    return places_count < PLACES_MAX ? 0 : -1;
}

static int out_map(const char *path)
{
    struct stat facts;
    int file = open(path, O_RDWR);

    if (file < 0 || fstat(file, &facts) != 0)
        return -1;
    kinds_max = (uint64_t)facts.st_size / sizeof(*longest);
    longest = mmap(NULL, (size_t)facts.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return longest == MAP_FAILED ? -1 : 0;
}

int qemu_plugin_install(uint64_t id, const void *machine, int count, char **arguments)
{
    int good = 0;

    (void)machine;
    for (int i = 0; i < count; i++) {
        if (!strncmp(arguments[i], "plan=", 5))
            good += plan_read(arguments[i] + 5) == 0;
        else if (!strncmp(arguments[i], "out=", 4))
            good += out_map(arguments[i] + 4) == 0;
    }
    if (good != 2) {
        fprintf(stderr, "longest: the plan or the output file cannot be read: give plan=FILE and out=FILE\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    qemu_plugin_register_atexit_cb(id, machine_ends, NULL);
    return 0;
}
