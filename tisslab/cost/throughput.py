"""Round trips a second, on a machine that does not count instructions. They say something of the host too, so nothing is held to them; the
empty system call, taken in turn with them in the same run, is the floor to read them by."""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass

from tisslab.boot_plan import BootRequest, make_plan
from tisslab.cost.meter import Target
from tisslab.cost.qemu import run_case
from tisslab.events import Measured

CASE = "throughput"
FLOOR = "empty_syscall"


@dataclass(frozen=True)
class Rate:
    """How often a second something was done: the median of `turns`; `floors` is how many times the empty system call that takes."""

    name: str
    a_second: float
    turns: int
    floors: float

    def record(self) -> dict[str, str | int | float]:
        """What `--json` prints."""
        return {"name": self.name, "a_second": round(self.a_second), "turns": self.turns, "floors": round(self.floors, 2)}


def measure_throughput(target: Target) -> list[Rate]:
    """Run the program and return the rates in its order, the floor first. Errors: MachineError if it does not come to its end."""
    plan = make_plan(BootRequest(machine=target.machine, build=target.folder))
    return rates(asyncio.run(run_case(plan, target.folder / "ipc" / f"{CASE}.elf", CASE)))


def rates(told: list[Measured]) -> list[Rate]:
    """The rates of what the program told: nanoseconds of so many, in several turns."""
    turns: dict[str, list[float]] = {}
    for one in told:
        turns.setdefault(one.name, []).append(1e9 * one.samples / one.least)
    medians = {name: statistics.median(values) for name, values in turns.items()}
    return [Rate(name, median, len(turns[name]), medians[FLOOR] / median) for name, median in medians.items()]
