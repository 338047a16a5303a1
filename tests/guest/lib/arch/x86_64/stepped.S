/* What tests/guest/debug.c steps through, wherever it is copied to, and the way that it takes: stepped_path, offsets in its order. */
    .section .text.stepped, "ax", @progbits
    .globl stepped_code
stepped_code:
a:  movl $2, %ecx
b:  call f
c:  decl %ecx
d:  jnz b
e:  jmp z
    ud2
f:  testl $1, %ecx
g:  jz i
h:  nop
i:  ret
z:  movl %ecx, %eax
y:  jmp y
    .globl stepped_code_end
stepped_code_end:

    .section .rodata.stepped, "a", @progbits
    .globl stepped_path, stepped_path_end, stepped_once, stepped_last
    .balign 8
#define PLACE(label) .quad label - stepped_code
stepped_path:
    PLACE(a); PLACE(b); PLACE(f); PLACE(g); PLACE(i); PLACE(c); PLACE(d)
    PLACE(b); PLACE(f); PLACE(g); PLACE(h); PLACE(i); PLACE(c); PLACE(d)
    PLACE(e); PLACE(z); PLACE(y)
stepped_path_end:
stepped_once: PLACE(h) /* it comes here in the second round alone */
stepped_last: PLACE(z)

    .section .note.GNU-stack, "", @progbits
