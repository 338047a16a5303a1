"""At least a million random system calls on each architecture: no panic, no broken invariant, and a bystander that nothing happens to.

What is called and who watches: tests/guest/stress.c. A failure prints the command that shows it again.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.guest.stress import Stress, report, run
from tisslab import _abi
from tisslab.machine import find_machine
from tisslab.pytest_plugin import chosen_machines

MACHINES = ("q35", "virt")
STEPS = 500_000
SEEDS = (1, 2)
STEPS_CHECKED = 1_000
"""In debug builds the kernel checks all its invariants after each call, which is a thousand times slower."""
SEEDS_CHECKED = (4,)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "machine_name" in metafunc.fixturenames:
        names = [machine.name for machine in chosen_machines(metafunc.config) if machine.name in MACHINES]
        metafunc.parametrize("machine_name", names)


def stress_of(machine_name: str, *, seed: int, steps: int, build_type: str = "release") -> Stress:
    return Stress(find_machine(None, machine_name), build_type, seed, steps)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_calls_harm_nobody_else(machine_name: str, seed: int) -> None:
    stress = stress_of(machine_name, seed=seed, steps=STEPS)
    outcome = asyncio.run(run(stress))
    assert outcome.complaint is None, report(stress, outcome)
    assert outcome.steps >= STEPS


@pytest.mark.parametrize("seed", SEEDS_CHECKED)
def test_random_calls_break_no_invariant(machine_name: str, seed: int) -> None:
    stress = stress_of(machine_name, seed=seed, steps=STEPS_CHECKED, build_type="debug")
    outcome = asyncio.run(run(stress))
    assert outcome.complaint is None, report(stress, outcome)
    assert outcome.steps >= STEPS_CHECKED


def test_the_same_seed_does_the_same_again(machine_name: str) -> None:
    stress = stress_of(machine_name, seed=9, steps=20_000)
    once, again = (asyncio.run(run(stress)) for _ in range(2))
    assert once.complaint is None, report(stress, once)
    assert (once.steps, once.results) == (again.steps, again.results)
    other = asyncio.run(run(stress_of(machine_name, seed=10, steps=20_000)))
    assert other.results != once.results


def test_a_failure_says_where_and_how_to_see_it_again(machine_name: str) -> None:
    """A run that would never end, ended in the middle of its work. An end that comes while the threads' world is made anew finds few or
    none of them at work, and which it is nobody can choose; so it is ended at several times."""
    stress = stress_of(machine_name, seed=11, steps=(1 << 64) - 1)
    for timeout in (2.0, 2.3, 2.7, 3.1, 3.6, 4.2, 4.9, 5.7):
        outcome = asyncio.run(run(stress, timeout=timeout))
        assert outcome.complaint is not None and f"{timeout:g} s" in outcome.complaint
        if len(outcome.stands) >= 4:
            break
    assert outcome.steps > 0 and len(outcome.stands) >= 4
    assert {stand.call for stand in outcome.stands} & {call.name for call in _abi.SYSCALLS}
    assert f"--arch {stress.machine.architecture.name} --seed 11" in report(stress, outcome)
