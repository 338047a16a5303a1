"""What a panic or a crash means in the source: addresses in, functions, files and lines out.

Reads the machine's memory, which the lab still holds when the machine is gone, and the debugging information of the images on the host.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tisslab import _abi
from tisslab.backtrace import Call, unwind
from tisslab.errors import BadInputError
from tisslab.events import KernelPanicked, ServerCrashed
from tisslab.image import Image

ACCESS_NAMES = {_abi.Right.READ: "read of", _abi.Right.WRITE: "write to", _abi.Right.EXECUTE: "jump to"}
ASSERTION = 0xFFFF_FFFF_FFFF_FFFF
"""The panic record's cause where it was no trap."""


@dataclass(frozen=True)
class PanicReport:
    """A panic with its registers by name, and the calls that led there, innermost first (empty if the kernel's image is gone)."""

    panic: KernelPanicked
    registers: dict[str, int]
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class CrashReport:
    """A server's fault in one sentence, and the place where it happened, innermost inlined function first (may be empty)."""

    crash: ServerCrashed
    sentence: str
    calls: tuple[Call, ...]


def explain_panic(panic: KernelPanicked, kernel: Path, read_physical: Callable[[int, int], bytes]) -> PanicReport:
    """Resolve a panic. `read_physical` reads (physical address, bytes) of guest memory and raises ValueError outside it.

    Errors: BadInputError if the kernel's image cannot be read any more.
    """
    image = Image.open(kernel)

    def read_memory(vaddr: int, size: int) -> bytes:
        # the kernel's stacks lie in its image, so its program headers are all the page table that is needed
        try:
            return read_physical(image.vaddr_to_paddr(vaddr), size)
        except BadInputError as error:
            raise ValueError(str(error)) from error

    registers = dict(zip(_abi.REGISTERS[image.arch].names, panic.registers, strict=False))
    calls = unwind(image=image, read_memory=read_memory, pc=panic.pc, sp=panic.sp, fp=panic.fp, ra=registers.get("ra"))
    return PanicReport(panic, registers, calls)


def explain_crash(crash: ServerCrashed, programs: Path | None) -> CrashReport:
    """Resolve a server's fault by the ELF file of its name in the folder `programs`; without one the address has to do."""
    calls: tuple[Call, ...] = ()
    if programs is not None:
        with contextlib.suppress(BadInputError):
            frames = Image.open(programs / f"{crash.name}.elf").frames(crash.pc)
            calls = tuple(Call(crash.pc, frame.function, frame.file, frame.line, frame.inlined) for frame in frames)
    return CrashReport(crash, f"server '{crash.name}' crashed: {describe_fault(crash)}{_place(crash, calls)}", calls)


def describe_fault(crash: ServerCrashed) -> str:
    """Say what the fault was: `page fault, write to 0x0`."""
    fault = _abi.Fault(crash.fault).name.lower() if crash.fault in set(_abi.Fault) else f"number {crash.fault}"
    if crash.fault == _abi.Fault.PAGE:
        access = " and ".join(name for right, name in ACCESS_NAMES.items() if crash.access & right)
        return f"page fault, {access or 'access to'} {crash.address:#x}"
    return f"{fault} fault (cause {crash.cause:#x})"


def _place(crash: ServerCrashed, calls: tuple[Call, ...]) -> str:
    if not calls:
        return f" at pc {crash.pc:#x}"
    where = f" ({calls[0].file}:{calls[0].line})" if calls[0].file else ""
    return f" in {calls[0].function}{where}, pc {crash.pc:#x}"
