"""Building and running the host-built kernel tests."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ARCHITECTURES = ("x86_64", "riscv64")
COMPILERS = ("clang", "gcc")
SECONDS_MAX = 600
"""Of a run, on a machine that is busy with other things; what hangs is ended by the program itself, by the processor time it takes."""
SANITIZERS = {"ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1", "UBSAN_OPTIONS": "print_stacktrace=1"}


@dataclass(frozen=True)
class Outcome:
    """What a run of the program told: cases that passed, that failed, that it listed, and its complaint about the failed ones."""

    passed: frozenset[str]
    failed: frozenset[str]
    listed: tuple[str, ...]
    complaint: str


def make(target: str, *variables: str) -> None:
    """Run a target of build.mk, one process at a time on this machine; AssertionError with the compiler's words if it fails."""
    folder = ROOT / "build" / "host"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = ["make", f"--jobs={os.cpu_count()}", "--no-print-directory", "-f", "tests/kernel/build.mk", target, *variables]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}"


def build(arch: str, compiler: str) -> Path:
    """The test program of an ABI and a compiler, up to date."""
    make("all", f"ARCH={arch}", f"COMPILER={compiler}")
    return ROOT / "build" / "host" / f"{arch}-{compiler}" / "kernel_tests"


def run_cases(program: Path, *arguments: str) -> Outcome:
    """Run cases by name, or by the name of their file, each in a process of its own."""
    environment = os.environ | SANITIZERS
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=SECONDS_MAX, env=environment)
    lines = done.stdout.splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    assert done.returncode in (0, 1), f"{program.name} ended with {done.returncode}: {done.stderr}"
    return Outcome(
        passed=frozenset(record["case"] for record in records if record["passed"]),
        failed=frozenset(record["case"] for record in records if not record["passed"]),
        listed=tuple(line for line in lines if not line.startswith("{")),
        complaint=done.stderr,
    )
