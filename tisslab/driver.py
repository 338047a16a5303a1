"""Drives a machine step by step from ordinary, synchronous code: what the pytest fixtures hand out.

The machine runs on its own; the lab listens only while one of these calls does. What the guest writes meanwhile waits in the console's
socket, and the guest waits when that is full.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from tisslab.boot_plan import BootPlan, BootRequest, make_plan
from tisslab.engine.base import Engine
from tisslab.engine.qemu import QemuEngine
from tisslab.errors import MachineError
from tisslab.events import ConsoleWritten, Event
from tisslab.machine import Machine
from tisslab.session import Session
from tisslab.verdict import Verdict

PATIENCE = 30.0
"""Seconds that a call waits unless told otherwise: far more than a machine needs, also on a busy host."""
PROMPT = b"tiss> "
LOOK = 0.02

Result = TypeVar("Result")
Seen = TypeVar("Seen", bound=Event)


@dataclass(frozen=True)
class Finished:
    """A run that has ended: its verdict, and all that the guest wrote to its console."""

    verdict: Verdict
    output: bytes

    @property
    def exit_status(self) -> int:
        """What `tisslab boot` would have ended with."""
        return self.verdict.exit_status


class System:
    """A machine that was started; see `booted`."""

    def __init__(self, session: Session, runner: asyncio.Runner, *, plan: BootPlan | None = None) -> None:
        self.session = session
        self.plan = plan
        self.console = Console(self)
        self.output = bytearray()
        """All that the guest has written so far."""
        self._runner = runner

    @property
    def machine(self) -> Machine:
        """The machine that it runs on."""
        return self.session.engine.machine

    @property
    def events(self) -> list[Event]:
        """What has happened so far, console output left out."""
        return self.session.events

    def await_(self, job: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine on this machine's event loop."""
        return self._runner.run(job)

    def advance_until(self, condition: Callable[[], bool], *, what: str, patience: float = PATIENCE) -> None:
        """Let the machine run until a condition holds.

        Errors: MachineError if the run ends before, or `patience` seconds pass; `what` names what was awaited.
        """
        deadline = time.monotonic() + patience
        while not condition():
            if self.session.over:
                verdict = self.session.verdict()
                raise MachineError(f"the run ended before {what}: {verdict.sentence if verdict else 'for no known reason'}")
            if time.monotonic() > deadline:
                raise MachineError(f"{what} did not come within {patience:g} s; the console says {bytes(self.output[-200:])!r}")
            self.advance()

    def advance(self) -> list[Event]:
        """Let the machine run for a moment, or until something happens, and return what did."""
        happened = self.await_(self.session.advance(LOOK))
        for event in happened:
            if isinstance(event, ConsoleWritten):
                self.output += event.data
        return happened

    def wait_until_ready(self, *, patience: float = PATIENCE) -> None:
        """Wait for the ready record. Errors: MachineError."""
        self.advance_until(lambda: self.session.is_ready, what="the ready record", patience=patience)

    def wait_for(self, kind: type[Seen], *, patience: float = PATIENCE) -> Seen:
        """Wait until an event of this kind has happened, ever, and return the first one. Errors: MachineError."""

        def seen() -> Seen | None:
            return next((event for event in self.events if isinstance(event, kind)), None)

        self.advance_until(lambda: seen() is not None, what=kind.__name__, patience=patience)
        event = seen()
        assert event is not None
        return event

    def read(self, paddr: int, size: int) -> bytes:
        """Read guest memory at a physical address. Errors: ValueError outside it."""
        return self.session.engine.read(paddr, size)

    def run(self, script: str = "", *, timeout: float = PATIENCE) -> Finished:
        """Type a script and the end of input, and run to the verdict: the exit status is the last command's, and comes out of band.

        `timeout` in seconds from now.
        """
        text = script if not script or script.endswith("\n") else script + "\n"
        limit = time.monotonic() - self.session.engine.started + timeout
        verdict = self.await_(self.session.run(script=_once(text.encode()), watch=self._keep, timeout=limit))
        return Finished(verdict, bytes(self.output))

    def power_off(self) -> Finished:
        """Ask the system to power off, and run to the verdict."""
        return self.run()

    async def _keep(self, event: Event) -> None:
        if isinstance(event, ConsoleWritten):
            self.output += event.data


class Console:
    """A system's console. What is read here is data to look at; whether a test passed is for the verdict to say."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._taken = 0

    def type(self, data: bytes) -> None:
        """Type bytes, and return when the machine has taken them."""
        self._system.await_(self._system.session.engine.type(data))

    def read_until(self, text: bytes, *, patience: float = PATIENCE) -> bytes:
        """Return everything up to and with the next `text`. Errors: MachineError."""
        output = self._system.output
        self._system.advance_until(lambda: output.find(text, self._taken) >= 0, what=f"console output {text!r}", patience=patience)
        end = output.find(text, self._taken) + len(text)
        data = bytes(output[self._taken : end])
        self._taken = end
        return data

    def ask(self, line: bytes, *, patience: float = PATIENCE) -> bytes:
        """Type a line at the prompt and return what is written up to the next prompt, without that. Errors: MachineError."""
        self.read_until(PROMPT, patience=patience)
        self.type(line.rstrip(b"\r\n") + b"\n")
        answer = self.read_until(PROMPT, patience=patience)
        self._taken -= len(PROMPT)  # it stands there for the next line
        return answer.removesuffix(PROMPT)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    if data:
        yield data


@contextlib.contextmanager
def driven(engine: Engine, *, plan: BootPlan | None = None) -> Iterator[System]:
    """Start an engine and hand out its system; it is ended on every path. Without a plan the machine counts as a foreign one."""
    session = Session(engine, wiring=plan.kernel.wiring if plan is not None else None)
    with asyncio.Runner() as runner:
        try:
            engine.start()
            runner.run(session.__aenter__())
            yield System(session, runner, plan=plan)
        finally:
            try:
                runner.run(engine.stop())
            finally:
                engine.close()


@contextlib.contextmanager
def booted(request: BootRequest) -> Iterator[System]:
    """Start what a request asks for. Errors: BadInputError, ToolMissingError, MachineError."""
    plan = make_plan(request)
    with driven(QemuEngine(plan), plan=plan) as system:
        yield system
