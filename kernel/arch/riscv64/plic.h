/* The platform-level interrupt controller (RISC-V PLIC specification 1.0.0). */
#ifndef PLIC_H
#define PLIC_H

/* Serve every line that has interrupted. */
void plic_serve(void);

#endif
