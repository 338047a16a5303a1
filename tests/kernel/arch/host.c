/* The functions of kernel/arch.h that the tested files call. */
#include "host.h"

#include <string.h>

#include "check.h"
#include "clock.h"
#include "console.h"
#include "hart.h"
#include "image.h"
#include "paging.h"

struct host host;
struct hart hart_boot;
char kernel_stack_guard[PAGE_SIZE];
const struct exception exceptions[EXCEPTIONS] = {[1] = {"page fault", FAULT_PAGE, RIGHT_READ}};

static pte_t kernel_root[PAGE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

void host_init(void)
{
    static struct machine machine;
    struct clock_scale scale;

    for (unsigned i = PAGE_ENTRIES / 2; i < PAGE_ENTRIES; i++)
        kernel_root[i] = pte_table(0x1000UL * i); /* never followed: only copied and compared */
    host.rates = (struct timer_rates){1000000000, 1000000000};
    timer_init(&machine, &scale);
}

paddr_t paging_kernel_root(void)
{
    return (vaddr_t)kernel_root - KERNEL_OFFSET;
}

const pte_t *paging_kernel_half(void)
{
    return kernel_root + PAGE_ENTRIES / 2;
}

word_t space_word(paddr_t root, unsigned asid)
{
    return root | (word_t)asid << 48;
}

void space_activate(word_t word)
{
    host.root = word & (bit(48) - 1);
    host.asid = (unsigned)(word >> 48);
    host.activations++;
}

void space_flush_page(unsigned asid, vaddr_t vaddr)
{
    host.flush[host.flushes++ % HOST_LOG] = (struct host_flush){asid, vaddr, true};
}

void space_flush(unsigned asid)
{
    host.flush[host.flushes++ % HOST_LOG] = (struct host_flush){asid, 0, false};
}

unsigned space_leaf_levels(void)
{
    return PAGE_LEAF_LEVELS;
}

void space_code_changed(void)
{
    host.code_changes++;
}

const struct host_flush *host_last_flush(void)
{
    CHECK(host.flushes > 0);
    return &host.flush[(host.flushes - 1) % HOST_LOG];
}

bool registers_write(struct registers *registers, unsigned index, word_t value)
{
    ((word_t *)registers)[index] = value;
    return index + 1 < REGISTER_COUNT; /* the last is one that user code must not choose */
}

void registers_capture(struct registers *registers)
{
    memset(registers, 0, sizeof(*registers));
    for (unsigned i = 0; i < REGISTER_COUNT; i++)
        ((word_t *)registers)[i] = 0x100 + i;
}

void cpu_wait(void)
{
    CHECK(hart_boot.idle);
    CHECK(++host.waits < 100, "the processor waits, and nothing that happens makes a thread ready");
    CHECK(host.idle != NULL || host.timer != 0, "the processor would wait for ever");
    if (host.idle != NULL) {
        host.idle();
    } else {
        host.now = host.timer_set_at + host.timer;
        sched_tick();
    }
}

void irq_line_unmask(unsigned line)
{
    CHECK(line < IRQ_LINES, "line %u", line);
    host.unmasked[line] = true;
}

void irq_line_mask(unsigned line)
{
    CHECK(line < IRQ_LINES, "line %u", line);
    host.unmasked[line] = false;
}

bool irq_line_usable(unsigned line)
{
    return line != 0; /* one is not, so that there is such a case */
}

uint64_t counter_read(void)
{
    return host.counter != NULL ? host.counter() : host.now;
}

struct timer_rates timer_probe(const struct machine *machine)
{
    (void)machine;
    return host.rates;
}

void timer_start(uint64_t ticks)
{
    host.timer = ticks;
    host.timer_set_at = host.now;
}

void timer_stop(void)
{
    host.timer = 0;
}

void console_put(char character)
{
    if (host.console_length < sizeof(host.console) - 1)
        host.console[host.console_length++] = character;
}

uint32_t port_read(unsigned port, unsigned width)
{
    CHECK(port + width <= PORTS);
    return port << 8 | width;
}

void port_write(unsigned port, unsigned width, uint32_t value)
{
    (void)value;
    CHECK(port + width <= PORTS);
}
