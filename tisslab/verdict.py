"""What became of a run: a pure function of its events. Console text has no say in it.

Who is heard, in this order: the kernel's panic; a broken channel; the exit that the system asked for; the user, a signal, the clock;
and last the way the machine's process ended, which is all that a foreign kernel has.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tisslab.errors import EXIT_INTERRUPTED, EXIT_MACHINE_LOST, EXIT_OK, EXIT_PANICKED, EXIT_TIMED_OUT
from tisslab.events import (
    ChannelBroken,
    Event,
    ExitRequested,
    KernelPanicked,
    MachineFailed,
    MachineStopped,
    RunInterrupted,
    SystemReady,
    TestFailed,
    TimeRanOut,
    UserLeft,
)
from tisslab.machine import ExitDevice


class Kind(StrEnum):
    """How a run ended."""

    EXITED = "exited"
    PANICKED = "panicked"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    INTERRUPTED = "interrupted"
    LEFT = "left"


class Fault(StrEnum):
    """Whose fault it is that a run did not end by the guest's own will."""

    NOBODY = "nobody"
    KERNEL = "kernel"
    SYSTEM = "system"
    """The guest as a whole: its user space or, of a foreign guest, any part of it."""
    MACHINE = "machine"
    USER = "user"


@dataclass(frozen=True)
class Verdict:
    """How a run ended, the exit status of `tisslab boot`, whose fault it is, and one sentence that says so."""

    kind: Kind
    exit_status: int
    fault: Fault
    sentence: str


def judge(events: Sequence[Event], *, exit_device: ExitDevice, speaks: bool) -> Verdict | None:
    """Return the verdict on a run with these events, or None if none of them ends it.

    `speaks` says that the kernel has a lab channel, so that a machine that stops without an exit record is lost.
    """
    verdicts = [verdict for event in events if (verdict := _verdict_on(event, events, speaks=speaks)) is not None]
    if verdicts:
        return min(verdicts, key=lambda verdict: verdict[0])[1]
    stops = [event for event in events if isinstance(event, MachineStopped)]
    return _verdict_on_stop(stops[0], exit_device=exit_device, speaks=speaks) if stops else None


def _verdict_on(event: Event, events: Sequence[Event], *, speaks: bool) -> tuple[int, Verdict] | None:
    """The verdict that one event alone decides, with its rank among such."""
    match event:
        case KernelPanicked(message=message):
            return 0, Verdict(Kind.PANICKED, EXIT_PANICKED, Fault.KERNEL, f"the kernel panicked: {message}")
        case ChannelBroken(sentence=sentence):
            return 1, Verdict(Kind.LOST, EXIT_MACHINE_LOST, Fault.SYSTEM, sentence)
        case ExitRequested(status=status):
            failed = next((event for event in events if isinstance(event, TestFailed)), None)
            sentence = failed.sentence if failed else f"the system ended with status {status}"
            return 2, Verdict(Kind.EXITED, status, Fault.NOBODY, sentence)
        case UserLeft():
            return 3, Verdict(Kind.LEFT, EXIT_OK, Fault.NOBODY, "the user left the machine")
        case RunInterrupted(cause=cause):
            return 3, Verdict(Kind.INTERRUPTED, EXIT_INTERRUPTED, Fault.USER, f"the run was interrupted: {cause}")
        case TimeRanOut(seconds=seconds):
            where = f" ({'after' if SystemReady() in events else 'before'} it was ready)" if speaks else ""
            sentence = f"the system did not end within {seconds:g} s{where}: --timeout gives it more"
            return 4, Verdict(Kind.TIMED_OUT, EXIT_TIMED_OUT, Fault.SYSTEM, sentence)
        case MachineFailed(reason=reason):
            return 5, Verdict(Kind.LOST, EXIT_MACHINE_LOST, Fault.MACHINE, f"the machine stands still: {reason}")
        case _:
            return None


def _verdict_on_stop(stop: MachineStopped, *, exit_device: ExitDevice, speaks: bool) -> Verdict:
    def lost(fault: Fault, sentence: str) -> Verdict:
        return Verdict(Kind.LOST, EXIT_MACHINE_LOST, fault, sentence)

    if stop.signal is not None:
        return lost(
            Fault.MACHINE, f"QEMU was killed in mid-run by {signal.Signals(stop.signal).name}: {stop.complaint or 'start it again'}"
        )
    # 1 is also what isa-debug-exit makes of 0 and sifive_test of 1, but QEMU never fails without a word
    if stop.exit_code == 1 and stop.complaint:
        return lost(
            Fault.MACHINE, f"QEMU could not run the machine: {stop.complaint} (what follows '--', and --memory and --accel, are its own)"
        )
    if stop.reset:
        return lost(Fault.KERNEL, "the guest reset the machine instead of ending it, as a triple fault does")
    if speaks:
        return lost(Fault.KERNEL, f"the machine stopped (QEMU's exit code {stop.exit_code}) without an exit record or a panic record")
    status = exit_device.status(stop.exit_code or 0)
    return Verdict(Kind.EXITED, status, Fault.NOBODY, f"the guest ended with status {status}")
