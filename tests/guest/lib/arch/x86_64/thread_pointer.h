/* The thread pointer, for the guest suite: FS base; and its fellow that messages do not keep, GS base. Needs CR4.FSGSBASE. */
#ifndef THREAD_POINTER_H
#define THREAD_POINTER_H

#include <tiss/registers.h>

#include "tiss.h"

#define REG_THREAD_POINTER REG_fs_base
#define THREAD_POINTER_BAD 0x0000800000000000UL /* not canonical; thread_write refuses it */

static inline word_t thread_pointer(void)
{
    word_t value;

    __asm__ volatile("rdfsbase %0" : "=r"(value));
    return value;
}

static inline void thread_pointer_set(word_t value)
{
    __asm__ volatile("wrfsbase %0" : : "r"(value));
}

static inline word_t other_pointer(void)
{
    word_t value;

    __asm__ volatile("rdgsbase %0" : "=r"(value));
    return value;
}

static inline void other_pointer_set(word_t value)
{
    __asm__ volatile("wrgsbase %0" : : "r"(value));
}

#endif
