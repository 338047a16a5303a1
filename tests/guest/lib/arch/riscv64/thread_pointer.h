/* The thread pointer, for the guest suite: tp; and another that nothing here uses, gp. */
#ifndef THREAD_POINTER_H
#define THREAD_POINTER_H

#include <tiss/registers.h>

#include "tiss.h"

#define REG_THREAD_POINTER REG_tp
#define THREAD_POINTER_BAD 0UL /* a register like any other: none is refused */

static inline word_t thread_pointer(void)
{
    word_t value;

    __asm__ volatile("mv %0, tp" : "=r"(value));
    return value;
}

static inline void thread_pointer_set(word_t value)
{
    __asm__ volatile("mv tp, %0" : : "r"(value));
}

static inline word_t other_pointer(void)
{
    word_t value;

    __asm__ volatile("mv %0, gp" : "=r"(value));
    return value;
}

static inline void other_pointer_set(word_t value)
{
    __asm__ volatile("mv gp, %0" : : "r"(value));
}

#endif
