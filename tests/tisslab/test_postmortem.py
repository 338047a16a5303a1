"""Crashes and panics in words, on programs that are compiled for the purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tisslab._abi import REGISTERS, Fault, Right
from tisslab.events import KernelPanicked, ServerCrashed
from tisslab.image import Image
from tisslab.postmortem import describe_fault, explain_crash, explain_panic

SOURCE = """
volatile int sink;
__attribute__((noinline)) void innermost(void) { *(volatile int *)8 = 1; sink++; }
__attribute__((noinline)) void middle(void) { innermost(); sink++; }
void _start(void) { middle(); for (;;) ; }
"""


def crash(fault: int, access: int = 0, pc: int = 0x400000) -> ServerCrashed:
    return ServerCrashed("echo", fault=fault, address=0x10, pc=pc, access=access, cause=6, sp=0)


@pytest.mark.parametrize(
    ("fault", "access", "words"),
    [
        (Fault.PAGE, Right.READ, "page fault, read of 0x10"),
        (Fault.PAGE, Right.WRITE, "page fault, write to 0x10"),
        (Fault.PAGE, Right.EXECUTE, "page fault, jump to 0x10"),
        (Fault.PAGE, 0, "page fault, access to 0x10"),
        (Fault.ILLEGAL, 0, "illegal fault (cause 0x6)"),
        (99, 0, "number 99 fault (cause 0x6)"),
    ],
)
def test_a_fault_in_words(fault: int, access: int, words: str) -> None:
    assert describe_fault(crash(fault, access)) == words


def test_a_crash_has_its_place(tmp_path: Path, compile_program: Callable[..., Path]) -> None:
    program = compile_program(SOURCE).rename(tmp_path / "echo.elf")
    pc = Image.open(program).symbol("innermost").address
    report = explain_crash(crash(Fault.PAGE, Right.WRITE, pc), tmp_path)
    assert report.calls[0].function == "innermost"
    assert report.sentence.startswith("server 'echo' crashed: page fault, write to 0x10 in innermost (")
    assert "program.c:3" in report.sentence


@pytest.mark.parametrize("programs", [None, Path("/nonexistent")])
def test_a_crash_without_its_program_has_its_address(programs: Path | None) -> None:
    assert explain_crash(crash(Fault.PAGE), programs).sentence.endswith("at pc 0x400000")


def test_a_panic_has_registers_by_name_and_the_calls(compile_program: Callable[..., Path]) -> None:
    kernel = compile_program(SOURCE, options=("-O1", "-gdwarf-4"))
    image = Image.open(kernel)
    names = REGISTERS["x86_64"].names
    pc = image.symbol("innermost").address
    panic = KernelPanicked("it broke", pc=pc, sp=0, fp=0, cause=0, address=0, thread=0, registers=tuple(range(len(names))))
    report = explain_panic(panic, kernel, lambda paddr, size: bytes(size))
    assert report.registers == {name: number for number, name in enumerate(names)}
    assert [call.function for call in report.calls] == ["innermost"]


def test_the_stack_is_read_at_its_physical_address(compile_program: Callable[..., Path]) -> None:
    kernel = compile_program("long stack[64]; void _start(void) { stack[0] = 1; for (;;) ; }")
    image = Image.open(kernel)
    stack = image.symbol("stack").address
    asked: list[int] = []

    def read_physical(paddr: int, size: int) -> bytes:
        asked.append(paddr)
        return bytes(size)

    panic = KernelPanicked("", pc=image.entry, sp=stack, fp=stack + 64, cause=0, address=0, thread=0, registers=())
    explain_panic(panic, kernel, read_physical)
    assert asked[0] in {image.vaddr_to_paddr(stack + 64) + offset for offset in (0, 8)}
