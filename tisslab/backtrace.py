"""The calls that led to an address, by frame pointers: memory in, frames out, no I/O.

The code must keep frame pointers (-fno-omit-frame-pointer). What stands where in a frame is each architecture's convention:

    x86_64    rbp -> caller's rbp, and above it the return address (System V ABI, AMD64 supplement, 3.2.2)
    riscv64   s0  -> just above: below it the return address, and below that the caller's s0 (RISC-V ABIs specification, frame pointer)

What this cannot see: on x86_64 the caller of a function in which gcc saw no need of a frame, when pc is in that very function.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tisslab.dwarf import Frame

ReadMemory = Callable[[int, int], bytes]
"""(virtual address, bytes) -> the bytes, or fewer, or ValueError or LookupError, where the memory cannot be read."""

LIMIT = 64
"""Return addresses that are followed at most, unless told otherwise."""
STACK_MAX = 1 << 20
"""Bytes that a frame pointer may lie above the last one: further away it is no frame of this stack."""


class Source(Protocol):
    """What an `Image` offers to this module."""

    @property
    def arch(self) -> str: ...
    def is_code(self, vaddr: int, /) -> bool: ...
    def frames(self, address: int, /) -> tuple[Frame, ...]: ...


@dataclass(frozen=True)
class Layout:
    """Where a frame keeps things, bytes from the frame pointer; leaf_caller: where gcc keeps the caller's in a function that calls none."""

    return_address: int
    caller: int
    leaf_caller: int | None


LAYOUTS = {
    "x86_64": Layout(return_address=8, caller=0, leaf_caller=None),
    "riscv64": Layout(return_address=-8, caller=-16, leaf_caller=-8),
}


@dataclass(frozen=True)
class Call:
    """A frame of the backtrace, innermost first: address is where its code goes on (inlined functions share their caller's)."""

    address: int
    function: str
    file: str
    line: int
    inlined: bool = False

    def __str__(self) -> str:
        place = f" at {self.file}:{self.line}" if self.file else ""
        return f"{self.address:#x} {self.function or '?'}{' (inlined)' if self.inlined else ''}{place}"


def unwind(
    *, image: Source, read_memory: ReadMemory, pc: int, sp: int, fp: int, ra: int | None = None, limit: int = LIMIT
) -> tuple[Call, ...]:
    """Return the calls that led to pc, innermost first, each address expanded into the functions inlined there.

    ra is the return address register, where the architecture has one: it tells the caller of a function that has made no frame yet or
    makes none. Stops where the chain ends or leads nowhere: at a frame that cannot be read, that does not lie above the last one, or that
    returns to where there is no code. pc itself is always the first, also where there is no code at it (a jump through a bad pointer).
    """
    layout = LAYOUTS[image.arch]
    addresses = []
    if not image.is_code(pc):
        # the call that jumped astray has made no frame yet: its return address is in the register, or on top of the stack
        addresses.append(_read_word(read_memory, sp) if layout.leaf_caller is None else ra)
    elif layout.leaf_caller is not None:
        caller = _read_word(read_memory, fp + layout.leaf_caller)
        if caller is not None and fp < caller < fp + STACK_MAX:
            addresses.append(ra)
            sp, fp = fp, caller
    calls = _expand(image, pc, lookup=pc)
    for address in (*addresses, *_return_addresses(layout, read_memory, sp=sp, fp=fp, limit=limit)):
        # a call that never returns may be its function's last instruction: the return address is then the next function's
        if address is None or not image.is_code(address - 1):
            break
        calls += _expand(image, address, lookup=address - 1)
    return tuple(calls)


def _return_addresses(layout: Layout, read_memory: ReadMemory, *, sp: int, fp: int, limit: int) -> Iterator[int]:
    """Follow the chain of frames. Each lies above the last one, so the walk ends."""
    last = sp
    for _ in range(limit):
        if fp % 8 or not last <= fp + layout.caller < last + STACK_MAX:
            return
        address = _read_word(read_memory, fp + layout.return_address)
        caller = _read_word(read_memory, fp + layout.caller)
        if address is None or caller is None:
            return
        yield address
        last, fp = fp + max(layout.return_address, 0), caller


def _expand(image: Source, address: int, *, lookup: int) -> list[Call]:
    frames = image.frames(lookup)
    return [Call(address, frame.function, frame.file, frame.line, frame.inlined) for frame in frames] or [Call(address, "", "", 0)]


def _read_word(read_memory: ReadMemory, address: int) -> int | None:
    try:
        data = read_memory(address, 8)
    except (ValueError, LookupError):
        return None
    return int(struct.unpack("<Q", data)[0]) if len(data) == 8 else None
