/* Between the files of the suite's library. */
#ifndef WORKER_H
#define WORKER_H

#include "guest.h"

#define EXIT_WINDOW 0x3e00000000UL /* where the device that ends the machine is mapped, if it has registers */

/* worker.S: where a thread of the suite begins, its worker as the argument; calls worker_main on an aligned stack. */
void worker_begin(void);
_Noreturn void worker_main(struct worker *worker);

#endif
