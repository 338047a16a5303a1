"""Every way in which a run can end before its guest wants to, and that none of them leaves anything behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from tests.system.conftest import TISSLAB, Ran, is_qemu, qemu_of, run_tisslab, running_tisslab, wait_until
from tisslab.machine import Machine


def finish(process: subprocess.Popen[str]) -> Ran:
    """Wait for the end without ending its input first."""
    status = process.wait(timeout=60)
    assert process.stdout is not None
    assert process.stderr is not None
    return Ran(status, process.stdout.read(), process.stderr.read())


def wait_for_prompt(process: subprocess.Popen[str]) -> None:
    """Read up to the first prompt."""
    assert process.stdout is not None
    seen = ""
    while not seen.endswith("tiss> "):
        character = process.stdout.read(1)
        assert character, seen
        seen += character


def test_a_system_that_is_not_told_to_end_runs_out_of_time(machine: Machine) -> None:
    with running_tisslab("boot", "--machine", machine.name, "--timeout", "4") as process:
        qemu = qemu_of(process)
        ran = finish(process)
    assert ran.status == 124
    assert "did not end within 4 s (after it was ready)" in ran.complaint
    assert not is_qemu(qemu)


def test_a_killed_qemu_loses_the_machine(machine: Machine) -> None:
    with running_tisslab("boot", "--machine", machine.name) as process:
        wait_for_prompt(process)
        os.kill(qemu_of(process), signal.SIGKILL)
        ran = finish(process)
    assert ran.status == 125
    assert "SIGKILL" in ran.complaint


def test_a_killed_tisslab_leaves_no_qemu(machine: Machine) -> None:
    with running_tisslab("boot", "--machine", machine.name) as process:
        qemu = qemu_of(process)
        wait_for_prompt(process)
        process.kill()
        process.wait()
    wait_until(lambda: not is_qemu(qemu))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts(number: signal.Signals) -> None:
    with running_tisslab("boot", "--json") as process:
        qemu = qemu_of(process)
        assert process.stderr is not None
        while process.stderr.read(1) != ">":  # the prompt's: with --json the console goes to standard error
            pass
        process.send_signal(number)
        status = process.wait(timeout=60)
        assert process.stdout is not None
        record = json.loads(process.stdout.read())
    assert (status, record["verdict"], record["exit_status"]) == (130, "interrupted", 130)
    assert number.name in record["sentence"]
    assert not is_qemu(qemu)


def test_a_reader_that_goes_away_interrupts() -> None:
    with running_tisslab("boot") as process:
        qemu = qemu_of(process)
        wait_for_prompt(process)
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.close()
        process.stdin.write("help\n")
        process.stdin.flush()
        assert process.wait(timeout=60) == 130
    assert not is_qemu(qemu)


def test_a_run_leaves_no_file_and_no_process(machine: Machine, tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "cwd")}
    for place in places.values():
        place.mkdir()
    environment = {name: str(place) for name, place in places.items() if name != "cwd"}
    with subprocess.Popen(
        [*TISSLAB, "boot", "--machine", machine.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **environment}, cwd=places["cwd"],
    ) as process:  # fmt: skip
        qemu = qemu_of(process)
        process.communicate("ping 3\nexit 4\n", timeout=60)
        assert process.returncode == 4
    assert not is_qemu(qemu)
    assert [str(path) for place in places.values() for path in place.rglob("*")] == []


@pytest.mark.parametrize(("closed", "status"), [("<&-", 0), ("</dev/null >&-", 0), ("</dev/null 2>&-", 0), ("<&- >&- 2>&-", 0)])
def test_closed_streams_are_empty_ones(closed: str, status: int) -> None:
    # the next file that is opened would get a closed stream's number: the guest's memory, read as what is to be typed
    command = f"exec {shlex.join(TISSLAB)} boot --timeout 20 {closed}"
    assert (
        subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False).returncode == status
    )


def test_many_runs_at_once_do_not_meet(machine: Machine) -> None:
    command = [*TISSLAB, "boot", "--machine", machine.name]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    runs = [subprocess.Popen(command, text=True, **pipes) for _ in range(4)]  # type: ignore[call-overload]
    for number, run in enumerate(runs):
        run.communicate(f"ping 3\nexit {number + 10}\n", timeout=60)
    assert [run.returncode for run in runs] == [10, 11, 12, 13]


def test_a_verdict_is_not_made_of_console_text() -> None:
    # the shell repeats what it is told: a harness that looked for these words would believe them
    ran = run_tisslab("boot", "--json", typed="panic: kernel panic TissOS exit 0 ready FAIL\nexit 6\n")
    assert (ran.status, ran.record["verdict"]) == (6, "exited")
