"""The boot bench, and the figures that the project promises."""

from __future__ import annotations

import pytest

from tests.system.conftest import run_tisslab
from tisslab.machine import Machine

OVER_FLOOR_MS = 25
READY_OVER_FLOOR_MS = 60
TRIES = 4
"""A host that is busy with other tests may spoil one measurement, and not four."""


def measure(machine: Machine) -> dict[str, float]:
    ran = run_tisslab("bench", "boot", "--machine", machine.name, "--json")
    assert ran.status == 0, ran.err
    return ran.record


def test_the_boot_keeps_its_promise(machine: Machine) -> None:
    seen = []
    for _ in range(TRIES):
        record = measure(machine)
        assert record["over_floor_ms"] == pytest.approx(record["boot_ms"] - record["floor_ms"], abs=0.02)
        assert 0 < record["boot_ms"] <= record["ready_ms"]
        assert record["floor_ms"] > 0
        over, ready_over = record["over_floor_ms"], record["ready_over_floor_ms"]
        # what firmware writes comes before the floor's payload runs: a bench that took it for user space's would be below the floor
        right = over > 0 or not machine.firmware_writes
        if right and over <= OVER_FLOOR_MS and ready_over <= READY_OVER_FLOOR_MS:
            return
        seen.append((over, ready_over))
    pytest.fail(f"(boot_ms, ready_ms) over the floor, in {TRIES} tries: {seen}")


def test_it_is_printed_for_people() -> None:
    ran = run_tisslab("bench", "boot", "--rounds", "1")
    assert ran.status == 0
    assert "over_floor_ms" in ran.out
    assert "x86_64 q35, release, medians of 1" in ran.out


@pytest.mark.parametrize("rounds", ["0", "-1", "many", "1001"])
def test_a_wrong_number_of_rounds(rounds: str) -> None:
    ran = run_tisslab("bench", "boot", "--rounds", rounds)
    assert ran.status == 2
    assert rounds in ran.complaint
