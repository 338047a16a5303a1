/* What linker/kernel.lds.S names: the parts of the kernel's image, page-aligned, at their virtual addresses. */
#ifndef IMAGE_H
#define IMAGE_H

extern const char image_start[];  /* the first byte; code and boot code */
extern const char text_start[], text_end[];
extern const char rodata_start[], rodata_end[];
extern char data_start[];         /* .data, .bss, .noinit */
extern char kernel_stack_guard[]; /* a page that is never mapped */
extern char kernel_stack[];       /* KERNEL_STACK_SIZE bytes, then image_end */
extern char image_end[];

#endif
