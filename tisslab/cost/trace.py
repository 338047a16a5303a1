"""What was executed between two marks: bytes that the plugin wrote (tisslab/plugins/window.c) in, windows out. No I/O.

The kernel is what has addresses in the upper half. An instruction at a fault mark that the kernel follows was not executed to its end: it
is left out, as the processor's own counter does.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from tisslab.errors import MachineError

RECORD = struct.Struct("<QQQ")
MARK = struct.Struct("<QQ")
KERNEL = 1 << 63
"""The kernel's addresses have this bit."""


class Mark(IntEnum):
    """Kinds of marks: tests/ipc/lib/cost.h."""

    BEGIN = 0
    INTERRUPT = 1
    END = 2
    FAULT = 3


class Kind(IntEnum):
    """Kinds of records: enum record of window.c."""

    BEGIN = 0
    INSTRUCTION = 1
    LOAD = 2
    STORE = 3
    END = 4


@dataclass(frozen=True, slots=True)
class Access:
    """An access to memory by the instruction of this number in its window; paddr is 0 where it was no RAM; size in bytes."""

    instruction: int
    is_store: bool
    vaddr: int
    paddr: int
    size: int


@dataclass(frozen=True)
class Window:
    """What was executed from one mark to the next: (address, bytes) of each instruction in order, and each access to memory."""

    instructions: tuple[tuple[int, int], ...]
    accesses: tuple[Access, ...]

    @property
    def insns(self) -> int:
        """How many instructions."""
        return len(self.instructions)

    @property
    def kernel_insns(self) -> int:
        """How many of them in the kernel."""
        return sum(is_kernel(address) for address, _ in self.instructions)


def is_kernel(address: int) -> bool:
    """Is this an address of the kernel?"""
    return address >= KERNEL


def parse_marks(data: bytes) -> list[tuple[int, Mark]]:
    """Return (address, kind) of each mark from a program's section ".debug_marks". A function that was left out has left a mark without address."""
    return [(address, Mark(kind)) for address, kind in MARK.iter_unpack(data) if address]


def parse_windows(data: bytes, *, last: int, faulting: Collection[int] = ()) -> tuple[Window, ...]:
    """Return the last so many windows. `faulting` are the addresses of fault marks.

    Errors: MachineError if there are not so many: the machine ended before its program did.
    """
    begun, windows = 0, []
    for place in range(0, len(data) - RECORD.size + 1, RECORD.size):
        if data[place] == Kind.BEGIN:  # what had begun before and did not end is no round
            begun = place
        elif data[place] == Kind.END:
            windows.append(data[begun:place])
    if len(windows) < last:
        raise MachineError(f"{len(windows)} rounds were recorded where {last} are wanted: the program ended before its last round")
    return tuple(_window(window, faulting) for window in windows[-last:])


def _window(data: bytes, faulting: Collection[int]) -> Window:
    instructions: list[tuple[int, int]] = []
    accesses: list[Access] = []
    for what, vaddr, paddr in RECORD.iter_unpack(data):
        kind, size = what & 0xFF, what >> 8
        if kind == Kind.INSTRUCTION:
            if instructions and instructions[-1][0] in faulting and is_kernel(vaddr):
                instructions.pop()
            instructions.append((vaddr, size))
        elif kind != Kind.BEGIN:
            accesses.append(Access(len(instructions) - 1, kind == Kind.STORE, vaddr, paddr, size))
    return Window(tuple(instructions), tuple(accesses))
