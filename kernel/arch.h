/*
 * The contract: what an architecture supplies. Portable code includes this and never names an architecture.
 *
 * Each kernel/arch/<a>/ holds the same file names:
 *   cpu.h      constants and inline functions (listed below under "cpu.h"), struct hart_cpu
 *   entry.S    the first instruction; boot page tables; jumps to kernel_main() on the boot stack in the higher half
 *   trap.S     trap entry and thread_return(): save, switch, call C, restore
 *   fpu.c      floating point and vectors: see fpu.h
 *   trap.c     trap_user() and trap_kernel(): cause -> syscall_handle(), fault_raise(), irq_handle(), sched_tick(), panic
 *   machine.c  machine_probe(): what the firmware says of the machine
 *   paging.c   page table entries that need more than an inline, activation, flushes
 *   irq.c      interrupt controller
 *   timer.c    one-shot timer, and its frequency
 *   console.c  I/O ports, where the panic console is, and the machine's exit
 *
 * The way through the kernel: trap.S saves all registers into hart->thread->registers, moves to the hart's kernel stack and calls
 * trap_user(). That decodes the cause and calls the portable handler, then sched_next(), and returns the registers of the thread to
 * run. trap.S restores them. Interrupts are off in the kernel except inside cpu_wait().
 */
#ifndef ARCH_H
#define ARCH_H

#include <cpu.h>
#include <tiss/abi.h>
#include <tiss/registers.h>

#include "machine.h"
#include "types.h"

struct hart;
struct thread;

/*
 * cpu.h, included above, defines:
 *   PAGE_LEVELS             levels of page tables; a table has 512 entries of 8 bytes at every level
 *   PAGE_LEAF_LEVELS        levels at which the kernel may map a page: 2 for up to 2 MiB, 3 for up to 1 GiB
 *   KERNEL_PHYSICAL         where the image is loaded
 *   KERNEL_OFFSET           virtual minus physical address of the kernel's image
 *   DIRECT_BASE             virtual address of physical address 0 in the direct map of RAM
 *   PORTS                   I/O ports, 0 where there are none
 *   ELF_MACHINE             ELF's number of the architecture
 *   IRQ_LINES               interrupt lines that irq capabilities range over
 *   EXCEPTIONS              exceptions of the processor, by number from 0
 *   REGISTERS_USER(set)     set(name, value); for each register of a new user thread that is not 0: user mode, interrupts on
 *   struct fpu_state        a thread's floating point and vectors
 *   struct hart_cpu         the architecture's part of struct hart; trap.c defines the first hart, hart_boot
 *   struct hart *hart_self(void)
 *   uint64_t counter_read(void)   what programs read as time too
 *   unsigned lowest_bit(word_t)   index of the lowest bit that is set; not of 0
 *   pte_t pte_leaf(paddr_t, word_t rights, bool user, unsigned level)   RIGHT_* bits; global if not user; accessed and dirty set
 *   pte_t pte_device(pte_t)       the same leaf, for a device's registers: each access reaches the device, in order
 *   pte_t pte_table(paddr_t)
 *   void space_code_changed(void)                     memory that was written may be run from now on, on this hart
 *   void space_flush_page(unsigned asid, vaddr_t)     forget the translation of a page of an address space, on this hart
 *   void space_page_appeared(unsigned asid, vaddr_t)  the same where nothing was before
 *   bool pte_present(pte_t); bool pte_is_table(pte_t, unsigned level); paddr_t pte_paddr(pte_t)
 */

/* ---- machine.c */

/* Fill in what the firmware says: RAM, what is taken of it, archive, command line, devices. Called once, on the boot page tables, which
 * map the first GiB of RAM (and below) at DIRECT_BASE as well as the kernel at its addresses. Panics if there is no usable machine. */
void machine_probe(struct machine *machine);

/* ---- paging.c */

/* Prepare the processor (NX, SMEP, SMAP, global pages ...) and activate the kernel's root table for good. Probes address-space
 * identifiers and returns how many there are, at least 1. */
unsigned paging_enable(paddr_t root);
/* The word that stands for an address space to the processor. asid < what paging_enable() returned. */
word_t space_word(paddr_t root, unsigned asid);
/* Make it the address space of this hart. */
void space_activate(word_t word);
/* Levels at which this processor can map a page: 3 if it knows pages of 1 GiB. */
unsigned space_leaf_levels(void);
/* Forget all translations of an address space, on this hart. */
void space_flush(unsigned asid);

