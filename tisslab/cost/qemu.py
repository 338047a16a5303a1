"""The meter that counts instructions: one QEMU for each operation, which counts time in instructions, with a plugin that sees each of them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tisslab.boot_plan import COUNTS_INSTRUCTIONS, BootPlan, BootRequest, make_plan
from tisslab.cost.meter import Meter, Samples, Target
from tisslab.cost.operations import Operation
from tisslab.cost.trace import Mark, parse_marks, parse_windows
from tisslab.engine.plugin import ensure_plugin
from tisslab.engine.qemu import QemuEngine
from tisslab.errors import BadInputError, MachineError
from tisslab.events import Event, Measured, TestFailed
from tisslab.image import Image
from tisslab.session import Session, started
from tisslab.verdict import Kind
from tisslab.worst import ENTRIES, EXACT

TIMEOUT = 60.0
"""Seconds that one operation may take at most; it takes a tenth of one."""


class QemuMeter(Meter):
    """Counts instructions exactly; knows no cycles."""

    name = "qemu"

    def measure(self, target: Target, operations: Sequence[Operation]) -> list[Samples]:
        plan = make_plan(BootRequest(machine=target.machine, build=target.folder))
        with tempfile.TemporaryDirectory(prefix="tisslab-") as folder:
            return asyncio.run(_measure_all(target, plan, operations, Path(folder)))


async def _measure_all(target: Target, plan: BootPlan, operations: Sequence[Operation], folder: Path) -> list[Samples]:
    turns = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(operation: Operation) -> Samples:
        async with turns:
            return await _measure(target, plan, operation, folder / operation.name)

    tasks = [asyncio.create_task(one(operation)) for operation in operations]
    try:
        return list(await asyncio.gather(*tasks))
    finally:  # each ends its own machine, also when another could not be measured
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _measure(target: Target, plan: BootPlan, operation: Operation, folder: Path) -> Samples:
    program = Image.open(target.program(operation))
    folder.mkdir()
    places, out = folder / "plan", folder / "out"
    places.write_text("\n".join(plan_lines(target.kernel, program)) + "\n")
    arguments = (*EXACT, "-plugin", f"{ensure_plugin('window')},plan={places},out={out}")
    measured = await run_case(replace(plan, qemu_arguments=arguments), program.path, operation.name, words=COUNTS_INSTRUCTIONS)
    (told,) = measured
    faulting = {address for address, mark in marks_of(program) if mark is Mark.FAULT}
    return Samples(
        operation=operation,
        windows=parse_windows(out.read_bytes(), last=told.samples, faulting=faulting),
        counted=(told.least, told.most) if told.name == "counted" else None,
    )


async def run_case(plan: BootPlan, program: Path, case: str, *, words: str = "") -> list[Measured]:
    """Boot a program to perform one of its cases, and return what it told. Errors: MachineError if it does not come to its end."""
    boot = replace(plan, archive=program.with_suffix(".bin"), command_line=f"test={case} {words}".strip())

    async def ignore(event: Event) -> None:
        """The session keeps what happens."""

    async with started(Session(QemuEngine(boot), wiring=boot.kernel.wiring)) as session:
        verdict = await session.run(script=None, watch=ignore, timeout=TIMEOUT)
        failed = [event.sentence for event in session.events if isinstance(event, TestFailed)]
        if verdict.kind is not Kind.EXITED or verdict.exit_status != 0:
            raise MachineError(f"the operation '{case}' was not measured to its end: {' '.join([*failed, verdict.sentence])}")
        return [event for event in session.events if isinstance(event, Measured)]


def marks_of(program: Image) -> list[tuple[int, Mark]]:
    """The marks of a program of tests/ipc. Errors: BadInputError if it has none."""
    section = program.elf.get_section_by_name(".debug_marks")
    if section is None:
        raise BadInputError(f"'{program.path}' has no marks: what is counted is a program of tests/ipc")
    return parse_marks(section.data())


def plan_lines(kernel: Image, program: Image) -> list[str]:
    """What the plugin is told: see window.c. Errors: BadInputError for a kernel that is entered elsewhere."""
    group = next((group for group in ENTRIES if all(name in kernel.symbols for name in group)), None)
    if group is None:
        raise BadInputError(f"'{kernel.path}' has none of the entries that are known: name them in tisslab/worst.py")
    entry = kernel.symbols[group[-1]]  # the interrupts', or that of everything
    size = entry.size if len(group) > 1 else 1
    return [
        *(f"mark {mark:d} {address:x}" for address, mark in marks_of(program)),
        f"interrupt {entry.address:x} {entry.address + size - 1:x}",
    ]
