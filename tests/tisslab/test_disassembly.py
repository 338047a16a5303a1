"""Instructions read back from bytes that were made by hand, by the manuals."""

from __future__ import annotations

import pytest

from tisslab.disassembly import Instruction, disassemble
from tisslab.machine import ARCHITECTURES

START = 0xFFFFFFFF80001000


def read(arch: str, code: str) -> list[Instruction]:
    return list(disassemble(bytes.fromhex(code), address=START, architecture=ARCHITECTURES[arch]))


@pytest.mark.parametrize(
    ("arch", "code", "text", "target"),
    [
        ("x86_64", "4889c3", "movq %rax, %rbx", None),  # the source comes first, as in the project's own assembly
        ("x86_64", "0f05", "syscall", None),
        ("x86_64", "eb10", "jmp 0xffffffff80001012", START + 0x12),
        ("x86_64", "e8fbefffff", "callq 0xffffffff80000000", START - 0x1000),
        ("x86_64", "ffe0", "jmpq *%rax", None),
        ("riscv64", "73100014", "csrw sscratch, zero", None),
        ("riscv64", "2a85", "c.mv a0, a0", None),
        ("riscv64", "63085000", "beq zero, t0, 0x10", START + 0x10),
        ("riscv64", "01a0", "c.j 0", START),
        ("riscv64", "eff05fff", "jal -0xc", START - 0xC),
        ("riscv64", "8280", "c.jr ra", None),
    ],
)
def test_an_instruction(arch: str, code: str, text: str, target: int | None) -> None:
    (one,) = read(arch, code)
    assert (one.address, one.size, one.text, one.target) == (START, len(code) // 2, text, target)


@pytest.mark.parametrize(("arch", "code"), [("x86_64", "06c3"), ("riscv64", "7b008280")])
def test_what_is_no_instruction_is_passed_over(arch: str, code: str) -> None:
    unknown, known = read(arch, code)
    assert unknown.text.startswith(".byte") and unknown.target is None
    assert known.address == START + unknown.size and known.text in ("retq", "c.jr ra")
