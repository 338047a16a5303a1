/* The least that a machine can run: power off with success. tisslab bench boot measures its floor with it. */
    .section .text.entry, "ax"
    .global _start
_start:
    li t0, 0x100000 /* sifive_test */
    li t1, 0x5555
    sw t1, 0(t0)
1:  j 1b
