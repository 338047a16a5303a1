/*
 * The kernel's image. Loaded at KERNEL_PHYSICAL, linked KERNEL_OFFSET above; boot code alone is linked where it is loaded.
 * Each part starts on a page, since each is mapped with its own rights. kernel/image.h names the symbols.
 */
#include <cpu.h>
#include <tiss/abi.h>

#include "hart.h"

ENTRY(_start)

PHDRS
{
    BOOT_SEGMENT
    text PT_LOAD FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
    note PT_NOTE FLAGS(4);
}

SECTIONS
{
    . = KERNEL_PHYSICAL;
    .boot : { *(.boot.text) *(.boot.data) } BOOT_PLACE

    . = ALIGN(PAGE_SIZE) + KERNEL_OFFSET;
    image_start = KERNEL_PHYSICAL + KERNEL_OFFSET;
    text_start = .;
    .text : AT(ADDR(.text) - KERNEL_OFFSET) { *(.text.entry) *(.text .text.*) } :text
    . = ALIGN(PAGE_SIZE);
    text_end = .;

    rodata_start = .;
    .rodata : AT(ADDR(.rodata) - KERNEL_OFFSET) { *(.rodata .rodata.* .srodata .srodata.*) } :rodata
    .note : AT(ADDR(.note) - KERNEL_OFFSET) { KEEP(*(.note.Xen)) } :rodata :note
    . = ALIGN(PAGE_SIZE);
    rodata_end = .;

    data_start = .;
    .data : AT(ADDR(.data) - KERNEL_OFFSET) { *(.data .data.* .sdata .sdata.*) } :data
    . = ALIGN(8);
    bss_start = .;
    .bss : AT(ADDR(.bss) - KERNEL_OFFSET) { *(.sbss .sbss.* .bss .bss.* COMMON) . = ALIGN(8); } :data
    bss_end = .;
    /* never zeroed: page tables clear themselves, and a stack needs it not */
    .noinit (NOLOAD) : AT(ADDR(.noinit) - KERNEL_OFFSET)
    {
        *(.noinit)
        . = ALIGN(PAGE_SIZE);
        kernel_stack_guard = .;
        . = . + PAGE_SIZE;
        kernel_stack = .;
        . = . + KERNEL_STACK_SIZE;
    } :data
    . = ALIGN(PAGE_SIZE);
    image_end = .;

    /DISCARD/ : { *(.comment) *(.note.gnu.*) *(.note.GNU-stack) *(.eh_frame .eh_frame_hdr) *(.riscv.attributes) *(.got .got.plt) }
}

ASSERT(text_start % PAGE_SIZE == 0 && rodata_start % PAGE_SIZE == 0 && data_start % PAGE_SIZE == 0, "kernel.lds: a part does not start on a page")
ASSERT(kernel_stack % 16 == 0 && image_end - kernel_stack == KERNEL_STACK_SIZE, "kernel.lds: the stack is not where kernel/image.h says")
ASSERT(bss_start % 8 == 0 && bss_end % 8 == 0, "kernel.lds: .bss is zeroed by words")
ASSERT(image_end - image_start < 0x200000, "kernel.lds: the image is larger than the boot page tables are made for, 2 MiB")
