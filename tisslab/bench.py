"""How long a boot takes, beyond what QEMU itself takes.

Three things, measured in turn so that a noisy moment hits all of them alike: the first byte that user space writes, the ready record,
and the floor (a payload of a few instructions on the same machine and firmware, from exec to exit). Medians. No event loop and no
monitor connection: one poll, and a look at the lab channel.
"""

from __future__ import annotations

import gc
import select
import statistics
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tisslab.boot_plan import BootPlan, BootRequest, make_plan
from tisslab.engine.qemu import QemuEngine
from tisslab.errors import BadInputError, MachineError
from tisslab.events import SystemReady
from tisslab.kernel_file import Wiring, read_kernel
from tisslab.machine import Machine
from tisslab.wire import ChannelReader, look_at_panic

ROUNDS = 10
MEASURES = ("boot_ms", "ready_ms", "floor_ms", "over_floor_ms", "ready_over_floor_ms")
PATIENCE = 20.0
"""Seconds that one boot may take at most."""
LOOK_MS = 1
"""Milliseconds between two looks at the lab channel."""


@dataclass(frozen=True)
class BootTimes:
    """Medians of `rounds`, in milliseconds."""

    machine: Machine
    build_type: str
    rounds: int
    boot_ms: float
    ready_ms: float
    floor_ms: float

    @property
    def over_floor_ms(self) -> float:
        """What the system adds to QEMU's own start, up to the first byte of user space."""
        return self.boot_ms - self.floor_ms

    @property
    def ready_over_floor_ms(self) -> float:
        """The same up to the prompt."""
        return self.ready_ms - self.floor_ms

    def record(self) -> dict[str, str | int | float]:
        """What `--json` prints."""
        numbers = {name: round(getattr(self, name), 2) for name in MEASURES}
        names = {"arch": self.machine.architecture.name, "machine": self.machine.name, "build_type": self.build_type}
        return {**names, "rounds": self.rounds, **numbers}


def measure_boot(machine: Machine, build: Path, *, build_type: str, rounds: int = ROUNDS) -> BootTimes:
    """Boot a build's system and its floor payload `rounds` times each, in turn, after one round that does not count.

    Errors: BadInputError if the build lacks something, MachineError if a boot fails.
    """
    system = make_plan(BootRequest(machine=machine, build=build))
    floor = floor_plan(system, build / "floor.elf")
    measured = [(*measure_system(system), measure_floor(floor)) for _ in range(rounds + 1)][1:]
    boot, ready, empty = (statistics.median(column) for column in zip(*measured, strict=True))
    return BootTimes(machine=machine, build_type=build_type, rounds=rounds, boot_ms=boot, ready_ms=ready, floor_ms=empty)


def floor_plan(system: BootPlan, path: Path) -> BootPlan:
    """The same machine with the same firmware and memory, and the payload in place of kernel and archive."""
    return replace(system, kernel=read_kernel(path, system.machine.architecture), archive=None, programs=None)


def measure_system(plan: BootPlan) -> tuple[float, float]:
    """Return boot_ms and ready_ms of one boot. Errors: MachineError if it does not get there."""
    wiring = plan.kernel.wiring
    if wiring is None:
        raise BadInputError(f"'{plan.kernel.path}' has no lab channel, so nobody can tell when it is ready: bench a build of this project")
    engine = QemuEngine(plan)
    gc.disable()
    try:
        engine.start()
        return _watch_boot(engine, wiring)
    finally:
        engine.close()
        gc.enable()


def _watch_boot(engine: QemuEngine, wiring: Wiring) -> tuple[float, float]:
    def read(start: int, offset: int, size: int) -> bytes:
        return engine.read(start + offset, size)

    look = partial(ChannelReader().look, partial(read, wiring.lab_channel))
    written = partial(read, wiring.lab_channel)
    poll = select.poll()
    poll.register(engine.console.fileno(), select.POLLIN)
    boot_ms: float | None = None
    ready = False
    while (now := time.monotonic() - engine.started) < PATIENCE:
        # user space speaks on the channel before its console server does: what comes earlier is firmware's
        if poll.poll(LOOK_MS) and engine.console.recv(65536) and boot_ms is None and any(written(8, 8)):
            boot_ms = (time.monotonic() - engine.started) * 1000
        ready = SystemReady() in look() or ready  # it may be seen before the first byte, which was written earlier
        if ready and boot_ms is not None:
            return boot_ms, (time.monotonic() - engine.started) * 1000
        if engine.process.exit_code() is not None:
            break
    panic = look_at_panic(partial(read, wiring.panic_record))
    what = f"the kernel panicked: {panic.message}" if panic else engine.process.complaint() or "boot it by itself to see why"
    raise MachineError(f"the boot that was to be measured was not ready after {now:.1f} s: {what}")


def measure_floor(plan: BootPlan) -> float:
    """Return the milliseconds from exec to exit of the payload. Errors: MachineError if it does not end."""
    engine = QemuEngine(plan, halted=False)
    gc.disable()
    try:
        engine.start()
        _wait_for_end(engine)
        took = (time.monotonic() - engine.started) * 1000
        if complaint := engine.process.complaint():
            raise MachineError(f"the payload '{plan.kernel.path}' could not run: {complaint}")
        return took
    finally:
        engine.close()
        gc.enable()


def _wait_for_end(engine: QemuEngine) -> None:
    """Wait until the machine has ended; what firmware writes is taken, or it would wait for somebody to take it."""
    poll = select.poll()
    poll.register(engine.process.pidfd, select.POLLIN)
    poll.register(engine.console.fileno(), select.POLLIN)
    while (left := PATIENCE - (time.monotonic() - engine.started)) > 0:
        for descriptor, _ in poll.poll(left * 1000):
            if descriptor == engine.process.pidfd:
                return
            if not engine.console.recv(65536):
                poll.unregister(engine.console.fileno())
    raise MachineError(f"the payload did not end within {PATIENCE:g} s: build it again")
