"""What the rounds of an operation mean: how many instructions, where, and what memory they touched.

A line of code or data is 64 bytes, a page 4 KiB. Code is told apart by its virtual address (the two sides of an operation share one copy of
the program at one address), data by its physical one. The kernel runs with interrupts off, so the longest way through the kernel without an
instruction of a program between is how long they were off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median_low

from tisslab.cost.meter import Samples, Target
from tisslab.cost.operations import Operation
from tisslab.cost.trace import Window, is_kernel
from tisslab.image import Image

LINE_BITS = 6
PAGE_BITS = 12


@dataclass(frozen=True, order=True)
class SourceLine:
    """A line of the project's source: function is the innermost, inlined ones included; text is the line as it stands there."""

    function: str
    file: str
    text: str
    line: int = field(default=0, compare=False)
    """Its number today: lines move, so it is no part of what a line is."""


@dataclass(frozen=True)
class Cycles:
    """Of the modelled core of this name: the median of all rounds, least and most; of one, where they went by address, and the stalls
    by cause."""

    core: str
    median: int
    least: int
    most: int
    at: Mapping[int, int]
    stalls: Mapping[str, int]


@dataclass(frozen=True)
class Cost:
    """What one operation takes: of its last round, but `least` and `most`, which are of all. All counts but `cycles` are exact.

    `addresses` is how often each instruction was executed; `counted` is what the program counted itself; `cycles`, None where no core was
    modelled, has the median of the rounds, with least and most.
    """

    operation: Operation
    least: int
    most: int
    insns: int
    kernel_insns: int
    code_lines: int
    data_lines: int
    pages: int
    interrupts_off: int
    functions: Mapping[str, int]
    lines: Mapping[SourceLine, int]
    addresses: Mapping[int, int] = field(default_factory=dict)
    cycles: Cycles | None = None
    counted: tuple[int, int] | None = None

    @property
    def of_one(self) -> int:
        """Instructions for one of what the operation does at once: what goals speak of."""
        return self.operation.of_one(self.insns)

    def record(self, arch: str, *, budget: int | None) -> dict[str, object]:
        """What `--json` prints."""
        goal = self.operation.goal(arch)
        return {
            "name": self.operation.name,
            "insns": self.of_one,
            "kernel_insns": self.operation.of_one(self.kernel_insns),
            "cycles": self.operation.of_one(self.cycles.median) if self.cycles else None,
            "code_lines": self.code_lines,
            "data_lines": self.data_lines,
            "pages": self.pages,
            "min": self.operation.of_one(self.least),
            "max": self.operation.of_one(self.most),
            "peer": goal.peer,
            "must": goal.must,
            "aim": goal.aim,
            "each": self.operation.each,
            "total_insns": self.insns,
            "budget": budget,
            "interrupts_off": self.interrupts_off,
            "functions": dict(by_cost(self.functions)),
            **self._cycles_record(),
        }

    def _cycles_record(self) -> dict[str, object]:
        """What there is only where a core was modelled; stalls are of all that the operation does at once."""
        if self.cycles is None:
            return {}
        of_one = self.operation.of_one
        return {
            "cycles_min": of_one(self.cycles.least),
            "cycles_max": of_one(self.cycles.most),
            "stalls": dict(by_cost(self.cycles.stalls)),
        }


def by_cost(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The dearest first, then by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def count_cost(samples: Samples, target: Target) -> Cost:
    """Return what an operation takes whose rounds were recorded."""
    last = samples.windows[-1]
    totals = [window.insns for window in samples.windows]
    locate = locator(target, samples.operation)
    addresses = Counter(address for address, _ in last.instructions)
    functions: Counter[str] = Counter()
    lines: Counter[SourceLine] = Counter()
    for address, times in addresses.items():
        function, line = locate(address)
        functions[function] += times
        lines[line] += times
    code, data = code_bytes(last), data_bytes(last)
    return Cost(
        operation=samples.operation,
        least=min(totals),
        most=max(totals),
        insns=last.insns,
        kernel_insns=last.kernel_insns,
        code_lines=len(blocks(code, LINE_BITS)),
        data_lines=len(blocks(data, LINE_BITS)),
        pages=len(blocks(code, PAGE_BITS)) + len(blocks(data, PAGE_BITS)),
        interrupts_off=longest_in_kernel(last),
        functions=functions,
        lines=lines,
        addresses=addresses,
        cycles=count_cycles(samples),
        counted=samples.counted,
    )


def count_cycles(samples: Samples) -> Cycles | None:
    """What the rounds took on the core, None if there was none."""
    taken = samples.cycles
    if samples.core is None or not taken:
        return None
    return Cycles(samples.core, median_low(taken), min(taken), max(taken), samples.cycles_at, samples.stalls)


def code_bytes(window: Window) -> list[tuple[int, int]]:
    """(address, size) of what was executed."""
    return list(set(window.instructions))


def data_bytes(window: Window) -> list[tuple[int, int]]:
    """(address, size) of what was read and written, devices left out."""
    return list({(access.paddr, access.size) for access in window.accesses if access.paddr})


def blocks(places: Iterable[tuple[int, int]], bits: int) -> set[int]:
    """The numbers of the blocks of 2^bits bytes that some places lie in."""
    return {number for address, size in places for number in range(address >> bits, ((address + size - 1) >> bits) + 1)}


def longest_in_kernel(window: Window) -> int:
    """Instructions of the longest way through the kernel."""
    longest = present = 0
    for address, _ in window.instructions:
        present = present + 1 if is_kernel(address) else 0
        longest = max(longest, present)
    return longest


def locator(target: Target, operation: Operation) -> Callable[[int], tuple[str, SourceLine]]:
    """Return what tells the function and the source line of an address, in the kernel and in an operation's program."""
    program = Image.open(target.program(operation))

    @cache
    def locate(address: int) -> tuple[str, SourceLine]:
        frames = (target.kernel if is_kernel(address) else program).frames(address)
        if not frames:
            return "?", SourceLine("?", "", "")
        inner = frames[0]
        return frames[-1].function, SourceLine(inner.function, inner.file, source_text(target.root, inner.file, inner.line), inner.line)

    return locate


def source_text(root: Path, file: str, line: int) -> str:
    """The text of a source line without what surrounds it; empty if there is none, as in what a generator made."""
    lines = _source(root / file)
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""


@cache
def _source(path: Path) -> Sequence[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return ()
