"""Reports for people and for programs, from outcomes made by hand."""

from __future__ import annotations

import json

import pytest

from tisslab.backtrace import Call
from tisslab.bench import BootTimes
from tisslab.events import KernelPanicked, MachineStopped, RunInterrupted, ServerCrashed, ServerStarted, SystemReady
from tisslab.machine import MACHINES
from tisslab.outcome import Outcome
from tisslab.postmortem import CrashReport, PanicReport
from tisslab.report.record import event_name, outcome_record
from tisslab.report.text import print_boot_times, print_machines, print_outcome
from tisslab.session import Moment
from tisslab.verdict import Fault, Kind, Verdict

PANIC = KernelPanicked("a.c:1: [x] = 1", pc=16, sp=32, fp=48, cause=0xD, address=8, thread=0, registers=(1, 2, 3, 4, 5))
CALLS = (Call(16, "inner", "a.c", 1, inlined=True), Call(16, "outer", "a.c", 9), Call(64, "", "", 0))


def outcome(kind: Kind, status: int, *, panic: PanicReport | None = None) -> Outcome:
    crash = ServerCrashed("echo", fault=0, address=0, pc=0x400000, access=2, cause=6, sp=0)
    moments = (
        Moment(1.234, ServerStarted("echo", 1)),
        Moment(2, SystemReady()),
        Moment(3, crash),
        Moment(3.5, RunInterrupted("SIGTERM")),
        Moment(4, PANIC),
        Moment(5, MachineStopped(exit_code=3)),
    )
    return Outcome(
        machine=MACHINES[0],
        accelerator="tcg",
        verdict=Verdict(kind, status, Fault.KERNEL, "the sentence"),
        boot_ms=1.0,
        ready_ms=None,
        wall_ms=5.0,
        moments=moments,
        panic=panic,
        crashes=(CrashReport(crash, "echo crashed", CALLS[1:2]),),
    )


PANICKED = outcome(Kind.PANICKED, 255, panic=PanicReport(PANIC, dict(zip("abcde", PANIC.registers, strict=True)), CALLS))


def test_the_record_is_whole_and_is_json() -> None:
    record = json.loads(json.dumps(outcome_record(PANICKED)))
    assert (record["verdict"], record["exit_status"], record["fault"]) == ("panicked", 255, "kernel")
    assert (record["arch"], record["machine"], record["boot_ms"], record["ready_ms"]) == ("x86_64", "q35", 1.0, None)
    assert record["panic"]["registers"] == {"a": "0x1", "b": "0x2", "c": "0x3", "d": "0x4", "e": "0x5"}
    assert record["panic"]["backtrace"][0] == {"address": "0x10", "function": "inner", "file": "a.c", "line": 1, "inlined": True}
    assert record["events"][0] == {"ms": 1.23, "event": "server_started", "name": "echo", "starts": 1}
    assert record["events"][3] == {"ms": 3.5, "event": "run_interrupted", "cause": "SIGTERM"}
    assert record["crashes"][0]["place"][0]["function"] == "outer"


def test_events_have_names_in_words() -> None:
    assert event_name(SystemReady()) == "system_ready"


def test_a_panic_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcome(PANICKED, interactive=False)
    out, err = capsys.readouterr()
    assert out == ""
    assert "kernel panic: a.c:1: [x] = 1\n" in err
    assert "  a 0000000000000001  b 0000000000000002  c 0000000000000003  d 0000000000000004\n  e 0000000000000005\n" in err
    assert "#0  0x0000000000000010 inner (inlined) at a.c:1\n" in err
    assert "#2  0x0000000000000040 ?\n" in err
    assert "\x1b" not in err


def test_only_what_has_to_be_said_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcome(outcome(Kind.EXITED, 3), interactive=False)
    assert capsys.readouterr().err == ""
    print_outcome(outcome(Kind.EXITED, 3), interactive=True)
    assert "the sentence, after 0.0 s" in capsys.readouterr().err
    print_outcome(outcome(Kind.LOST, 125), interactive=False)
    assert capsys.readouterr().err == "tisslab: the sentence\n"


def test_boot_times(capsys: pytest.CaptureFixture[str]) -> None:
    times = BootTimes(MACHINES[0], "release", rounds=10, boot_ms=51.904, ready_ms=60, floor_ms=41.5)
    print_boot_times(times)
    out = capsys.readouterr().out
    assert "x86_64 q35, release, medians of 10" in out
    assert "10.4" in out
    record = times.record()
    assert (record["over_floor_ms"], record["ready_over_floor_ms"], record["rounds"]) == (10.4, 18.5, 10)


def test_a_table_in_a_pipe_keeps_a_line_for_each_row(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_machines(MACHINES)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == [machine.name for machine in MACHINES]
