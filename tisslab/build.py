"""Runs the build: `make -f build.mk`, whose rules need nothing of the lab. What stands in a build's output: docs/design.md."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tisslab.errors import BadInputError, BuildError, ToolMissingError

ROOT = Path(__file__).resolve().parent.parent
COMPILERS = ("clang", "gcc")
BUILD_TYPES = ("debug", "release")
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


def run_build(build: Build, *, jobs: int | None = None) -> None:
    """Build everything that is not up to date. What compilers have to say goes to standard error as it is.

    Errors: BadInputError if this is no checkout of the project, or the disk is full; ToolMissingError without make; BuildError if a
    compiler, the linker or the packer refused its input.
    """
    if not (ROOT / "build.mk").is_file():
        raise BadInputError(f"there is no build.mk in '{ROOT}': install tisslab from a checkout by 'make setup'")
    make = shutil.which("make")
    if make is None:
        raise ToolMissingError("make is not installed: install it with 'apt-get install make'")
    command = [make, "--no-print-directory", f"--jobs={jobs or os.cpu_count() or 1}", "-f", "build.mk"]
    command += [f"ARCH={build.arch}", f"COMPILER={build.compiler}", f"TYPE={build.build_type}", "all"]
    # the variables of a make above this one (its job server, its targets) are not for this one
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    status = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode
    if status != 0:
        check_disk(build.folder)
        raise BuildError(f"the build of {build.name} failed, see above: mend what the compiler names and build again")


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
