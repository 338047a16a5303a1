"""Runs a plan to its end: machine, console, signals and terminal brought together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from tisslab.boot_plan import BootPlan
from tisslab.engine.base import Engine
from tisslab.engine.qemu import QemuEngine
from tisslab.errors import BadInputError
from tisslab.events import ConsoleWritten, Event, RunInterrupted, ServerCrashed, UserLeft
from tisslab.outcome import Outcome
from tisslab.postmortem import CrashReport, PanicReport, explain_crash, explain_panic
from tisslab.session import Session, started
from tisslab.streams import read_chunks, write_all
from tisslab.terminal import HELP, Keyboard, RawTerminal, Wish
from tisslab.verdict import Kind

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Surroundings:
    """Where a run's console goes: descriptors of input and output, and whether both are one user's terminal."""

    input: int
    output: int
    interactive: bool

    @classmethod
    def find(cls, *, output: int) -> Surroundings:
        """The process's own standard input, and the given output."""
        interactive = os.isatty(0) and os.isatty(output)
        return cls(input=0, output=output, interactive=interactive)


def run_plan(plan: BootPlan, surroundings: Surroundings, *, timeout: float | None) -> Outcome:
    """Boot, and return what became of it; `timeout` in seconds. The machine is gone when this returns, however it returns.

    Errors: ToolMissingError, MachineError.
    """
    return asyncio.run(BootRun(plan, QemuEngine(plan), surroundings).run(timeout))


class BootRun:
    """One run of one plan."""

    def __init__(self, plan: BootPlan, engine: Engine, surroundings: Surroundings) -> None:
        self._plan = plan
        self._surroundings = surroundings
        self._session = Session(engine, wiring=plan.kernel.wiring)
        self._crashes: list[CrashReport] = []
        self._line_is_open = False

    async def run(self, timeout: float | None) -> Outcome:
        """Run it to its end."""
        async with started(self._session) as session:
            with self._signals(), self._input() as script:
                try:
                    await session.run(script=script, watch=self._watch, timeout=timeout)
                except BrokenPipeError:
                    session.record(RunInterrupted("nobody reads the output any more"))
            verdict = session.verdict()
            assert verdict is not None, "a run that is over has a verdict"
            await session.engine.stop()
            self._end_line()
            self._repeat_words_of_engine(told=verdict.sentence if verdict.kind is Kind.LOST else "")
            return Outcome(
                machine=self._plan.machine,
                accelerator=self._plan.accelerator,
                verdict=verdict,
                boot_ms=session.boot_ms,
                ready_ms=session.ready_ms,
                wall_ms=session.elapsed_ms(),
                moments=tuple(session.moments),
                panic=self._panic(),
                crashes=tuple(self._crashes),
            )

    # ------------------------------------------------------------ output

    async def _watch(self, event: Event) -> None:
        if isinstance(event, ConsoleWritten):
            self._line_is_open = not event.data.endswith(b"\n")
            await write_all(self._surroundings.output, event.data)
        elif isinstance(event, ServerCrashed):
            from tisslab.report.text import print_crash

            self._crashes.append(explain_crash(event, self._plan.programs))
            print_crash(self._crashes[-1])

    def _end_line(self) -> None:
        """On a terminal what the lab has to say does not follow the prompt; elsewhere the output is the guest's alone."""
        if self._surroundings.interactive and self._line_is_open:
            with contextlib.suppress(OSError):  # a terminal that is gone needs no line
                os.write(self._surroundings.output, b"\n")

    def _panic(self) -> PanicReport | None:
        panic = self._session.panic
        if panic is None:
            return None
        try:
            return explain_panic(panic, self._plan.kernel.path, self._session.engine.read)
        except BadInputError:
            return PanicReport(panic, {}, ())

    def _repeat_words_of_engine(self, *, told: str) -> None:
        """QEMU's warnings and logs, but for what the verdict says already."""
        for line in self._session.engine.output().splitlines():
            if line.partition(": ")[2] not in told or not told:
                print(line, file=sys.stderr)

    # ------------------------------------------------------------ input

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._session.record, RunInterrupted(signal.Signals(number).name))
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    @contextlib.contextmanager
    def _input(self) -> Iterator[AsyncIterator[bytes]]:
        if not self._surroundings.interactive:
            yield read_chunks(self._surroundings.input)
            return
        hung_up = RunInterrupted("the terminal is gone")
        keyboard = Keyboard(self._surroundings.input, act=self._act, hang_up=lambda: self._session.record(hung_up))
        with RawTerminal(self._surroundings.input), keyboard:
            yield keyboard.keys()

    def _act(self, wish: Wish) -> None:
        if wish is Wish.LEAVE:
            self._session.record(UserLeft())
        else:
            os.write(self._surroundings.output, HELP.encode())
            self._line_is_open = False
