"""A session: an engine, the wire that is read from its memory, and the verdict on what happened.

    engine ──console, stop──▶ session ──events──▶ whoever watches
    memory ──channel, panic──▶   │
    script ──typed once ready──▶ ▼
                              verdict

The channel cannot interrupt the host, so the session looks at it whenever anything else happens, and every few milliseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType

from tisslab.engine.base import Engine
from tisslab.errors import ProtocolError
from tisslab.events import (
    ChannelBroken,
    ConsoleWritten,
    Event,
    ExitRequested,
    KernelPanicked,
    MachineFailed,
    MachineStopped,
    RunInterrupted,
    SystemReady,
    TimeRanOut,
    UserLeft,
)
from tisslab.kernel_file import Wiring
from tisslab.verdict import Verdict, judge
from tisslab.wire import ChannelReader, look_at_panic

POLL_BEFORE_READY = 0.001
POLL_AFTERWARDS = 0.02
"""Seconds between two looks at the lab channel while nothing else happens."""

STOP_PATIENCE = 1.0
"""Seconds that a machine has to stop by itself once its kernel has panicked or its system has asked for the exit."""

END_OF_INPUT = b"\x04"
"""Ctrl-D: at a prompt it ends the shell with the status of its last command."""

ENDINGS = (MachineStopped, MachineFailed, ChannelBroken, TimeRanOut, RunInterrupted, UserLeft)
"""After one of these a session is over at once."""


@dataclass(frozen=True)
class Moment:
    """An event and when the lab saw it, in milliseconds since the machine was started."""

    ms: float
    event: Event


class Session:
    """One run of one machine. `wiring` is None for a foreign kernel, whose console is all that it has.

    Use it as an asynchronous context manager: leaving it ends the machine on every path. What the machine's memory holds can be read
    until then.
    """

    def __init__(self, engine: Engine, *, wiring: Wiring | None) -> None:
        self.engine = engine
        self.moments: list[Moment] = []
        """Everything that happened, console output left out."""
        self.boot_ms: float | None = None
        """When user space (a foreign guest: anything) first wrote to the console, in ms."""
        self.ready_ms: float | None = None
        """When the system was seen to be ready, in ms."""
        self._wiring = wiring
        self._channel = ChannelReader()
        self._ready = asyncio.Event()
        self._ended = asyncio.Event()
        self._stop_by: float | None = None

    async def __aenter__(self) -> Session:
        if self._wiring is None:
            self._ready.set()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            await self.engine.stop()
        finally:
            self.engine.close()

    # ------------------------------------------------------------ what has happened

    @property
    def events(self) -> list[Event]:
        """The events alone."""
        return [moment.event for moment in self.moments]

    @property
    def over(self) -> bool:
        """Has the run ended?"""
        return self._ended.is_set()

    @property
    def is_ready(self) -> bool:
        """Has the system said that it is ready? A foreign guest counts as ready from the start."""
        return self._ready.is_set()

    @property
    def panic(self) -> KernelPanicked | None:
        """The kernel's panic, if it did."""
        return next((event for event in self.events if isinstance(event, KernelPanicked)), None)

    def verdict(self) -> Verdict | None:
        """The verdict so far, None while nothing has decided it."""
        return judge(self.events, exit_device=self.engine.machine.exit_device, speaks=self._wiring is not None)

    def elapsed_ms(self) -> float:
        """Milliseconds since the machine was started."""
        return (time.monotonic() - self.engine.started) * 1000

    def record(self, event: Event, *, ms: float | None = None) -> None:
        """Note that something happened, now or at `ms`; a user's or signal's event ends the run."""
        moment = Moment(self.elapsed_ms() if ms is None else ms, event)
        self.moments.append(moment)
        if isinstance(event, SystemReady):
            self.ready_ms = moment.ms
            self._ready.set()
        if isinstance(event, KernelPanicked | ExitRequested) and self._stop_by is None:
            self._stop_by = time.monotonic() + STOP_PATIENCE
        if isinstance(event, ENDINGS):
            self._ended.set()

    # ------------------------------------------------------------ one step

    async def advance(self, patience: float) -> list[Event]:
        """Let the machine run for at most `patience` seconds, or until something happens, and return what happened.

        All that one step sees has one time: the clock read twice would put in order what nobody saw in order.
        """
        poll = POLL_AFTERWARDS if self._wiring is None or self.is_ready else POLL_BEFORE_READY
        event = await self.engine.next(min(patience, poll))
        arrived = self.elapsed_ms()
        seen = len(self.moments)
        self._look(arrived)
        happened: list[Event] = [moment.event for moment in self.moments[seen:]]
        if isinstance(event, ConsoleWritten):
            self._note_output(arrived)
            happened.insert(0, event)
        elif event is not None:
            self.record(event, ms=arrived)
            happened.append(event)
        if self._stop_by is not None and time.monotonic() > self._stop_by:
            self._ended.set()
        return happened

    def _note_output(self, ms: float) -> None:
        """Firmware may write first: the output is user space's if init has spoken on the channel."""
        if self.boot_ms is None and (self._wiring is None or self._channel.consumed):
            self.boot_ms = ms

    def _look(self, ms: float) -> None:
        """Look at the lab channel and at the panic record; what is new there was seen at `ms`."""
        if self._wiring is None or self.over:
            return
        try:
            for event in self._channel.look(partial(self._read_at, self._wiring.lab_channel)):
                self.record(event, ms=ms)
        except ProtocolError as error:
            self.record(ChannelBroken(str(error)), ms=ms)
        if self.panic is None:
            panic = look_at_panic(partial(self._read_at, self._wiring.panic_record))
            if panic is not None:
                self.record(panic, ms=ms)

    def _read_at(self, start: int, offset: int, size: int) -> bytes:
        return self.engine.read(start + offset, size)

    # ------------------------------------------------------------ a whole run

    async def run(
        self,
        *,
        script: AsyncIterator[bytes] | None,
        watch: Callable[[Event], Awaitable[None]],
        timeout: float | None,
    ) -> Verdict:
        """Type the script, hand every event to `watch`, and return the verdict when the run is over.

        `timeout` is in seconds from the machine's start. With a script that is None nothing is typed, not even the end of input.
        """
        tasks = [asyncio.create_task(self._watch(watch)), asyncio.create_task(self._ended.wait())]
        typing = asyncio.create_task(self._type(script)) if script is not None else None
        try:
            patience = None if timeout is None else max(0.0, self.engine.started + timeout - time.monotonic())
            done, _ = await asyncio.wait(tasks, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if not done and timeout is not None:
                self.record(TimeRanOut(timeout))
            for task in done:
                task.result()
            if typing is not None and typing.done():
                typing.result()
        finally:
            unfinished = [task for task in (*tasks, typing) if task is not None and not task.done()]
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        self._look_once_more()
        verdict = self.verdict()
        assert verdict is not None, f"a run ended by none of its events: {self.events}"
        return verdict

    def _look_once_more(self) -> None:
        """What the guest recorded in its last moment counts, even if the clock or a user was quicker."""
        self._ended.clear()
        self._look(self.elapsed_ms())
        self._ended.set()

    async def _watch(self, watch: Callable[[Event], Awaitable[None]]) -> None:
        while not self.over:
            for event in await self.advance(POLL_AFTERWARDS):
                await watch(event)

    async def _type(self, script: AsyncIterator[bytes]) -> None:
        """Type what the script gives once the system is ready, then the end of input: a foreign guest gets its power button pressed."""
        await self._ready.wait()
        last = b"\n"
        async for data in script:
            await self.engine.type(data)
            last = data[-1:] or last
        if self._wiring is None:
            await self.engine.power_down()
            return
        if last not in b"\r\n":
            await self.engine.type(b"\n")  # Ctrl-D counts at the start of a line only
        await self.engine.type(END_OF_INPUT)


@contextlib.asynccontextmanager
async def started(session: Session) -> AsyncIterator[Session]:
    """Start a session's engine and enter it; the machine is ended on every path."""
    try:
        session.engine.start()
    except BaseException:
        session.engine.close()
        raise
    async with session:
        yield session
