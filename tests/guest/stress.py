"""Runs the stress of tests/guest/stress.c on a machine that counts instructions, where the same seed does the same again.

    .venv/bin/python -m tests.guest.stress --arch riscv64 --seed 7 --steps 100000 --build-type debug

prints what became of it; after a failure, where each thread stood: the step, the call and its registers. Exit status 1 after a failure.
"""

from __future__ import annotations

import argparse
import asyncio
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.guest.test_guest import CHECKED, ensure_guest, ignore
from tisslab import _abi
from tisslab.boot_plan import BootPlan, BootRequest, make_plan
from tisslab.build import choose_build
from tisslab.engine.qemu import QemuEngine
from tisslab.events import TestFailed, TestPassed
from tisslab.machine import Machine, find_machine
from tisslab.postmortem import explain_panic
from tisslab.session import Session, started
from tisslab.verdict import Kind

CASE = "random_calls_harm_nobody_else"
EXACT = ("-icount", "shift=0,sleep=off")
MAGIC = b"tsstresss-record"
PAGE = 4096
HEADER = struct.Struct("<16sQQQQ")
THREAD = struct.Struct("<QQQ")
Results = tuple[tuple[int, ...], ...]
TIMEOUT = 300.0
"""Seconds that a run may take."""


@dataclass(frozen=True)
class Stress:
    """What to run. `steps`: random system calls at least."""

    machine: Machine
    build_type: str
    seed: int
    steps: int


@dataclass(frozen=True)
class Stand:
    """Where a thread of the stress stood: its number, whether the kernel worked for it, its step, and that call's registers."""

    thread: int
    current: bool
    step: int
    call: str
    registers: tuple[int, ...]

    def __str__(self) -> str:
        values = " ".join(f"{value:#x}" for value in self.registers)
        return f"{'>' if self.current else ' '} thread {self.thread} at its step {self.step}: {self.call} {values}"


@dataclass(frozen=True)
class Outcome:
    """How a stress ended: None as `complaint` if all was well; `steps` that were made before the present scripts of the threads.

    `results`: for each system call how often it ended with each status.
    """

    complaint: str | None
    steps: int
    seconds: float
    stands: tuple[Stand, ...]
    results: Results


def plan_of(stress: Stress) -> BootPlan:
    """The boot of a stress, built if need be."""
    build = choose_build(arch=stress.machine.architecture.name, build_type=stress.build_type)
    ensure_guest(build.arch, build.build_type)
    words = [f"test={CASE}", f"seed={stress.seed}", f"steps={stress.steps}", *([CHECKED] if stress.build_type == "debug" else [])]
    archive = build.folder / "guest" / "stress.bin"
    request = BootRequest(machine=stress.machine, build=build.folder, archive=archive, append=" ".join(words), qemu_arguments=EXACT)
    return make_plan(request)


async def run(stress: Stress, *, timeout: float = TIMEOUT) -> Outcome:
    """Run it to its end, for at most so many seconds."""
    plan = plan_of(stress)
    began = time.monotonic()
    async with started(Session(QemuEngine(plan), wiring=plan.kernel.wiring)) as session:
        verdict = await session.run(script=None, watch=ignore, timeout=timeout)
        panic = session.panic
        steps, results, stands = look(plan, session.engine.read, current=panic.thread if panic is not None else 0)
        failed = [event.sentence for event in session.events if isinstance(event, TestFailed)]
        passed = any(isinstance(event, TestPassed) for event in session.events)
        trace = [] if panic is None else [str(call) for call in explain_panic(panic, plan.kernel.path, session.engine.read).calls]
    good = passed and not failed and verdict.kind is Kind.EXITED and verdict.exit_status == 0
    what = None if good else "\n".join([*failed, verdict.sentence, *trace])
    return Outcome(what, steps, time.monotonic() - began, () if good else stands, results)


def look(plan: BootPlan, read: Callable[[int, int], bytes], *, current: int) -> tuple[int, Results, tuple[Stand, ...]]:
    """Find the program's record in the machine's memory: the steps made, how they ended, and where each thread stands."""
    base = plan.machine.architecture.ram_base
    memory = read(base, plan.memory)
    at = next((at for at in range(0, plan.memory, PAGE) if memory.startswith(MAGIC, at)), None)
    if at is None:
        return 0, (), ()
    _, _, steps, _, threads = HEADER.unpack_from(memory, at)
    words = 3 + len(_abi.REGISTERS[plan.machine.architecture.name].message) + 1
    row = struct.Struct(f"<{len(_abi.Status)}I")
    first = at + HEADER.size + threads * THREAD.size
    results = tuple(row.unpack_from(memory, first + number * row.size) for number in range(len(_abi.SYSCALLS)))
    return steps, results, tuple(stands(memory, base, at + HEADER.size, count=threads, words=words, current=current))


def stands(memory: bytes, base: int, at: int, *, count: int, words: int, current: int) -> Iterator[Stand]:
    """Where each thread stands, from the record's table at `at`; an entry of a script has so many words, number first and status last."""
    for index in range(count):
        thread, script, before = THREAD.unpack_from(memory, at + index * THREAD.size)
        (virtual,) = struct.unpack_from("<Q", memory, script - base)
        entry = (virtual % PAGE - 16) // (8 * words) - 1
        if entry < 0:
            continue
        number, *registers, _ = struct.unpack_from(f"<{words}Q", memory, script - base + 16 + entry * 8 * words)
        call = _abi.SYSCALLS[number].name if number < len(_abi.SYSCALLS) else f"call {number:#x}"
        yield Stand(index, thread == current, before + entry, call, tuple(registers))


def report(stress: Stress, outcome: Outcome) -> str:
    """What became of it, and how to see it again."""
    arch = stress.machine.architecture.name
    head = f"{arch} {stress.build_type}, seed {stress.seed}: {outcome.steps} steps in {outcome.seconds:.1f} s"
    if outcome.complaint is None:
        return head
    options = f"--arch {arch} --seed {stress.seed} --steps {stress.steps} --build-type {stress.build_type}"
    again = f"again: .venv/bin/python -m tests.guest.stress {options}"
    return "\n".join([head, outcome.complaint, *map(str, outcome.stands), again])


def breadth(results: Results) -> str:
    """How often each call ended how."""
    rows = []
    for call, counts in zip(_abi.SYSCALLS, results, strict=False):
        rows.append(
            f"{call.name:16} " + "  ".join(f"{_abi.Status(status).name.lower()} {count}" for status, count in enumerate(counts) if count)
        )
    return "\n".join(rows)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.guest.stress", description="Run the stress of random system calls.")
    parser.add_argument("--arch", default="x86_64")
    parser.add_argument("--seed", type=int, default=1, help="not 0")
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--build-type", default="release")
    parser.add_argument("--breadth", action="store_true", help="print how often each call ended how")
    args = parser.parse_args()
    stress = Stress(find_machine(args.arch, None), args.build_type, args.seed, args.steps)
    outcome = asyncio.run(run(stress))
    print(report(stress, outcome))
    if args.breadth:
        print(breadth(outcome.results))
    return 0 if outcome.complaint is None else 1


if __name__ == "__main__":
    sys.exit(main())
