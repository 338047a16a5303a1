"""The front door's own rules: what stands in the Makefile and in no program that it calls."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tisslab import build

ROOT = Path(__file__).resolve().parent.parent
RULES = "all:\n\ttouch build/$(ARCH)-$(COMPILER)-$(TYPE)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with this one's Makefile, a set-up that has nothing to do, and a build of one folder."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "build.mk").write_text(RULES)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "setup").write_text("#!/bin/sh\nmkdir -p build\necho set-up is done\n")
    (tmp_path / "tools" / "setup").chmod(0o755)
    return tmp_path


def test_a_build_waits_for_whoever_builds_here(project: Path) -> None:
    """The lock's place is what tisslab.build agrees on with the Makefile; two makes in one folder broke each other's builds."""
    (project / "build").mkdir()
    with (project / "build" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # this test may run under a make itself, whose level and flags are not for this one
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        command = ["make", "build", "ARCH=x86_64"]
        with subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True) as make:
            assert make.stdout is not None
            assert make.stdout.readline() == "set-up is done\n"
            with pytest.raises(subprocess.TimeoutExpired):
                make.wait(timeout=0.5)
            assert not (project / "build" / "x86_64-clang-debug").exists()
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert make.wait(timeout=60) == 0
    assert (project / "build" / "x86_64-clang-debug").exists()


def test_tisslab_takes_the_same_lock(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "ROOT", project)
    (project / "build.mk").write_text("all:\n\t! flock --nonblock build/lock true\n")
    build.run_build(build.Build("riscv64", "clang", "debug"))


def test_the_debuggers_socket_goes_with_the_machine(project: Path) -> None:
    lab = project / ".venv" / "bin" / "tisslab"
    lab.parent.mkdir(parents=True)
    lab.write_text("#!/bin/sh\ntouch build/gdb-riscv64.socket\nexit 42\n")
    lab.chmod(0o755)
    done = subprocess.run(["make", "debug", "ARCH=riscv64"], cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert "Error 42" in done.stderr
    assert "target remote build/gdb-riscv64.socket" in done.stdout
    assert not (project / "build" / "gdb-riscv64.socket").exists()
