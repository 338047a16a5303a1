"""The user stubs that come from the interface: tiss/syscalls.h, inline functions for each plain syscall and for short messages."""

from __future__ import annotations

from emit_c import BANNER
from interface import AbiError, Interface, Registers, Syscall

# How each architecture traps. x86_64: `syscall` itself takes rcx and r11. riscv64: a syscall resumes at the address in ra.
TRAPS = {
    "x86_64": ('"syscall"', ("rcx", "r11")),
    "riscv64": ('"lla ra, 1f\\n\\tecall\\n1:"', ("ra",)),
}
# A message syscall where the frame pointer, the compiler's own, is a message register: it lies below the stack meanwhile, which nothing
# writes to (no red zone). First with 0 in it, then with a word that comes and goes in the register named.
MESSAGE_TRAPS = {
    "x86_64": (
        "movq %%rbp, -8(%%rsp)\\n\\txorl %%ebp, %%ebp\\n\\tsyscall\\n\\tmovq -8(%%rsp), %%rbp",
        "movq %%rbp, -8(%%rsp)\\n\\tmovq %%rcx, %%rbp\\n\\tsyscall\\n\\tmovq %%rbp, %%rcx\\n\\tmovq -8(%%rsp), %%rbp",
        ("rcx", "r11"),
    ),
    "riscv64": (
        "sd s0, -8(sp)\\n\\tli s0, 0\\n\\tlla ra, 1f\\n\\tecall\\n1:\\tld s0, -8(sp)",
        "sd s0, -8(sp)\\n\\tmv s0, t0\\n\\tlla ra, 1f\\n\\tecall\\n1:\\tmv t0, s0\\n\\tld s0, -8(sp)",
        ("t0", "ra", "t1", "t2", "t3", "t4", "t5", "t6"),
    ),
}
SHORT_WORDS = 10  # that such a stub takes at most: GCC's limit of operands leaves no more
ZERO = {"x86_64": "movq $0, %%%%%s", "riscv64": "li %s, 0"}
INLINE = "static inline __attribute__((always_inline))"


def _arity(call: Syscall) -> tuple[int, int]:
    return len(call.args), len(call.results)


def _helper(registers: Registers, args: int, results: int) -> list[str]:
    """One inline trap for so many arguments and results."""
    inputs = (registers.cap, registers.info, *registers.message)[:args]
    outputs = registers.message[:results]
    parameters = ["word_t number", *(f"word_t in{index}" for index in range(args))]
    parameters += [f"word_t *out{index}" for index in range(results)]
    lines = [f"{INLINE} status_t syscall_plain_{args}_{results}({', '.join(parameters)})", "{"]
    lines.append(f'    register word_t {registers.number} __asm__("{registers.number}") = number;')
    lines += [f'    register word_t {name} __asm__("{name}") = in{index};' for index, name in enumerate(inputs)]
    lines += [f'    register word_t {name} __asm__("{name}");' for name in outputs if name not in inputs]
    changed = [f'"+r"({registers.number})']
    changed += [f'"{"+" if name in inputs else "="}r"({name})' for name in outputs]
    kept = [f'"r"({name})' for name in inputs if name not in outputs]
    trap, clobbers = TRAPS[registers.architecture]
    clobbered = ", ".join(f'"{name}"' for name in (*clobbers, "memory"))
    lines.append(f"    __asm__ volatile({trap} : {', '.join(changed)} : {', '.join(kept)} : {clobbered});")
    lines += [f"    if (out{index})\n        *out{index} = {name};" for index, name in enumerate(outputs)]
    return [*lines, f"    return {registers.number};", "}", ""]


