/* Words that the whole kernel speaks. */
#ifndef TYPES_H
#define TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tiss/abi.h> /* word_t, status_t */

typedef uint64_t paddr_t;  /* a physical address */
typedef uint64_t vaddr_t;  /* a virtual address */
typedef uint64_t pte_t;    /* a page table entry, of either architecture */

#define array_count(array) (sizeof(array) / sizeof((array)[0]))
#define align_up(value, size) (((value) + (size) - 1) & ~((uint64_t)(size) - 1))
#define align_down(value, size) ((value) & ~((uint64_t)(size) - 1))
#define bit(n) (1UL << (n))

/* The structure that holds `member` at `pointer`. */
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

#endif
