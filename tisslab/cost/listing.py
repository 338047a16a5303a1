"""What an operation executed in the kernel, as annotated disassembly: its functions by cost, each instruction with its count and its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tisslab.cost.count import Cost, source_text
from tisslab.cost.meter import Target
from tisslab.cost.trace import is_kernel
from tisslab.disassembly import Instruction, disassemble
from tisslab.image import Image, Symbol
from tisslab.machine import ARCHITECTURES


@dataclass(frozen=True)
class Place:
    """A line of source: `function` is the innermost that it stands in, inlined ones included; text is the line itself."""

    function: str
    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Row:
    """An instruction: `offset` from its function's first, how many times it was executed, `target` what it jumps to, for people; `cycles` that
    a modelled core waited for it, None if there was none."""

    offset: int
    text: str
    times: int
    place: Place | None = None
    target: str = ""
    cycles: int | None = None


@dataclass(frozen=True)
class Listing:
    """A function, and how many instructions of it were executed."""

    function: str
    insns: int
    rows: tuple[Row, ...]


def kernel_listings(cost: Cost, target: Target) -> list[Listing]:
    """The functions of the kernel that an operation went through, the dearest first."""
    kernel = target.kernel
    functions = {kernel.function_at(address) for address in cost.addresses if is_kernel(address)} - {None}
    listings = [_listing(function, cost, target) for function in functions if function is not None]
    return sorted(listings, key=lambda one: (-one.insns, one.function))


def _listing(function: Symbol, cost: Cost, target: Target) -> Listing:
    code = target.kernel.read(function.address, _end(target.kernel, function) - function.address)
    architecture = ARCHITECTURES[target.arch]
    instructions = disassemble(code, address=function.address, architecture=architecture)
    rows = tuple(_rows(instructions, function, cost, target))
    return Listing(function.name, sum(row.times for row in rows), rows)


def _end(kernel: Image, function: Symbol) -> int:
    """Where a function ends, and where the next begins at the latest: in assembly one may stand within another's size."""
    segment = kernel.segment_at(function.address)
    ends = [other.address for other in kernel.functions if other.address > function.address]
    ends += [segment.vaddr + segment.file_size] if segment is not None else []
    ends += [function.address + function.size] if function.size else []
    return min(ends)


def _rows(instructions: Iterator[Instruction], function: Symbol, cost: Cost, target: Target) -> Iterator[Row]:
    for one in instructions:
        yield Row(
            offset=one.address - function.address,
            text=one.text,
            times=cost.addresses.get(one.address, 0),
            cycles=cost.cycles.at.get(one.address, 0) if cost.cycles else None,
            place=_place(one.address, target),
            target=_name(one.target, function, target.kernel),
        )


def _place(address: int, target: Target) -> Place | None:
    frames = target.kernel.frames(address)
    if not frames or not frames[0].file:
        return None
    inner = frames[0]
    return Place(inner.function, inner.file, inner.line, source_text(target.root, inner.file, inner.line))


def _name(address: int | None, function: Symbol, kernel: Image) -> str:
    """What a jump goes to: another function's name, or an offset in the same one."""
    if address is None:
        return ""
    goal = kernel.function_at(address)
    if goal is None:
        return f"{address:#x}"
    offset = f"+{address - goal.address:#x}" if address != goal.address or goal == function else ""
    return offset if goal == function else f"{goal.name}{offset}"
