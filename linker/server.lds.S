/*
 * A program: text, constants and data in segments of their own, a page border between, none both writable and executable.
 * Text and constants are mapped straight from the boot archive; data is copied at each start.
 */
#include <tiss/abi.h>

ENTRY(_start)

PHDRS
{
    text PT_LOAD FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
}

SECTIONS
{
    . = IMAGE_BASE;
    .text : { *(.text.start) *(.text .text.*) } :text
    text_end = .;

    . = ALIGN(PAGE_SIZE);
    rodata_start = .;
    .rodata : { *(.rodata .rodata.* .srodata .srodata.*) } :rodata
    rodata_end = .;

    . = ALIGN(PAGE_SIZE);
    data_start = .;
    .data : { *(.data .data.* .sdata .sdata.*) } :data
    .bss : { *(.sbss .sbss.* .bss .bss.* COMMON) } :data
    data_end = .;

    .got : { *(.got .got.*) }
    .got.plt : { *(.got.plt) }

    /DISCARD/ : { *(.comment) *(.note .note.*) *(.eh_frame .eh_frame_hdr) *(.riscv.attributes) }
}

ASSERT(_start == IMAGE_BASE, "server.lds: the program does not begin with _start of crt0.S")
ASSERT(rodata_start % PAGE_SIZE == 0 && data_start % PAGE_SIZE == 0, "server.lds: a segment does not start on a page")
ASSERT(data_end < USER_TOP && data_end - IMAGE_BASE < 0x4000000, "server.lds: the program is larger than 64 MiB")
ASSERT(SIZEOF(.got) == 0, "server.lds: a program has a global offset table: compile without -fpic")
ASSERT(SIZEOF(.got.plt) <= 24, "server.lds: a program calls through a procedure linkage table: compile without -fpic")
