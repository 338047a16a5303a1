/*
 * x87, SSE and AVX. CR0.TS turns the unit off, so that an instruction of it traps (device not available); it is clear only while the owner
 * runs. What else a processor has (AVX-512, AMX, protection keys) needs a bit in XCR0 that is never set: it stays invalid in user mode.
 */
#include "arch.h"
#include "hart.h"
#include "string.h"
#include "thread.h"

#define CPUID_1_ECX_XSAVE (1U << 26)
#define CPUID_XSTATE 0xd /* EAX: components there are; EBX: bytes of those that XCR0 has */
#define XCR0_X87 1U
#define XCR0_SSE 2U
#define XCR0_AVX 4U

/* In the area, by byte offset (SDM volume 1, 10.5.1). */
#define AREA_CONTROL 0
#define AREA_MXCSR 24
#define CONTROL_START 0x037f /* what FNINIT sets: every exception masked */
#define MXCSR_START 0x1f80   /* what a reset sets: the same */

_Static_assert(offsetof(struct thread, fpu) % 64 == 0, "XSAVE wants it so");

static bool extended; /* XSAVE is there, and with it perhaps AVX; else FXSAVE does */

static void components_enable(unsigned components)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"(components), "d"(0));
}

void fpu_init(void)
{
    uint64_t cr4;

    extended = (cpuid(1).ecx & CPUID_1_ECX_XSAVE) != 0;
    __asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
    cr4 |= CR4_FXSAVE | CR4_SIMD_EXCEPTIONS | (extended ? CR4_XSAVE : 0);
    __asm__ volatile("movq %0, %%cr4" : : "r"(cr4));
    if (!extended)
        return;
    components_enable(cpuid(CPUID_XSTATE).eax & (XCR0_X87 | XCR0_SSE | XCR0_AVX));
    if (cpuid(CPUID_XSTATE).ebx > sizeof(struct fpu_state)) /* AVX elsewhere than everybody has it */
        components_enable(XCR0_X87 | XCR0_SSE);
}

/* The rest is zero: for XRSTOR that means that each component starts as after a reset, but MXCSR is read all the same. */
void fpu_state_start(struct fpu_state *state)
{
    memset(state, 0, sizeof(*state));
    *(uint16_t *)(state->area + AREA_CONTROL) = CONTROL_START;
    *(uint32_t *)(state->area + AREA_MXCSR) = MXCSR_START;
}

static void save(struct fpu_state *state)
{
    if (extended)
        __asm__ volatile("xsave64 %0" : "+m"(*state) : "a"(~0U), "d"(~0U));
    else
        __asm__ volatile("fxsave64 %0" : "=m"(*state));
}

/* FNINIT first: AMD's processors restore the last x87 instruction's addresses only if an exception is pending, and else would leave the
 * previous owner's to be seen (AMD64 Architecture Programmer's Manual volume 5, FXRSTOR). */
static void load(const struct fpu_state *state)
{
    if (extended)
        __asm__ volatile("fninit; xrstor64 %0" : : "m"(*state), "a"(~0U), "d"(~0U));
    else
        __asm__ volatile("fninit; fxrstor64 %0" : : "m"(*state));
}

void fpu_switch(struct thread *owner, struct thread *thread)
{
    __asm__ volatile("clts");
    hart_self()->attention |= ATTENTION_FPU; /* CR0.TS is clear */
    if (owner == thread)
        return;
    if (owner != NULL)
        save(&owner->fpu);
    load(&thread->fpu);
}

void fpu_follow(struct hart *hart)
{
    bool on = hart->fpu_owner == hart->thread;
    uint64_t cr0;

    if (on == ((hart->attention & ATTENTION_FPU) != 0))
        return;
    hart->attention ^= ATTENTION_FPU;
    if (on) {
        __asm__ volatile("clts");
    } else {
        __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
        __asm__ volatile("movq %0, %%cr0" : : "r"(cr0 | CR0_TASK_SWITCHED));
    }
}
