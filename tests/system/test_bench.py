"""The boot bench, and the figures that the project promises."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from tests.system.conftest import run_tisslab
from tisslab._abi import EventKind
from tisslab.bench import _watch_boot
from tisslab.engine.qemu import QemuEngine
from tisslab.engine.scripted import CHANNEL_ADDRESS, PANIC_ADDRESS, ScriptedEngine
from tisslab.kernel_file import Wiring
from tisslab.machine import MACHINES, Machine

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
        if over <= OVER_FLOOR_MS and ready_over <= READY_OVER_FLOOR_MS:
            return
        seen.append((over, ready_over))
    pytest.fail(f"(boot_ms, ready_ms) over the floor, in {TRIES} tries: {seen}")


class Spoken(ScriptedEngine):
    """A machine whose guest does the next of its steps whenever its memory has been read."""

    def __init__(self, console: socket.socket, steps: Sequence[Callable[[ScriptedEngine], object]]) -> None:
        super().__init__(MACHINES[0], [])
        self.console = console
        self.process = SimpleNamespace(exit_code=lambda: None)
        self.steps = list(steps)

    def read(self, paddr: int, size: int) -> bytes:
        data = super().read(paddr, size)
        if self.steps:
            self.steps.pop(0)(self)
        return data


def be_ready(engine: ScriptedEngine) -> None:
    engine.record(EventKind.READY, ())


def watched(steps: Sequence[Callable[[ScriptedEngine], object]], console: socket.socket) -> tuple[float, float]:
    engine = Spoken(console, steps)
    engine.start()
    return _watch_boot(cast(QemuEngine, engine), Wiring(lab_channel=CHANNEL_ADDRESS, panic_record=PANIC_ADDRESS))


def test_what_firmware_writes_is_not_the_first_byte() -> None:
    near, far = socket.socketpair()
    with near, far:
        began: list[float] = []

        def user_space_starts(engine: ScriptedEngine) -> None:
            began.append((time.monotonic() - engine.started) * 1000)
            engine.record(EventKind.STARTED, ("console", 0))
            far.send(b"TissOS\n")

        far.send(b"OpenSBI\n")
        boot_ms, ready_ms = watched([user_space_starts, be_ready], near)
    assert began[0] <= boot_ms <= ready_ms


def test_a_first_byte_that_is_seen_after_the_rest_is_waited_for() -> None:
    near, far = socket.socketpair()
    with near, far:
        steps = [be_ready, *[lambda engine: None] * 40, lambda engine: far.send(b"TissOS\n")]
        boot_ms, ready_ms = watched(steps, near)
    assert 0 < boot_ms <= ready_ms


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