def _message(registers: Registers) -> list[str]:
    """One inline trap for messages whose length is a constant, so that words go from register to register."""
    frame = registers.message.index(registers.fp)
    words = [(index, name) for index, name in enumerate(registers.message[:SHORT_WORDS]) if index != frame]
    beyond = registers.message[SHORT_WORDS:]
    zeroes = "".join(f"{ZERO[registers.architecture] % name}\\n\\t" for name in beyond)
    zero, given, clobbers = MESSAGE_TRAPS[registers.architecture]
    held = ", ".join(f'"+r"({name})' for name in (registers.number, registers.cap, registers.info, *(name for _, name in words)))
    clobbered = ", ".join(f'"{name}"' for name in (*clobbers, *beyond, "memory"))
    spare, *others = clobbers
    clobbered_but = ", ".join(f'"{name}"' for name in (*others, *beyond, "memory"))
    lines = ["/* A message syscall with the first `sent` of words; the others go as zeroes. The first `wanted` come back. Both are constants, up"]
    lines += [" * to SHORT_WORDS. number, cap, info: the registers of these names. badge: of who sent what came. */"]
    lines += [f"{INLINE} status_t syscall_message(word_t number, word_t cap, word_t *info, word_t *badge, word_t *words,"]
    lines += [" " * 80 + "const unsigned sent, const unsigned wanted)", "{"]
    lines.append(f'    register word_t {registers.number} __asm__("{registers.number}") = number;')
    lines.append(f'    register word_t {registers.cap} __asm__("{registers.cap}") = cap;')
    lines.append(f'    register word_t {registers.info} __asm__("{registers.info}") = *info;')
    lines += [f'    register word_t {name} __asm__("{name}") = sent > {index} ? words[{index}] : 0;' for index, name in words]
    lines += [f"    if (sent <= {frame} && wanted <= {frame}) {{"]
    lines += [f'        __asm__ volatile("{zeroes}{zero}" : {held} : : {clobbered});', "    } else {"]
    lines += [f'        register word_t {spare} __asm__("{spare}") = sent > {frame} ? words[{frame}] : 0;']
    lines += [f'        __asm__ volatile("{zeroes}{given}" : {held}, "+r"({spare}) : : {clobbered_but});']
    lines += [f"        if (wanted > {frame})", f"            words[{frame}] = {spare};", "    }"]
    lines += [f"    *info = {registers.info};", f"    *badge = {registers.cap};"]
    lines += [f"    if (wanted > {index})\n        words[{index}] = {name};" for index, name in words]
    return [*lines, f"    return {registers.number};", "}", ""]


def _stub(call: Syscall) -> list[str]:
    parameters = [f"word_t {item.name}" for item in call.args] + [f"word_t *{item.name}" for item in call.results]
    values = [f"SYS_{call.name.upper()}", *(item.name for item in (*call.args, *call.results))]
    args, results = _arity(call)
    again = "again" in call.errors
    name = f"{call.name}_step" if again else call.name
    head = f"{INLINE} status_t %s({', '.join(parameters) or 'void'})"
    lines = [f"/* {call.doc}"]
    lines += [f" * {item.name}: {item.doc}." for item in (*call.args, *call.results)]
    lines[-1] += " */"
    lines += [head % name, "{", f"    return syscall_plain_{args}_{results}({', '.join(values)});", "}"]
    if again:
        step = f"{name}({', '.join(item.name for item in (*call.args, *call.results))})"
        lines += [f"/* {call.name}_step until it is done. */", head % call.name, "{", "    status_t status;", ""]
        lines += ["    do", f"        status = {step};", "    while (status == STATUS_AGAIN);", "    return status;", "}"]
    return [*lines, ""]


def syscalls_header(interface: Interface, architecture: str) -> str:
    """The text of tiss/syscalls.h for an architecture. A result's pointer may be NULL; it is valid with STATUS_OK."""
    registers = interface.registers[architecture]
    if architecture not in TRAPS:
        raise AbiError(f"emit_stubs.py: no trap instruction is known for {architecture}: add it to TRAPS")
    calls = [call for call in interface.syscalls if call.kind == "plain"]
    for call in calls:
        if len(call.args) > 2 + len(registers.message):
            raise AbiError(f"abi.toml: syscall {call.name} has more arguments than {architecture} has registers")
    lines = [BANNER + "#ifndef TISS_SYSCALLS_H", "#define TISS_SYSCALLS_H", "", "#include <tiss/abi.h>", ""]
    lines += [f"#define SHORT_WORDS {SHORT_WORDS} /* of a message whose words go from register to register: syscall_message() */", ""]
    lines += ["/* A result's pointer may be NULL. A result means something with STATUS_OK, or where the call says so. */", ""]
    for args, results in sorted({_arity(call) for call in calls}):
        lines += _helper(registers, args, results)
    lines += _message(registers)
    for call in calls:
        lines += _stub(call)
    return "\n".join([*lines, "#endif", ""])
