"""A child that cannot outlive its parent, however that ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tisslab.engine.process import Process
from tisslab.errors import MachineError, ToolMissingError


@contextmanager
def process(*command: str) -> Iterator[Process]:
    child = Process(command, descriptors=[], package="coreutils")
    try:
        yield child
    finally:
        child.close()


def wait(child: Process) -> int | None:
    select.select([child.pidfd], [], [], 10)
    return child.exit_code()


def is_alive(pid: int) -> bool:
    """A zombie is not: nobody may be there to reap it."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_output_and_exit_code() -> None:
    with process("sh", "-c", "echo out; echo 'sh: it broke' >&2; echo 'sh: warning: so what' >&2; exit 3") as child:
        assert wait(child) == 3
        assert "out" in child.output()
        assert child.complaint() == "it broke"


def test_a_killed_child_tells_the_signal() -> None:
    with process("sleep", "60") as child:
        os.kill(child.pid, signal.SIGKILL)
        assert wait(child) == -signal.SIGKILL


def test_a_missing_program_names_its_package() -> None:
    with pytest.raises(ToolMissingError, match="apt-get install coreutils"):
        Process(["/nonexistent/program"], descriptors=[], package="coreutils")


def test_a_program_that_cannot_run_is_told() -> None:
    with pytest.raises(MachineError, match="/etc/passwd cannot be started"):
        Process(["/etc/passwd"], descriptors=[], package="base-files")


def test_the_whole_group_ends_with_it() -> None:
    with process("sh", "-c", "sleep 60 & echo $!; wait") as child:
        deadline = time.monotonic() + 5
        while not child.output().strip() and time.monotonic() < deadline:
            time.sleep(0.01)
        grandchild = int(child.output())
        assert is_alive(grandchild)
    deadline = time.monotonic() + 5
    while is_alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(grandchild)


def test_one_that_ignores_the_polite_signal_is_killed() -> None:
    with process("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done") as child:
        while "up" not in child.output():
            time.sleep(0.01)
        child.end()
        assert child.exit_code() == -signal.SIGKILL


def test_a_parent_that_is_killed_takes_it_along() -> None:
    code = (
        "from tisslab.engine.process import Process; import time\n"
        "p = Process(['sleep', '60'], descriptors=[], package='')\n"
        "print(p.pid, flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(pid)


def test_closing_twice_is_once() -> None:
    before = len(os.listdir("/proc/self/fd"))
    child = Process(["true"], descriptors=[], package="coreutils")
    child.close()
    child.close()
    assert len(os.listdir("/proc/self/fd")) == before
