/*
 * The local APIC, which every interrupt passes, and the I/O APIC, whose pins are the first interrupt lines. The two 8259 are silenced. The
 * other lines are messages: a device that writes a line's vector to the local APIC's window of addresses raises it (SDM 11.11).
 *
 * A level-triggered line can be masked while its driver works and loses nothing: unmasking it while the device still asks interrupts again.
 * The I/O APIC ignores an edge that comes while its pin is masked (82093AA 3.2.4; QEMU's ioapic_set_irq()), and a message cannot be masked
 * here at all, so lines with edges are masked only while nobody is bound to them. The devices of ISA (a 16550, the real-time clock) hold
 * their line until they are served: what they give is a level, also where firmware tables call it an edge. The interval timer's is an edge.
 */
#include "apic.h"
#include "arch.h"
#include "memory.h"
#include "panic.h"

#define MSR_APIC_BASE 0x1b
#define APIC_BASE_PADDR 0x000ffffffffff000UL
#define APIC_BASE_X2APIC 0x400
#define APIC_BASE_ENABLE 0x800

#define LAPIC_ID 0x20
#define LAPIC_PRIORITY 0x80
#define LAPIC_EOI 0xb0
#define LAPIC_SPURIOUS 0xf0 /* with the enable bit */
#define LAPIC_ENABLE 0x100
#define LAPIC_LINT0 0x350   /* where the 8259 come in */
#define LAPIC_LINT1 0x360   /* NMI */
#define LAPIC_ERROR 0x370
#define LAPIC_MASKED 0x10000
#define LAPIC_DELIVER_NMI 0x400

#define IOAPIC_SELECT 0x00
#define IOAPIC_DATA 0x10
#define IOAPIC_VERSION 1
#define IOAPIC_ENTRY(line) (0x10 + 2 * (line)) /* low half; the high half follows */
#define ENTRY_LEVEL 0x8000
#define ENTRY_MASKED 0x10000
#define ENTRY_TARGET_SHIFT 24

#define MESSAGE_TARGET_SHIFT 12 /* in the address; fixed delivery, an edge, in the data (SDM 11.11.1, 11.11.2) */

#define LINE_8259 0 /* where nothing but the 8259 can be wired to */

#define PIC_MASTER 0x20
#define PIC_SLAVE 0xa0

_Static_assert(VECTOR_TIMER < VECTOR_SPURIOUS && VECTOR_SPURIOUS < VECTOR_COUNT, "a vector for each line");

static unsigned pins;
static uint32_t target;  /* the local APIC that interrupts go to, by its number */
static uint32_t edges;   /* pins, by bit, that are bound as edge-triggered */

static uint32_t ioapic_read(unsigned index)
{
    *device_register(IOAPIC_PADDR, IOAPIC_SELECT) = index;
    return *device_register(IOAPIC_PADDR, IOAPIC_DATA);
}

static void ioapic_write(unsigned index, uint32_t value)
{
    *device_register(IOAPIC_PADDR, IOAPIC_SELECT) = index;
    *device_register(IOAPIC_PADDR, IOAPIC_DATA) = value;
}

static uint32_t line_entry(unsigned line)
{
    return (VECTOR_IRQ + line) | (edges >> line & 1 ? 0 : ENTRY_LEVEL);
}

static bool is_message(unsigned line)
{
    return line >= IRQ_PINS;
}

void irq_line_unmask(unsigned line)
{
    if (!is_message(line))
        ioapic_write(IOAPIC_ENTRY(line), line_entry(line));
}

void irq_line_mask(unsigned line)
{
    if (!is_message(line))
        ioapic_write(IOAPIC_ENTRY(line), line_entry(line) | ENTRY_MASKED);
}

bool irq_line_trigger(unsigned line, unsigned trigger)
{
    if (is_message(line))
        return trigger == TRIGGER_EDGE;
    edges = (edges & ~(1U << line)) | trigger << line;
    return true;
}

bool irq_line_message(unsigned line, paddr_t *address, uint32_t *data)
{
    *address = LAPIC_PADDR | (paddr_t)target << MESSAGE_TARGET_SHIFT;
    *data = VECTOR_IRQ + line;
    return is_message(line);
}

bool irq_line_usable(unsigned line)
{
    return is_message(line) ? line < IRQ_LINES : line < pins && line != LINE_8259;
}

void interrupt_serve(word_t vector)
{
    if (vector == VECTOR_TIMER) {
        lapic_write(LAPIC_EOI, 0);
        sched_tick();
    } else if (vector < VECTOR_TIMER) {
        unsigned line = (unsigned)vector - VECTOR_IRQ;
        if (!is_message(line) && !(edges >> line & 1))
            irq_line_mask(line); /* before its end is told: that would let a level in again */
        lapic_write(LAPIC_EOI, 0);
        irq_handle(line);
    } /* else spurious: the local APIC wants no answer (SDM 10.9) */
}

/* They must not interrupt, and if one does so spuriously its vector must not be an exception's. */
static void pic_silence(void)
{
    static const struct {
        unsigned chip, vector, wiring;
    } chips[] = {{PIC_MASTER, VECTOR_IRQ, 4}, {PIC_SLAVE, VECTOR_IRQ + 8, 2}};

    for (unsigned i = 0; i < array_count(chips); i++) { /* 8259A data sheet: ICW1 to ICW4, then the mask */
        port_write(chips[i].chip, 1, 0x11);
        port_write(chips[i].chip + 1, 1, chips[i].vector);
        port_write(chips[i].chip + 1, 1, chips[i].wiring);
        port_write(chips[i].chip + 1, 1, 0x01);
        port_write(chips[i].chip + 1, 1, 0xff);
    }
}

static void lapic_enable(void)
{
    uint64_t base = msr_read(MSR_APIC_BASE);

    if ((base & APIC_BASE_PADDR) != LAPIC_PADDR || (base & APIC_BASE_X2APIC) != 0)
        panic("the local APIC is at %lx, not in its page at %lx", (unsigned long)base, LAPIC_PADDR);
    msr_write(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
    lapic_write(LAPIC_SPURIOUS, LAPIC_ENABLE | VECTOR_SPURIOUS);
    lapic_write(LAPIC_LINT0, LAPIC_MASKED);
    lapic_write(LAPIC_LINT1, LAPIC_DELIVER_NMI);
    lapic_write(LAPIC_ERROR, LAPIC_MASKED);
    lapic_write(LAPIC_PRIORITY, 0);
}

void irq_controller_init(void)
{
    pic_silence();
    lapic_enable();

    target = lapic_read(LAPIC_ID) >> 24;
    pins = (ioapic_read(IOAPIC_VERSION) >> 16 & 0xff) + 1;
    if (pins > IRQ_PINS)
        pins = IRQ_PINS;
    for (unsigned line = 0; line < pins; line++) {
        irq_line_mask(line);
        ioapic_write(IOAPIC_ENTRY(line) + 1, target << ENTRY_TARGET_SHIFT);
    }
}
