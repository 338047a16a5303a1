"""The meter that counts cycles of a core that rvsim models.

It counts instructions as the exact meter does, on the same build, by that meter, and holds the core to them: a core that went another way
would be a measurement of something else.

Cycles of a round are those from the one after its begin mark has retired until its end mark is next. Each belongs to the instruction that
was the oldest then: what the others waited for, or retired with.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from tisslab.boot_plan import BootRequest, make_plan
from tisslab.cost.meter import Meter, Samples, Target
from tisslab.cost.operations import Operation
from tisslab.cost.qemu import QemuMeter, marks_of
from tisslab.cost.trace import Mark
from tisslab.engine.rvsim import ModelledMachine, find_rvsim
from tisslab.errors import MachineError
from tisslab.image import Image
from tisslab.machine import Core
from tisslab.worst import ENTRIES

LOOKED_INTO = 32
"""The round whose cycles are told by address: warmed up, and there is one after it, so that the guest does not end within it."""


@dataclass(frozen=True)
class Round:
    """What the core did between two marks: cycles, instructions that retired, traps, stalls of the pipeline by cause.

    `cycles_at` is where the cycles went, by address: of the one round that was looked into.
    """

    cycles: int
    retired: int
    traps: int
    stalls: Mapping[str, int]
    cycles_at: Mapping[int, int] = field(default_factory=dict)


class RvsimMeter(Meter):
    """Counts cycles of a modelled core, and instructions exactly."""

    name = "rvsim"

    def __init__(self, core: Core) -> None:
        """Errors: ToolMissingError."""
        find_rvsim()
        self._modelled = core
        self.core = core.name

    def measure(self, target: Target, operations: Sequence[Operation]) -> list[Samples]:
        exact = QemuMeter().measure(target, operations)
        perform = partial(_perform, replace(target), self._modelled)  # a copy, without what was read of the kernel
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:  # rvsim lets no other thread run
            performed = list(pool.map(perform, operations))
        return [with_cycles(one, rounds, core=self._modelled.name) for one, rounds in zip(exact, performed, strict=True)]


def with_cycles(exact: Samples, performed: Sequence[Round], *, core: str) -> Samples:
    """Add the cycles of as many rounds as were counted, the last."""
    rounds = performed[-len(exact.windows) :]
    if len(rounds) < len(exact.windows):
        raise MachineError(f"the modelled core performed '{exact.operation.name}' {len(rounds)} times of {len(exact.windows)}")
    for one in rounds:
        check_way(one, insns=exact.windows[-1].insns, name=exact.operation.name)
    seen = next(one for one in rounds if one.cycles_at)
    return replace(
        exact,
        core=core,
        cycles=tuple(one.cycles for one in rounds),
        cycles_at=dict(seen.cycles_at),
        stalls={cause: count for cause, count in seen.stalls.items() if count},
    )


def check_way(one: Round, *, insns: int, name: str) -> None:
    """Errors: MachineError if the core executed something else. What trapped was counted, if it was no fault, and did not retire."""
    if not 0 <= insns - one.retired <= one.traps:
        raise MachineError(
            f"the modelled core retired {one.retired} instructions in '{name}', with {one.traps} traps, and {insns} were counted"
        )


def _perform(target: Target, core: Core, operation: Operation) -> list[Round]:
    plan = make_plan(BootRequest(machine=target.machine, build=target.folder))
    program = Image.open(target.program(operation))
    with tempfile.TemporaryDirectory(prefix="tisslab-") as folder:
        machine = ModelledMachine(
            core,
            kernel=target.kernel,
            firmware=Path(plan.firmware or ""),
            archive=program.path.with_suffix(".bin"),
            command_line=f"test={operation.name}",
            folder=Path(folder),
        )
    rounds = list(take_rounds(machine, dict(marks_of(program)), _entry(target.kernel), looked_into=LOOKED_INTO))
    if machine.exit_status != 0:
        raise MachineError(f"the modelled core did not perform '{operation.name}' to its end: exit status {machine.exit_status}")
    return rounds


def _entry(kernel: Image) -> int:
    """Where a device's interrupt enters the kernel."""
    group = next(group for group in ENTRIES if all(name in kernel.symbols for name in group))
    return kernel.symbols[group[-1]].address


def take_rounds(machine: ModelledMachine, marks: Mapping[int, Mark], entry: int, *, looked_into: int) -> Iterator[Round]:
    """Each round until the guest ends the machine. Where one begins with an interrupt, every entry into the kernel is looked at."""
    begins = {address for address, mark in marks.items() if mark is Mark.BEGIN}
    ends = {address for address, mark in marks.items() if mark is Mark.END}
    entries = {entry} if Mark.INTERRUPT in marks.values() else set()
    number = 0
    while (address := machine.run_to(begins | ends | entries)) is not None:
        begun = _Begun.at(machine)
        if address in begins:
            machine.step()
            begun = replace(_Begun.at(machine), retired=begun.retired + 1)
        elif address in ends or not machine.takes_interrupt:
            machine.step()
            continue
        number += 1
        cycles_at, beyond = _cycles_by_address(machine, ends) if number == looked_into else ({}, False)
        reached = machine.address if beyond else machine.run_to(begins | ends)
        if reached is None:
            return
        if beyond or reached in ends:
            yield begun.until_now(machine, cycles_at, beyond=beyond)


def _cycles_by_address(machine: ModelledMachine, ends: set[int]) -> tuple[dict[int, int], bool]:
    """Go on until an end, instruction by instruction. An end mark reads a counter, which waits for all before it: it may retire together with
    the one before it, and nothing does with it after that. True if it has."""
    cycles_at: Counter[int] = Counter()
    while (address := machine.address) not in ends:
        before = machine.cycles
        last = machine.step()
        cycles_at[address] += machine.cycles - before
        if last in ends:
            return cycles_at, True
    return cycles_at, False


@dataclass(frozen=True)
class _Begun:
    """How far the machine's counters were when a round began."""

    cycles: int
    retired: int
    traps: int
    stalls: Mapping[str, int]

    @classmethod
    def at(cls, machine: ModelledMachine) -> _Begun:
        return cls(machine.cycles, machine.retired, machine.traps, machine.stalls)

    def until_now(self, machine: ModelledMachine, cycles_at: Mapping[int, int], *, beyond: bool) -> Round:
        """The round, which has ended; `beyond`: its end mark has retired too."""
        return Round(
            cycles=machine.cycles - self.cycles,
            retired=machine.retired - self.retired - beyond,
            traps=machine.traps - self.traps,
            stalls={cause: count - self.stalls.get(cause, 0) for cause, count in machine.stalls.items()},
            cycles_at=cycles_at,
        )
