"""Whole sessions on the scripted engine: everything above the machine, no process, in milliseconds."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator

import pytest

from tisslab import _abi, session
from tisslab._abi import EventKind
from tisslab.engine.scripted import (
    CHANNEL_ADDRESS,
    PANIC_ADDRESS,
    Panicked,
    Poked,
    PoweredDown,
    Recorded,
    ScriptedEngine,
    Step,
    Stopped,
    Typed,
    Written,
)
from tisslab.events import (
    ConsoleWritten,
    EngineEvent,
    Event,
    ExitRequested,
    KernelPanicked,
    MachineFailed,
    MachineStopped,
    RunInterrupted,
    ServerCrashed,
    ServerStarted,
    SystemReady,
    UserLeft,
)
from tisslab.kernel_file import Wiring
from tisslab.machine import MACHINES
from tisslab.session import Session, started
from tisslab.verdict import Kind, Verdict

LONG = 20.0
"""Seconds that nothing takes, not even on a busy host: what is above waited for the clock."""
WIRING = Wiring(lab_channel=CHANNEL_ADDRESS, panic_record=PANIC_ADDRESS)
PANIC = KernelPanicked("cap.c:12: depth 70 <= 64", pc=1, sp=2, fp=3, cause=4, address=5, thread=6, registers=(7, 8))
BOOT: list[Step] = [
    Recorded(EventKind.STARTED, ("console", 0)),
    Recorded(EventKind.STARTED, ("shell", 0)),
    Recorded(EventKind.READY),
    Written(b"tiss> "),
]
OFF: list[Step] = [Recorded(EventKind.EXIT, (0,)), Stopped(MachineStopped(exit_code=1))]


class Played:
    """One session that has been run."""

    def __init__(self, transcript: list[Step], *, wiring: Wiring | None = WIRING) -> None:
        self.engine = ScriptedEngine(MACHINES[0], transcript)
        self.session = Session(self.engine, wiring=wiring)
        self.watched: list[Event] = []

    async def watch(self, event: Event) -> None:
        self.watched.append(event)

    def run(self, script: bytes | None = b"", *, timeout: float | None = 5.0, note: Event | None = None) -> Verdict:
        async def typed() -> AsyncIterator[bytes]:
            for start in range(0, len(script or b""), 3):
                yield (script or b"")[start : start + 3]

        async def whole() -> Verdict:
            async with started(self.session) as session:
                if note is not None:
                    asyncio.get_running_loop().call_later(0.02, session.record, note)
                return await session.run(script=None if script is None else typed(), watch=self.watch, timeout=timeout)

        return asyncio.run(whole())

    @property
    def console(self) -> bytes:
        return b"".join(event.data for event in self.watched if isinstance(event, ConsoleWritten))


def test_a_whole_session_runs_in_under_a_second() -> None:
    # the best of some: the host may be busy with other tests
    assert min(seconds_of_a_session() for _ in range(3)) < 1


def seconds_of_a_session() -> float:
    clock = time.monotonic()
    played = Played([*BOOT, Typed(b"ping 2\n"), Written(b"2 round trips\ntiss> "), Typed(b"\x04"), Recorded(EventKind.EXIT, (3,)), OFF[1]])
    verdict = played.run(b"ping 2\n")
    assert (verdict.kind, verdict.exit_status) == (Kind.EXITED, 3)
    assert played.console == b"tiss> 2 round trips\ntiss> "
    assert played.watched[0] == ServerStarted("console", 0)
    assert [type(event) for event in played.session.events] == [ServerStarted, ServerStarted, SystemReady, ExitRequested, MachineStopped]
    assert played.session.boot_ms is not None
    assert played.session.ready_ms is not None
    assert played.engine.closed
    return time.monotonic() - clock


def test_nothing_is_typed_before_the_system_is_ready() -> None:
    played = Played([Recorded(EventKind.STARTED, ("console", 0)), Written(b"early")])
    assert played.run(b"help\n", timeout=0.1).kind is Kind.TIMED_OUT
    assert played.engine.typed == b""


def test_an_unfinished_last_line_is_finished_before_the_end_of_input() -> None:
    played = Played([*BOOT, Typed(b"exit 4\n\x04"), Recorded(EventKind.EXIT, (4,)), OFF[1]])
    assert played.run(b"exit 4").exit_status == 4


def test_no_script_types_nothing_at_all() -> None:
    played = Played(BOOT)
    assert played.run(None, timeout=0.1).kind is Kind.TIMED_OUT
    assert played.engine.typed == b""


def test_what_firmware_writes_is_not_user_spaces() -> None:
    played = Played([Written(b"OpenSBI\n")])
    played.run(timeout=0.05)
    assert played.session.boot_ms is None
    assert played.console == b"OpenSBI\n"


def test_what_one_step_sees_has_one_time() -> None:
    # init speaks on the channel after the step has taken the byte and before it has looked
    played = Played([Written(b"TissOS\n")])
    take = played.engine.next

    async def take_and_speak(patience: float) -> EngineEvent | None:
        event = await take(patience)
        if event is not None:
            played.engine.record(EventKind.STARTED, ("console", 0))
        return event

    played.engine.next = take_and_speak  # type: ignore[method-assign]
    played.run(None, timeout=0.05)
    assert played.session.boot_ms == played.session.moments[0].ms


def test_a_panic_ends_the_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "STOP_PATIENCE", LONG)
    clock = time.monotonic()
    played = Played([*BOOT, Panicked(PANIC), Written(b"kernel panic"), Stopped(MachineStopped(exit_code=255))])
    verdict = played.run(None, timeout=2 * LONG)
    assert (verdict.kind, verdict.exit_status) == (Kind.PANICKED, 255)
    assert played.session.panic == PANIC
    assert played.console.endswith(b"kernel panic")
    assert time.monotonic() - clock < LONG


def test_a_panicked_machine_that_does_not_stop_is_not_waited_for() -> None:
    clock = time.monotonic()
    assert Played([*BOOT, Panicked(PANIC)]).run(None, timeout=2 * LONG).kind is Kind.PANICKED
    assert time.monotonic() - clock < LONG


def test_a_system_that_asked_for_its_exit_and_hangs_is_ended() -> None:
    clock = time.monotonic()
    assert Played([*BOOT, Recorded(EventKind.EXIT, (9,))]).run(None, timeout=2 * LONG).exit_status == 9
    assert time.monotonic() - clock < LONG


def test_a_crash_is_told_and_the_run_goes_on() -> None:
    crash = Recorded(EventKind.CRASHED, ("echo", 0, 0x10, 0x400000, 2, 6, 0x3F00))
    played = Played([*BOOT, crash, Recorded(EventKind.STARTED, ("echo", 1)), Typed(b"\x04"), *OFF])
    assert played.run().exit_status == 0
    assert ServerCrashed("echo", fault=0, address=0x10, pc=0x400000, access=2, cause=6, sp=0x3F00) in played.watched
    assert ServerStarted("echo", 1) in played.watched


def test_a_broken_channel_loses_the_run() -> None:
    verdict = Played([*BOOT, Poked(_abi.LabChannel.OFFSETS["written"], struct.pack("<Q", 10**6))]).run(None)
    assert (verdict.kind, verdict.exit_status) == (Kind.LOST, 125)
    assert "overrun" in verdict.sentence


@pytest.mark.parametrize(("note", "kind", "status"), [(RunInterrupted("SIGTERM"), Kind.INTERRUPTED, 130), (UserLeft(), Kind.LEFT, 0)])
def test_a_user_or_signal_ends_the_run(note: Event, kind: Kind, status: int) -> None:
    verdict = Played(BOOT).run(None, timeout=30, note=note)
    assert (verdict.kind, verdict.exit_status) == (kind, status)


def test_a_machine_that_stops_without_a_word_is_lost() -> None:
    verdict = Played([*BOOT, Stopped(MachineStopped(signal=9))]).run(None)
    assert (verdict.kind, verdict.exit_status) == (Kind.LOST, 125)


def test_a_machine_that_fails_ends_the_run() -> None:
    verdict = Played(BOOT).run(None, timeout=30, note=MachineFailed("an error inside the accelerator"))
    assert (verdict.kind, verdict.exit_status) == (Kind.LOST, 125)


def test_what_was_recorded_in_the_last_moment_counts() -> None:
    # the guest asks for its exit between the session's last look and the end of the run
    played = Played(BOOT)

    async def run() -> Verdict:
        def end() -> None:
            played.engine.record(EventKind.EXIT, (6,))
            played.session.record(UserLeft())

        async with started(played.session) as session:
            asyncio.get_running_loop().call_later(0.05, end)
            return await session.run(script=None, watch=played.watch, timeout=5)

    verdict = asyncio.run(run())
    assert (verdict.kind, verdict.exit_status) == (Kind.EXITED, 6)


def test_a_foreign_guest_is_typed_to_at_once_and_gets_its_power_button_pressed() -> None:
    transcript: list[Step] = [Typed(b"uname\n"), Written(b"Linux\n"), PoweredDown(), Stopped(MachineStopped(exit_code=0))]
    played = Played(transcript, wiring=None)
    verdict = played.run(b"uname\n")
    assert (verdict.kind, verdict.exit_status) == (Kind.EXITED, 0)
    assert played.engine.typed == b"uname\n"
    assert played.session.boot_ms is not None


def test_a_watcher_that_fails_ends_the_machine() -> None:
    played = Played([*BOOT])

    async def fail(event: Event) -> None:
        raise BrokenPipeError

    played.watch = fail  # type: ignore[method-assign]
    with pytest.raises(BrokenPipeError):
        played.run(None)
    assert played.engine.closed


def test_a_watcher_that_blocks_does_not_stop_the_clock() -> None:
    played = Played([*BOOT])

    async def block(event: Event) -> None:
        await asyncio.sleep(3 * LONG)

    played.watch = block  # type: ignore[method-assign]
    clock = time.monotonic()
    assert played.run(None, timeout=0.1).kind is Kind.TIMED_OUT
    assert time.monotonic() - clock < LONG
