"""The guest suite: every case of tests/guest/*.c, each on a machine of its own, on both architectures, in debug and release builds.

In debug builds the kernel checks its invariants after each system call. A verdict comes from the lab channel, the panic record or the
machine's end, and says whose fault it is.
"""

from __future__ import annotations

import asyncio
import fcntl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest

from tests.guest.cases import Case, all_cases
from tisslab.boot_plan import BootPlan, BootRequest, make_plan
from tisslab.build import ROOT, choose_build, make_command
from tisslab.engine.qemu import QemuEngine
from tisslab.events import Event, TestFailed, TestPassed
from tisslab.machine import find_machine
from tisslab.postmortem import explain_panic
from tisslab.pytest_plugin import chosen_machines
from tisslab.session import Session, started
from tisslab.verdict import Fault, Kind, Verdict

MACHINES = ("q35", "virt")
BUILD_TYPES = ("debug", "release")
CHECKED = "check=invariants"
TIMED = ("deadline", "budget", "cancellation", "endpoint", "helping", "sched", "worst_combined")
"""Cases about time run on a machine whose time is the instructions that it has executed: a busy host cannot take any of it away."""
BY_INSTRUCTIONS = ("-icount", "shift=0,sleep=off")
TIMEOUT = 60.0
"""Seconds from the machine's start; a case takes some 0.05, and where every call checks the invariants of a large world, several."""


@dataclass(frozen=True)
class Ended:
    """How a case's machine ended: the verdict, what was told of cases, and of a panic where it happened."""

    verdict: Verdict
    passed: tuple[str, ...]
    failed: tuple[TestFailed, ...]
    trace: tuple[str, ...]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each case on each machine that the plugin's options leave."""
    if "case" not in metafunc.fixturenames:
        return
    machines = [machine for machine in chosen_machines(metafunc.config) if machine.name in MACHINES]
    cases = [(case, machine.name) for machine in machines for case in all_cases() if machine.has_pci or not case.devices]
    runs = [(case, name, kind) for kind in BUILD_TYPES for case, name in cases]
    ids = [f"{case.object}-{case.name}-{name}-{kind}" for case, name, kind in runs]
    metafunc.parametrize(("case", "machine_name", "build_type"), runs, ids=ids)


@cache
def program_plan(machine_name: str, build_type: str, program: str) -> BootPlan:
    """The boot of a program of the suite, built if need be, without its command line."""
    machine = find_machine(None, machine_name)
    build = choose_build(arch=machine.architecture.name, build_type=build_type)
    ensure_guest(machine.architecture.name, build_type)
    return make_plan(BootRequest(machine=machine, build=build.folder, archive=build.folder / "guest" / f"{program}.bin"))


@cache
def ensure_guest(arch: str, build_type: str) -> None:
    """Bring the suite's programs and the kernel up to date; several workers of a test run take turns."""
    command = [*make_command(choose_build(arch=arch, build_type=build_type))[:-1], "guest"]
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "guest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, f"the guest suite does not build:\n{made.stdout}{made.stderr}"


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for all cases of a worker."""
    with asyncio.Runner() as one:
        yield one


async def ignore(event: Event) -> None:
    """What happens is kept by the session; nobody watches."""


async def boot(plan: BootPlan, *, timeout: float = TIMEOUT) -> Ended:
    """Boot a plan and run it to its end."""
    async with started(Session(QemuEngine(plan), wiring=plan.kernel.wiring)) as session:
        verdict = await session.run(script=None, watch=ignore, timeout=timeout)
        trace: list[str] = []
        if session.panic is not None:
            trace = [str(call) for call in explain_panic(session.panic, plan.kernel.path, session.engine.read).calls]
        return Ended(
            verdict,
            tuple(event.name for event in session.events if isinstance(event, TestPassed)),
            tuple(event for event in session.events if isinstance(event, TestFailed)),
            tuple(trace),
        )


def complaint(case: Case, ended: Ended, *, debug: bool) -> str | None:
    """What is wrong with the way a case ended, None if nothing."""
    verdict = ended.verdict
    if verdict.kind is Kind.PANICKED and case.panics and debug:
        return None
    if ended.failed and verdict.kind is not Kind.PANICKED:
        return "\n".join(event.sentence for event in ended.failed)
    if verdict.kind is not Kind.EXITED:
        blamed = {Fault.SYSTEM: "the case", Fault.KERNEL: "the kernel", Fault.MACHINE: "the machine"}.get(verdict.fault, verdict.fault)
        return "\n".join([f"at fault is {blamed}: {verdict.sentence}", *ended.trace])
    if case.panics and debug:
        return "the kernel did not panic, and was to"
    if ended.passed != (case.name,) or verdict.exit_status != 0:
        return f"it ended with status {verdict.exit_status} and no failure, and said of these that they passed: {ended.passed}"
    return None


def test_case(case: Case, machine_name: str, build_type: str, runner: asyncio.Runner) -> None:
    debug = build_type == "debug"
    plan = program_plan(machine_name, build_type, case.object)
    words = [f"test={case.name}", *([CHECKED] if debug else [])]
    arguments = (*(BY_INSTRUCTIONS if case.object in TIMED else ()), *case.devices)
    plan = replace(plan, command_line=" ".join(words), qemu_arguments=arguments)
    wrong = complaint(case, runner.run(boot(plan)), debug=debug)
    if wrong is not None:
        pytest.fail(f"{case.path.relative_to(ROOT)}:{case.line}: {case.name}: {wrong}", pytrace=False)