/* ---- trap.S, trap.c */

/* What an exception is: to the thread that caused it, and to a reader of a panic. */
struct exception {
    const char *name; /* NULL: the processor has none of this number */
    uint8_t fault;    /* FAULT_* */
    uint8_t access;   /* RIGHT_* of a fault about an address, where the number tells */
};
extern const struct exception exceptions[EXCEPTIONS];

/* Set up trap handling of this hart: vectors, system call entry, emergency stacks. After paging_enable(). */
void trap_init(struct hart *hart);
/* Leave the kernel for hart->thread, whose registers these are. Never returns. */
_Noreturn void thread_return(struct registers *registers);
/* Write a register of a user thread by its place in struct registers. False for what user code must not choose (its mode, segments, what
 * the trap left); of the flags only those change that are the user's own. */
bool registers_write(struct registers *registers, unsigned index, word_t value);
/* The registers at the place of the call, as far as they can be told, for a panic. pc, sp and fp are the caller's. */
void registers_capture(struct registers *registers);
/* Wait for an interrupt and serve it (through irq_handle() or sched_tick()) before returning. Interrupts are off before and after. */
void cpu_wait(void);

/* ---- fpu.c */

/* Probe and prepare this hart's unit; it is off. The trap that the first use causes calls fpu_take() of fpu.h. */
void fpu_init(void);
/* What a thread that never used the unit finds in it: every register 0, default control. */
void fpu_state_start(struct fpu_state *state);
/* Save the unit into `owner`, who may not use it any more (NULL: nobody had it), load that of `thread`, which runs, and let it use it. */
void fpu_switch(struct thread *owner, struct thread *thread);

/* ---- irq.c */

/* Take over the interrupt controller, every line masked. */
void irq_controller_init(void);
/* Let a line interrupt, or not. line < IRQ_LINES. */
void irq_line_unmask(unsigned line);
void irq_line_mask(unsigned line);
/* Say how a masked line asks, TRIGGER_*; false if it cannot, and nothing changes. A line that would lose nothing while it is masked is so
 * from its interrupt until irq_ack: see irq_bind in abi.toml. */
bool irq_line_trigger(unsigned line, unsigned trigger);
/* What a device writes, and where, to raise a line; false if the line is a wire. */
bool irq_line_message(unsigned line, paddr_t *address, uint32_t *data);
/* The line exists and is not the kernel's own. */
bool irq_line_usable(unsigned line);

/* ---- timer.c */

/* In Hz: of the counter that counter_read() reads, and of what timer_start() is given. */
struct timer_rates {
    uint64_t counter;
    uint64_t timer;
};
/* Be ready for timer_start(), stopped. After irq_controller_init(). Panics if something that has to count does not. */
struct timer_rates timer_probe(const struct machine *machine);
/* Interrupt (sched_tick()) this many ticks from now, 1 to those of a second; replaces what was set before. */
void timer_start(uint64_t ticks);
void timer_stop(void);

/* ---- console.c */

/* The UART's first register: an I/O port where there are any, else a physical address. Right from the first C instruction on. */
extern paddr_t console_uart;
/* Stop the machine: status 0 is success. Never returns, also where there is no exit device. */
_Noreturn void machine_exit(unsigned status);
/* I/O ports, below PORTS. width 1, 2 or 4. */
uint32_t port_read(unsigned port, unsigned width);
void port_write(unsigned port, unsigned width, uint32_t value);

/* ---- called by the architecture, portable */

_Noreturn void kernel_main(void);                       /* main.c, from entry.S */
struct registers *trap_user(void);                      /* trap.c of the architecture, from trap.S: registers to return to */
void syscall_handle(struct thread *thread);             /* syscall.c: number and arguments are in thread->registers */
void fault_raise(struct thread *thread, unsigned kind, vaddr_t address, unsigned access, word_t cause); /* fault.c */
const struct exception *exception_of(word_t number);    /* fault.c: also of one that is not in the table */
void irq_handle(unsigned line);                         /* irq.c: a line has interrupted, and is masked by now if it should be */
void sched_tick(void);                                  /* sched.c: the timer has expired */
struct registers *sched_next(void);                     /* sched.c: the thread to run, activated; waits if there is none */

#endif
