/* The order in which the kernel comes up. */
#include "arch.h"
#include "boot.h"
#include "clock.h"
#include "hart.h"
#include "image.h"
#include "paging.h"
#include "sched.h"
#include "space.h"

static struct boot boot;

void kernel_main(void)
{
    struct hart *hart = hart_self();

    sched_init(hart, kernel_stack + KERNEL_STACK_SIZE);
    machine_probe(&boot.machine);        /* what is there */
    machine_complete(&boot.machine);
    space_init(paging_init(&boot.machine)); /* the kernel's own tables, W^X from here on */
    hart->root = space_root(NULL);
    trap_init(hart);                     /* from here on a mistake is reported */
    fpu_init();                          /* off until a thread uses it */
    irq_controller_init();
    timer_init(&boot.machine, &boot.clock);
    boot_memory(&boot);                  /* memory becomes capabilities */
    boot_init(&boot);                    /* and init gets them all */
    thread_return(sched_next());
}
