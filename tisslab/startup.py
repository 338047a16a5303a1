"""How long the command line takes to start, beside bare Python in the same run: wall time means little without it."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

PYTHON = (sys.executable, "-c", "pass")
HELP = (sys.executable, "-m", "tisslab", "--help")


@dataclass(frozen=True)
class StartupTimes:
    """Medians of `rounds` runs, in ms of wall time from start to end; `ratio` is help_ms / python_ms."""

    help_ms: float
    python_ms: float
    ratio: float
    rounds: int

    def record(self) -> dict[str, float | int]:
        """As `--json` prints it."""
        return asdict(self)


def measure_startup(*, rounds: int) -> StartupTimes:
    """Run both in turn."""
    pairs = [(_run_ms(HELP), _run_ms(PYTHON)) for _ in range(rounds)]
    help_ms, python_ms = (statistics.median(column) for column in zip(*pairs, strict=True))
    return StartupTimes(round(help_ms, 1), round(python_ms, 1), round(help_ms / python_ms, 2), rounds)


def _run_ms(command: tuple[str, ...]) -> float:
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return (time.monotonic() - started) * 1000
