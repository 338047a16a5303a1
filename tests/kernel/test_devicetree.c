/* devicetree.c: a machine from a tree that is made here. */
#include "devicetree.h"

#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "check.h"

static struct range uart, controller, absent;
static const struct devicetree_device devices[] = {
    {"ns16550a", "uart", &uart},
    {"test,controller", NULL, &controller},
    {"test,absent", "exit", &absent},
};

static void reg(struct blob *blob, uint64_t start, uint64_t size)
{
    uint8_t cells[16];

    blob_big(cells, (uint32_t)(start >> 32));
    blob_big(cells + 4, (uint32_t)start);
    blob_big(cells + 8, (uint32_t)(size >> 32));
    blob_big(cells + 12, (uint32_t)size);
    blob_property(blob, "reg", cells, sizeof(cells));
}

static void node(struct blob *blob, const char *name, const char *property, const char *text, uint64_t start, uint64_t size)
{
    blob_begin(blob, name);
    blob_property(blob, property, text, (unsigned)strlen(text) + 1);
    reg(blob, start, size);
    if (strcmp(name, "serial") == 0)
        blob_property(blob, "interrupts", "\0\0\0\x0a", 4);
    blob_end(blob);
}

static void processors(struct blob *blob)
{
    blob_begin(blob, "cpus");
    blob_property(blob, "timebase-frequency", "\0\x98\x96\x80", 4);
    blob_end(blob);
}

static void sample(struct blob *blob)
{
    *blob = (struct blob){.structure_size = 0};
    blob_begin(blob, "");
    node(blob, "memory@80000000", "device_type", "memory", 0x80000800, 0x8000000);
    blob_begin(blob, "reserved-memory");
    node(blob, "firmware@80000000", "no-map", "", 0x80001800, 0x400);
    blob_end(blob);
    processors(blob);
    blob_begin(blob, "chosen");
    blob_property(blob, "bootargs", "count=instructions", 19);
    blob_property(blob, "linux,initrd-start", "\0\0\0\0\x84\0\0\0", 8);
    blob_property(blob, "linux,initrd-end", "\0\0\0\0\x84\x10\x08\0", 8);
    blob_end(blob);
    blob_begin(blob, "soc");
    node(blob, "serial", "compatible", "ns16550a", 0x10000000, 0x100);
    node(blob, "controller", "compatible", "test,controller", 0xc000000, 0x600000);
    node(blob, "unknown", "compatible", "test,unknown", 0xd000000, 0x1000);
    blob_end(blob);
    blob_end(blob);
    blob_word(blob, 9);
}

static void probe(const struct blob *blob, struct machine *machine)
{
    uint32_t size;
    uint8_t *tree = blob_assemble(blob, &size);

    devicetree_probe(tree, devices, array_count(devices), machine);
    free(tree);
}

CASE(a_tree_becomes_a_machine)
{
    struct machine machine = {.ram_count = 0};
    struct blob blob;

    sample(&blob);
    probe(&blob, &machine);
    CHECK_EQUAL(machine.ram_count, 1);
    CHECK_EQUAL(machine.ram[0].start, 0x80001000);
    CHECK_EQUAL(machine.ram[0].end, 0x88000000);
    CHECK_EQUAL(machine.taken_count, 1);
    CHECK_EQUAL(machine.taken[0].start, 0x80001000);
    CHECK_EQUAL(machine.taken[0].end, 0x80002000);
    CHECK_EQUAL(machine.timer_frequency, 10000000);
    CHECK_EQUAL(machine.archive.start, 0x84000000);
    CHECK_EQUAL(machine.archive.end, 0x84101000);
    CHECK_TEXT(machine.command_line, "count=instructions");
}

CASE(known_devices_are_found)
{
    struct machine machine = {.ram_count = 0};
    struct blob blob;

    sample(&blob);
    probe(&blob, &machine);
    CHECK_EQUAL(machine.devices_count, 1);
    CHECK_TEXT(machine.devices[0].name, "uart");
    CHECK_EQUAL(machine.devices[0].paddr, 0x10000000);
    CHECK_EQUAL(machine.devices[0].size, 0x100);
    CHECK_EQUAL(machine.devices[0].irq, 10);
    CHECK_EQUAL(uart.end, 0x10000100);
    CHECK_EQUAL(controller.start, 0xc000000);
    CHECK_EQUAL(controller.end, 0xc600000);
    CHECK_EQUAL(absent.end, 0);
}

CASE(more_devices_than_init_is_told_of)
{
    struct machine machine = {.ram_count = 0};
    struct blob blob = {.structure_size = 0};

    blob_begin(&blob, "");
    processors(&blob);
    for (unsigned i = 0; i <= array_count(machine.devices); i++)
        node(&blob, "uart", "compatible", "ns16550a", 0x1000 * (i + 1), 0x100);
    blob_end(&blob);
    blob_word(&blob, 9);
    probe(&blob, &machine);
    CHECK_EQUAL(machine.devices_count, array_count(machine.devices));
    CHECK_EQUAL(machine.devices[0].irq, 0xffffffff);
}

static void probe_panics(void *context)
{
    struct machine machine = {.ram_count = 0};

    devicetree_probe(context, devices, array_count(devices), &machine);
}

CASE(what_is_no_machine_stops_the_kernel)
{
    static uint64_t nothing[BLOB_HEADER / 8];
    struct blob blob = {.structure_size = 0};
    uint32_t size;

    check_panics(probe_panics, nothing);
    blob_begin(&blob, ""); /* neither an end nor a processor */
    check_panics(probe_panics, blob_assemble(&blob, &size));
    blob_end(&blob);
    blob_word(&blob, 9);
    check_panics(probe_panics, blob_assemble(&blob, &size));
}
