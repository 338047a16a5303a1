"""The longest entry into the kernel, in instructions, for each system call, for faults, interrupts and the timer.

A plugin in QEMU counts every instruction between the kernel's entry and its return (tisslab/plugins/longest.c), while the cases of the
guest suite run on release builds: those of tests/guest/worst*.c build states to be as bad as they can be. The machine counts instructions
(`-icount`), so that timers come where they came before, and each figure is the same in every run.
"""

from __future__ import annotations

import asyncio
import os
import re
import struct
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tisslab import _abi
from tisslab.boot_plan import COUNTS_INSTRUCTIONS, BootPlan, BootRequest, make_plan
from tisslab.build import ROOT, ensure_build
from tisslab.engine.plugin import ensure_plugin
from tisslab.engine.qemu import QemuEngine
from tisslab.errors import BadInputError, MachineError
from tisslab.events import Event, TestFailed
from tisslab.image import Image
from tisslab.machine import Machine
from tisslab.session import Session, started
from tisslab.verdict import Kind

BOUND = 5000
"""Instructions that no entry may take more than."""
SUITE = ROOT / "tests" / "guest"
BAD = ("worst", "worst_combined")
"""The programs whose cases build bad states."""
CASE = re.compile(r"^TEST(?:_PANICS)?\((\w+)\)$", re.MULTILINE)
ENTRIES = (("syscall_enter", "exception_vectors", "interrupt_vectors"), ("trap_entry",))
"""Where a processor enters the kernel: a kernel has one of these groups, all of it."""
DEVICE = re.compile(r'^NEEDS_DEVICE\("([^"]+)"\);$', re.MULTILINE)
STUBS = "_vectors"
"""How the name of a row of stubs ends, of which each is an entry."""
WAIT = "cpu_wait"
OTHERS = {"fault": "fault_raise", "timer": "sched_tick", "interrupt": "irq_handle"}
"""What else enters the kernel, and the function that only this reaches; last, because a system call comes first."""
NAMES = ("other", *(call.name for call in _abi.SYSCALLS), *OTHERS)
"""By the plugin's number: 0 is what reaches no such function, as a call with a wrong number."""
EXACT = ("-icount", "shift=0,sleep=off")
TIMEOUT = 60.0
"""Seconds that one case may take at most."""


@dataclass(frozen=True)
class State:
    """A case of the guest suite: the program and the name."""

    program: str
    case: str

    def __str__(self) -> str:
        return f"{self.program}: {self.case}"


@dataclass(frozen=True)
class Longest:
    """The longest entry of a kind: instructions, and the state that it was seen in."""

    name: str
    insns: int
    state: str

    def record(self) -> dict[str, str | int]:
        """What `--json` prints."""
        return {"name": self.name, "insns": self.insns, "state": self.state}


def all_states() -> list[State]:
    """Every case of the guest suite."""
    return [State(path.stem, name) for path in sorted(SUITE.glob("*.c")) for name in CASE.findall(path.read_text())]


def device_arguments(source: str) -> tuple[str, ...]:
    """QEMU's arguments for the PCI devices that a program's source asks for."""
    return tuple(word for device in DEVICE.findall(source) for word in ("-device", device))


def bad_states() -> list[State]:
    """The cases that build bad states."""
    return [state for state in all_states() if state.program in BAD]


def measure_worst(machine: Machine, states: Iterable[State], *, compiler: str = "clang") -> list[Longest]:
    """Run the states that the machine has the devices for on release builds, and return the longest entry of each kind that was seen, in the ABI's order.

    Errors: ToolMissingError, BuildError; MachineError if a state does not come to its end.
    """
    plan = suite_plan(machine, compiler=compiler)
    possible = [state for state in states if machine.has_pci or not device_arguments((SUITE / f"{state.program}.c").read_text())]
    with tempfile.TemporaryDirectory(prefix="tisslab-") as folder:
        places = Path(folder) / "plan"
        places.write_text("\n".join(plan_lines(Image.open(plan.kernel.path))) + "\n")
        found = asyncio.run(_run_all(plan, possible, places))
    return merge(found)


def suite_plan(machine: Machine, *, compiler: str) -> BootPlan:
    """The boot of the suite's programs, built if need be; archive and command line are each state's own."""
    folder = ensure_build(arch=machine.architecture.name, compiler=compiler, build_type="release", target="guest")
    return make_plan(BootRequest(machine=machine, build=folder))


def plan_lines(kernel: Image) -> list[str]:
    """What the plugin is told of a kernel: see longest.c. Errors: BadInputError for a kernel that is entered elsewhere."""
    group = next((group for group in ENTRIES if all(name in kernel.symbols for name in group)), None)
    if group is None:
        raise BadInputError(f"'{kernel.path}' has none of the entries that are known: name them in tisslab/worst.py")
    lines = []
    for name in group:
        symbol = kernel.symbols[name]
        last = symbol.address + symbol.size - 1 if name.endswith(STUBS) else symbol.address
        lines.append(f"entry {symbol.address:x} {last:x}")
    lines.append(f"wait {kernel.symbol(WAIT).address:x}")
    functions = {**{call.name: f"syscall_{call.name}" for call in _abi.SYSCALLS}, **OTHERS}
    return [*lines, *(f"kind {NAMES.index(name)} {kernel.symbol(function).address:x}" for name, function in functions.items())]


async def _run_all(plan: BootPlan, states: list[State], places: Path) -> dict[State, tuple[int, ...]]:
    turns = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(number: int, state: State) -> tuple[int, ...]:
        async with turns:
            return await _run(plan, state, places, out=places.parent / str(number))

    tasks = [asyncio.create_task(one(number, state)) for number, state in enumerate(states)]
    try:
        found = await asyncio.gather(*tasks)
    finally:  # each ends its own machine, also when another could not be measured
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return dict(zip(states, found, strict=True))


async def _ignore(event: Event) -> None:
    """The session keeps what happens."""


async def _run(plan: BootPlan, state: State, places: Path, *, out: Path) -> tuple[int, ...]:
    """Run one state and return the longest entries by kind."""
    layout = struct.Struct(f"<{len(NAMES)}Q")
    out.write_bytes(bytes(layout.size))
    source = (SUITE / f"{state.program}.c").read_text()
    arguments = (*EXACT, *device_arguments(source), "-plugin", f"{ensure_plugin('longest')},plan={places},out={out}")
    archive = plan.kernel.path.parent / "guest" / f"{state.program}.bin"
    words = f"test={state.case} {COUNTS_INSTRUCTIONS}"
    boot = replace(plan, archive=archive, command_line=words, qemu_arguments=arguments)
    async with started(Session(QemuEngine(boot), wiring=boot.kernel.wiring)) as session:
        verdict = await session.run(script=None, watch=_ignore, timeout=TIMEOUT)
        failed = [event.sentence for event in session.events if isinstance(event, TestFailed)]
    if verdict.kind is not Kind.EXITED or verdict.exit_status != 0:
        raise MachineError(f"the state '{state}' was not measured to its end: {' '.join([*failed, verdict.sentence])}")
    return layout.unpack(out.read_bytes())


def merge(found: Mapping[State, tuple[int, ...]]) -> list[Longest]:
    """The longest of each kind over all states; of equal ones the first."""
    results = []
    for number, name in enumerate(NAMES):
        state = max(found, key=lambda one: found[one][number], default=None)
        if state is not None and found[state][number] > 0:
            results.append(Longest(name, found[state][number], str(state)))
    return results
