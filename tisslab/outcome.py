"""What a run has to tell when it is over: the one record that the text report, `--json` and tests are made from."""

from __future__ import annotations

from dataclasses import dataclass

from tisslab.machine import Machine
from tisslab.postmortem import CrashReport, PanicReport
from tisslab.session import Moment
from tisslab.verdict import Verdict


@dataclass(frozen=True)
class Outcome:
    """A finished run. Times in milliseconds since the machine was started; boot_ms and ready_ms are None if it did not get there."""

    machine: Machine
    accelerator: str
    verdict: Verdict
    boot_ms: float | None
    ready_ms: float | None
    wall_ms: float
    moments: tuple[Moment, ...]
    panic: PanicReport | None = None
    crashes: tuple[CrashReport, ...] = ()
