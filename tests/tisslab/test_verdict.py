"""The verdict on a run: who is heard before whom, and whose fault it was."""

import pytest

from tisslab.events import (
    ChannelBroken,
    Event,
    ExitRequested,
    KernelPanicked,
    MachineFailed,
    MachineStopped,
    RunInterrupted,
    ServerStarted,
    SystemReady,
    TestFailed,
    TimeRanOut,
    UserLeft,
)
from tisslab.machine import ISA_DEBUG_EXIT, SIFIVE_TEST
from tisslab.verdict import Fault, Kind, Verdict, judge

PANIC = KernelPanicked("it broke", pc=0, sp=0, fp=0, cause=0, address=0, thread=0, registers=())


def verdict_on(*events: Event, speaks: bool = True) -> Verdict:
    verdict = judge(events, exit_device=ISA_DEBUG_EXIT, speaks=speaks)
    assert verdict is not None
    return verdict


@pytest.mark.parametrize(
    ("events", "kind", "status", "fault"),
    [
        ([ExitRequested(7), MachineStopped(exit_code=1)], Kind.EXITED, 7, Fault.NOBODY),
        ([ExitRequested(0), PANIC, MachineStopped(exit_code=255)], Kind.PANICKED, 255, Fault.KERNEL),
        ([ChannelBroken("garbage"), ExitRequested(0)], Kind.LOST, 125, Fault.SYSTEM),
        ([ExitRequested(3), MachineStopped(signal=9)], Kind.EXITED, 3, Fault.NOBODY),
        ([SystemReady(), MachineStopped(signal=9)], Kind.LOST, 125, Fault.MACHINE),
        ([MachineStopped(exit_code=1, complaint="no such thing")], Kind.LOST, 125, Fault.MACHINE),
        ([MachineStopped(exit_code=0, reset=True)], Kind.LOST, 125, Fault.KERNEL),
        ([SystemReady(), MachineStopped(exit_code=0)], Kind.LOST, 125, Fault.KERNEL),
        ([TimeRanOut(5)], Kind.TIMED_OUT, 124, Fault.SYSTEM),
        ([RunInterrupted("SIGTERM")], Kind.INTERRUPTED, 130, Fault.USER),
        ([UserLeft()], Kind.LEFT, 0, Fault.NOBODY),
        ([MachineFailed("an error")], Kind.LOST, 125, Fault.MACHINE),
        ([TimeRanOut(5), ExitRequested(4)], Kind.EXITED, 4, Fault.NOBODY),
    ],
)
def test_the_verdict(events: list[Event], kind: Kind, status: int, fault: Fault) -> None:
    verdict = verdict_on(*events)
    assert (verdict.kind, verdict.exit_status, verdict.fault) == (kind, status, fault)


def test_a_run_that_goes_on_has_none() -> None:
    assert judge([ServerStarted("a", 0), SystemReady()], exit_device=SIFIVE_TEST, speaks=True) is None


def test_a_foreign_kernel_ends_with_its_exit_devices_status() -> None:
    assert verdict_on(MachineStopped(exit_code=11), speaks=False).exit_status == 5
    assert verdict_on(MachineStopped(exit_code=1), speaks=False).exit_status == 0
    reset = verdict_on(MachineStopped(exit_code=0, reset=True), speaks=False)
    assert (reset.kind, reset.exit_status) == (Kind.LOST, 125)


def test_the_sentence_names_the_thing() -> None:
    assert "it broke" in verdict_on(PANIC).sentence
    assert "SIGKILL" in verdict_on(MachineStopped(signal=9)).sentence
    assert "SIGABRT: it failed" in verdict_on(MachineStopped(signal=6, complaint="it failed")).sentence
    assert "before it was ready" in verdict_on(TimeRanOut(5)).sentence
    assert "ready" not in verdict_on(TimeRanOut(5), speaks=False).sentence
    assert "after it was ready" in verdict_on(SystemReady(), TimeRanOut(5)).sentence
    assert "no such thing" in verdict_on(MachineStopped(exit_code=1, complaint="no such thing")).sentence


def test_a_failed_case_of_the_guest_suite_is_told_instead_of_its_status() -> None:
    failed = TestFailed("copy", file="tests/guest/cap.c", line=7, message="this does not hold: 1 == 2")
    verdict = verdict_on(failed, ExitRequested(1), MachineStopped(exit_code=3))
    assert (verdict.kind, verdict.exit_status) == (Kind.EXITED, 1)
    assert verdict.sentence == "the test 'copy' failed: tests/guest/cap.c:7: this does not hold: 1 == 2"
