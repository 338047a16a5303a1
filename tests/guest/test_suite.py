"""The suite can fail: each way in which a case can go wrong is told, with who is at fault. The cases are tests/guest/suite.c's."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.guest.cases import Case
from tests.guest.test_guest import MACHINES, boot, complaint, program_plan

PATIENCE = 1.5
"""Seconds for a case that never ends."""

EXPECTED = {
    "a_fact_does_not_hold": "tests/guest/suite.c:13: this does not hold: 1 + 1 == 3; 42, 7 = 0x2a, 0x7",
    "two_numbers_differ": "suite.c:18: this does not hold: identify(SLOT_TABLE).type == OBJECT_THREAD; both = 0x2, 0x3",
    "a_status_is_another": "the status is bad_argument (6) where it should be ok",
    "a_thread_faults": "the case's thread, or one without a badge, 0 had a page fault at pc 0x4",
    "a_worker_faults": "worker 1 had a page fault at pc 0x4",
    "nothing_can_run": "nothing can run, and the case has not ended",
    "it_never_ends": f"at fault is the case: the system did not end within {PATIENCE:g} s",
    "the_kernel_panics": "at fault is the kernel: the kernel panicked: kernel/syscall.c:",
    "no_such_case": "the command line names no case of this program",
}


def wrong_with(name: str, machine: str, runner: asyncio.Runner, *, debug: bool = True) -> str | None:
    case = Case("suite", name, 1, panics=False)
    plan = replace(program_plan(machine, "debug" if debug else "release", "suite"), command_line=f"test={name}")
    return complaint(case, runner.run(boot(plan, timeout=PATIENCE if name == "it_never_ends" else 10.0)), debug=debug)


@pytest.fixture
def loop() -> asyncio.Runner:
    return asyncio.Runner()


@pytest.mark.parametrize("machine_name", MACHINES)
@pytest.mark.parametrize("name", EXPECTED)
def test_what_goes_wrong_is_told(name: str, machine_name: str, loop: asyncio.Runner) -> None:
    with loop:
        wrong = wrong_with(name, machine_name, loop)
    assert wrong is not None
    assert EXPECTED[name] in wrong


def test_a_panic_that_does_not_come_is_told(loop: asyncio.Runner) -> None:
    plan = replace(program_plan("virt", "debug", "suite"), command_line="test=a_case_that_expects_nothing_passes")
    with loop:
        ended = loop.run(boot(plan))
    case = Case("suite", "a_case_that_expects_nothing_passes", 1, panics=True)
    assert complaint(case, ended, debug=True) == "the kernel did not panic, and was to"
    assert complaint(replace(case, panics=False), ended, debug=True) is None
    other = Case("suite", "another", 1, panics=False)
    assert "said of these that they passed: ('a_case_that" in (complaint(other, ended, debug=True) or "")


def test_a_panic_comes_with_where_it_was(loop: asyncio.Runner) -> None:
    with loop:
        wrong = wrong_with("the_kernel_panics", "q35", loop)
    assert wrong is not None
    assert "syscall_kernel_panic" in wrong.partition("\n")[2]
