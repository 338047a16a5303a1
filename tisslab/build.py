"""Runs the build: `make -f build.mk`, whose rules need nothing of the lab. What stands in a build's output: docs/design.md."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tisslab.errors import BadInputError, BuildError, ToolMissingError
from tisslab.machine import find_architecture

ROOT = Path(__file__).resolve().parent.parent
BUILD_TYPES = ("debug", "release")
COMMANDS = {
    "clang": {"x86_64": ("clang", "ld.lld"), "riscv64": ("clang", "ld.lld", "llvm-objcopy")},
    "gcc": {"x86_64": ("gcc", "ld"), "riscv64": ("riscv64-linux-gnu-gcc", "riscv64-linux-gnu-ld", "riscv64-linux-gnu-objcopy")},
}
"""What each compiler's build runs, by architecture."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
ROOM = 16 << 20
"""Bytes that a build may need: after a failure on a disk with less, the disk is to blame."""


@dataclass(frozen=True)
class Build:
    """One way to build it all."""

    arch: str
    compiler: str = "clang"
    build_type: str = "debug"

    @property
    def name(self) -> str:
        return f"{self.arch}-{self.compiler}-{self.build_type}"

    @property
    def folder(self) -> Path:
        """Where its output is."""
        return ROOT / "build" / self.name


def choose_build(*, arch: str, compiler: str | None = None, build_type: str | None = None) -> Build:
    """Return the build of these names, None for the default: clang, debug. Errors: BadInputError for a name that does not exist."""
    compiler, build_type = compiler or "clang", build_type or "debug"
    if compiler not in COMMANDS:
        raise BadInputError(f"there is no compiler '{compiler}': choose {' or '.join(COMMANDS)}")
    if build_type not in BUILD_TYPES:
        raise BadInputError(f"there is no build type '{build_type}': choose {' or '.join(BUILD_TYPES)}")
    return Build(find_architecture(arch).name, compiler, build_type)


def ensure_build(*, arch: str, compiler: str | None = None, build_type: str | None = None, target: str = "all") -> Path:
    """Bring a build up to date, silently where nothing is to do, and return its folder. Errors: as of choose_build and run_build."""
    build = choose_build(arch=arch, compiler=compiler, build_type=build_type)
    run_build(build, target=target)
    return build.folder


def run_build(build: Build, *, target: str = "all") -> float:
    """Make everything that is not up to date, and return the seconds that took.

    Progress, and what compilers have to say, goes to standard error. Errors: BadInputError if this is no checkout of the project, the
    disk is full, or the packer refused the manifest or a program; ToolMissingError; BuildError if a compiler or the linker refused its input.
    """
    started = time.monotonic()
    command = [*make_command(build)[:-1], target]
    refused = build.folder / "archive.bin.refused"
    with _alone(build):
        refused.unlink(missing_ok=True)
        status, said = _run_make(build, command)
    if status != 0:
        check_disk(build.folder)
        if refused.exists():
            raise BadInputError(refused.read_text().strip())
        raise BuildError(f"the build of {build.name} failed, see above: mend what is named there and build again")
    seconds = time.monotonic() - started
    if said:
        print(f"build {build.name} done in {seconds:.1f} s", file=sys.stderr, flush=True)
    return seconds


@contextlib.contextmanager
def _alone(build: Build) -> Iterator[None]:
    """Wait until nobody else builds in this checkout, a make of the Makefile's included: two would take each other's files away."""
    try:
        build.folder.mkdir(parents=True, exist_ok=True)
        lock = (build.folder.parent / "lock").open("w")
    except OSError as error:
        check_disk(build.folder)
        raise BadInputError(f"'{build.folder}' cannot be made ({error.strerror}): make room for it and build again") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run_make(build: Build, command: list[str]) -> tuple[int, bool]:
    """Run make and hand on what it says; return its status, and whether it said anything: it does so only when it makes something."""
    # the variables of a make above this one (its job server, its targets) are not for this one
    mine = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    said = False
    with subprocess.Popen(command, cwd=ROOT, env=mine, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as make:
        for line in make.stdout or ():
            if not said:
                print(f"build {build.name} ...", file=sys.stderr)
            said = True
            print(line, end="", file=sys.stderr, flush=True)
    return make.returncode, said


def make_command(build: Build) -> list[str]:
    """Return the command that builds. Errors: BadInputError outside a checkout, ToolMissingError for a tool that is not installed."""
    if not (ROOT / "build.mk").is_file():
        raise BadInputError(f"there is no build.mk in '{ROOT}': install tisslab from a checkout by 'make setup'")
    for name in ("make", "python3", *COMMANDS[build.compiler][build.arch]):
        if shutil.which(name) is None:
            raise ToolMissingError(f"{name} is not installed, and the build of {build.name} runs it: 'make setup' installs what is missing")
    command = ["make", "--silent", "--no-print-directory", f"--jobs={os.cpu_count() or 1}", "-f", "build.mk"]
    return [*command, f"ARCH={build.arch}", f"COMPILER={build.compiler}", f"TYPE={build.build_type}", "all"]


def check_disk(folder: Path) -> None:
    """Raise BadInputError if a disk has no room for a build; found out by asking for it, which quotas and limits answer too.

    A compiler that met the end of the disk takes its unfinished files away, so the disk need not be full to the last byte any more.
    """
    while not folder.is_dir():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, ROOM)
    except OSError as error:
        if error.errno in FULL:
            raise BadInputError(f"the disk that holds '{folder}' is full: free {ROOM >> 20} MiB and build again") from error
        raise BadInputError(f"'{folder}' cannot be written ({error.strerror}): give yourself the right to, and build again") from error


def outputs(build: Build) -> dict[str, int]:
    """The files of a finished build that are booted or looked at, and their sizes in bytes."""
    files = [build.folder / name for name in ("kernel.elf", "firmware.bin", "archive.bin", "floor.elf")]
    files += sorted((build.folder / "servers").glob("*.elf"))
    sizes = {}
    for file in files:
        with contextlib.suppress(OSError):
            sizes[str(file.relative_to(build.folder))] = file.stat().st_size
    return sizes
