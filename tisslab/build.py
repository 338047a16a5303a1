"""Runs the build: `make -f build.mk`, whose rules need nothing of the lab. What stands in a build's output: docs/design.md."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tisslab.errors import BadInputError, BuildError, ToolMissingError
from tisslab.machine import find_architecture

ROOT = Path(__file__).resolve().parent.parent
BUILD_TYPES = ("debug", "release")
COMMANDS = {
    "clang": {"x86_64": ("clang", "ld.lld"), "riscv64": ("clang", "ld.lld")},
    "gcc": {"x86_64": ("gcc", "ld"), "riscv64": ("riscv64-linux-gnu-gcc", "riscv64-linux-gnu-ld")},
}
"""What each compiler's build runs, by architecture."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TRIAL = 1 << 16
"""Bytes written to find out whether a disk is full."""


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


def run_build(build: Build, *, root: Path = ROOT) -> float:
    """Make everything that is not up to date, and return the seconds that took.

    Progress, and what compilers have to say, goes to standard error. Errors: BadInputError if this is no checkout of the project, or the
    disk is full; ToolMissingError; BuildError if a compiler, the linker or the packer refused its input.
    """
    started = time.monotonic()
    command = make_command(build, root=root)
    if _run([*command, "--question"], root, quiet=True) == 0:
        return time.monotonic() - started
    print(f"build {build.name} ...", file=sys.stderr, flush=True)
    if _run(command, root, quiet=False) != 0:
        check_disk(root / "build" / build.name)
        raise BuildError(f"the build of {build.name} failed, see above: mend what is named there and build again")
    seconds = time.monotonic() - started
    print(f"build {build.name} done in {seconds:.1f} s", file=sys.stderr, flush=True)
    return seconds


def make_command(build: Build, *, root: Path) -> list[str]:
    """Return the command that builds. Errors: BadInputError outside a checkout, ToolMissingError for a tool that is not installed."""
    if not (root / "build.mk").is_file():
        raise BadInputError(f"there is no build.mk in '{root}': install tisslab from a checkout by 'make setup'")
    for name in ("make", "python3", *COMMANDS[build.compiler][build.arch]):
        if shutil.which(name) is None:
            raise ToolMissingError(f"{name} is not installed, and the build of {build.name} runs it: 'make setup' installs what is missing")
    command = ["make", "--silent", "--no-print-directory", f"--jobs={os.cpu_count() or 1}", "-f", "build.mk"]
    return [*command, f"ARCH={build.arch}", f"COMPILER={build.compiler}", f"TYPE={build.build_type}", "all"]


def _run(command: list[str], root: Path, *, quiet: bool) -> int:
    # the variables of a make above this one (its job server, its targets) are not for this one
    mine = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    errors = subprocess.DEVNULL if quiet else None
    return subprocess.run(
        command, cwd=root, env=mine, stdin=subprocess.DEVNULL, stdout=errors or sys.stderr, stderr=errors, check=False
    ).returncode


def check_disk(folder: Path) -> None:
    """Raise BadInputError if nothing more can be written where a folder is; tried by writing, which quotas and limits answer too."""
    while not folder.is_dir():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\xa5" * TRIAL)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno in FULL:
            raise BadInputError(f"the disk that holds '{folder}' is full: free some space and build again") from error
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
