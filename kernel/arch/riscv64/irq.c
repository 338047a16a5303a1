/* The platform-level interrupt controller (RISC-V PLIC specification 1.0.0). */
#include "arch.h"
#include "hart.h"
#include "machine_riscv.h"
#include "memory.h"

#define STEP_LINES 4 /* served by one entry into the kernel */

#define PLIC_PRIORITY(line) (4u * (line))
#define PLIC_ENABLE(context, line) (0x2000u + 0x80u * (context) + 4u * ((line) / 32))
#define PLIC_THRESHOLD(context) (0x200000u + 0x1000u * (context))
#define PLIC_CLAIM(context) (0x200004u + 0x1000u * (context))

static volatile uint32_t *plic(unsigned offset)
{
    return device_register(machine_devices.plic.start, offset);
}

/* Contexts are numbered M, S, M, S ... over the harts. */
static unsigned context(void)
{
    return (unsigned)hart_self()->cpu.hartid * 2 + 1;
}

void irq_controller_init(void)
{
    for (unsigned line = 1; line < IRQ_LINES; line++)
        *plic(PLIC_PRIORITY(line)) = 1;
    for (unsigned line = 0; line < IRQ_LINES; line += 32)
        *plic(PLIC_ENABLE(context(), line)) = 0;
    *plic(PLIC_THRESHOLD(context())) = 0;
}

void irq_line_unmask(unsigned line)
{
    *plic(PLIC_ENABLE(context(), line)) |= 1u << line % 32;
    *plic(PLIC_PRIORITY(line)) = 1; /* QEMU 7.2 looks for pending interrupts when this is written, not when a line is enabled */
}

void irq_line_mask(unsigned line)
{
    *plic(PLIC_ENABLE(context(), line)) &= ~(1u << line % 32);
}

/* How a source asks is its gateway's to know. Nothing is lost while a line is masked, whichever it is: the pending bit stays (PLIC
 * specification, 4), so every line is masked from its interrupt until irq_ack. */
bool irq_line_trigger(unsigned line, unsigned trigger)
{
    (void)line, (void)trigger;
    return true;
}

bool irq_line_message(unsigned line, paddr_t *address, uint32_t *data)
{
    (void)line, (void)address, (void)data;
    return false;
}

bool irq_line_usable(unsigned line)
{
    return line > 0 && line < IRQ_LINES; /* the PLIC has no source 0 */
}

void plic_serve(void)
{
    for (unsigned i = 0; i < STEP_LINES; i++) { /* what is left interrupts again at once */
        uint32_t line = *plic(PLIC_CLAIM(context()));
        if (line == 0 || line >= IRQ_LINES)
            return;
        *plic(PLIC_CLAIM(context())) = line; /* completed while enabled, or it would not count; then silent until irq_ack */
        irq_line_mask(line);
        irq_handle(line);
    }
}
