"""Runs `tisslab` as a user does: as a process with standard input, output and a status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tisslab.build import ensure_build
from tisslab.machine import ARCHITECTURES

PATIENCE = 60.0
BUILDS = [(compiler, build_type) for compiler in ("clang", "gcc") for build_type in ("debug", "release")]
TISSLAB = [sys.executable, "-m", "tisslab"]


@dataclass(frozen=True)
class Ran:
    """What a command left: its status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """The record of --json."""
        record = json.loads(self.out)
        assert isinstance(record, dict)
        return record

    @property
    def complaint(self) -> str:
        """The one line on standard error, which has to be the only one."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("tisslab: ")
        return lines[0]


def run_tisslab(*arguments: str | Path, typed: str = "", env: dict[str, str] | None = None, cwd: Path | None = None) -> Ran:
    """Run `tisslab` to its end with `typed` as standard input."""
    command = [*TISSLAB, *map(str, arguments)]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment, cwd=cwd)
    return Ran(done.returncode, done.stdout, done.stderr)


@contextmanager
def running_tisslab(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Start `tisslab` with an input that does not end; it is killed in the end if it still runs."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*TISSLAB, *map(str, arguments)], text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def wait_until(condition: Callable[[], bool], *, patience: float = 20.0) -> None:
    """Wait until a condition holds, and fail if it does not in time."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.005)


def children(pid: int) -> list[int]:
    """The living children of a process."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_qemu(pid: int) -> bool:
    """Is this process QEMU by now, and alive?"""
    try:
        return "qemu-system" in os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return False


def qemu_of(process: subprocess.Popen[str]) -> int:
    """Wait for a running tisslab's QEMU and return its number."""
    wait_until(lambda: any(is_qemu(pid) for pid in children(process.pid)))
    return next(pid for pid in children(process.pid) if is_qemu(pid))


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """Every build is up to date, so that no run that is tested has to say that it builds first."""
    for arch in ARCHITECTURES:
        for compiler, build_type in BUILDS:
            ensure_build(arch=arch, compiler=compiler, build_type=build_type)


@pytest.fixture(params=BUILDS, ids="-".join)
def build_options(request: pytest.FixtureRequest) -> list[str]:
    """The options that choose a build, each build in turn."""
    compiler, build_type = request.param
    return ["--compiler", compiler, "--build-type", build_type]
