/* What tests/guest/debug.c steps through, wherever it is copied to, and the way that it takes: stepped_path, offsets in its order. */
    .section .text.stepped, "ax", @progbits
    .balign 4
    .option norvc               /* but for the c. ones */
    .globl stepped_code
stepped_code:
a:  .option push
    .option rvc
    c.li a1, 2
    .option pop
b:  jal ra, f
c:  .option push
    .option rvc
    c.addi a1, -1
d:  c.bnez a1, b
e:  c.j l
    c.ebreak
    .option pop
f:  andi a2, a1, 1
g:  beq a2, zero, i
h:  addi zero, zero, 0
i:  .option push
    .option rvc
    c.jr ra
    .option pop
    /* each condition, met and not */
l:  addi a3, zero, -1
m:  addi a4, zero, 1
n:  blt a3, a4, o
    ebreak
o:  bltu a3, a4, b
p:  bge a3, a4, b
q:  bgeu a3, a4, r
    ebreak
r:  bne a3, a4, s
    ebreak
s:  lla t0, i                   /* a function of one instruction; two instructions load its address */
u:  jalr ra, 0(t0)
v:  .option push
    .option rvc
    c.jalr t0
w:  c.beqz a1, z                /* a1 is 0 by now */
    c.ebreak
z:  c.mv a0, a1
x:  c.add a0, a1                /* of C.JALR's form, and no jump */
y:  c.j y
    .option pop
    .globl stepped_code_end
stepped_code_end:

    .section .rodata.stepped, "a", @progbits
    .globl stepped_path, stepped_path_end, stepped_once, stepped_last
    .balign 8
#define PLACE(label) .8byte label - stepped_code
stepped_path:
    PLACE(a); PLACE(b); PLACE(f); PLACE(g); PLACE(i); PLACE(c); PLACE(d)
    PLACE(b); PLACE(f); PLACE(g); PLACE(h); PLACE(i); PLACE(c); PLACE(d)
    PLACE(e); PLACE(l); PLACE(m); PLACE(n); PLACE(o); PLACE(p); PLACE(q); PLACE(r); PLACE(s); PLACE(s + 4)
    PLACE(u); PLACE(i); PLACE(v); PLACE(i); PLACE(w); PLACE(z); PLACE(x); PLACE(y)
stepped_path_end:
stepped_once: PLACE(h) /* it comes here in the second round alone */
stepped_last: PLACE(z)

    .section .note.GNU-stack, "", @progbits
