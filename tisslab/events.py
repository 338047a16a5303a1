"""What can happen to a machine, as frozen facts in the past tense.

Three parties speak: the system, through the lab channel (`SystemReady` to `Measured`); the kernel, through its panic record; and
whoever runs the machine: the engine, the clock and the user.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class SystemReady:
    """Every server of the manifest is up, and the shell is about to prompt."""


@dataclass(frozen=True)
class ServerStarted:
    """A server was started; `starts` counts this time too."""

    name: str
    starts: int


@dataclass(frozen=True)
class ServerCrashed:
    """A server faulted: `fault` is an ABI fault kind, `access` the rights it needed, `cause` the architecture's code; the rest addresses."""

    name: str
    fault: int
    address: int
    pc: int
    access: int
    cause: int
    sp: int


@dataclass(frozen=True)
class ExitRequested:
    """The system was asked to power off with this status, 0 to 255."""

    status: int


@dataclass(frozen=True)
class TestPassed:
    """A case of the guest suite ended, and everything that it expected was so."""

    __test__: ClassVar[bool] = False  # the name means nothing to pytest

    name: str


@dataclass(frozen=True)
class TestFailed:
    """A case of the guest suite ended: `message` is the fact that does not hold, with its values, at a line of a file (0: none)."""

    __test__: ClassVar[bool] = False

    name: str
    file: str
    line: int
    message: str

    @property
    def sentence(self) -> str:
        """Which case failed, where and why."""
        where = f"{self.file}:{self.line}: " if self.file else ""
        return f"the test '{self.name}' failed: {where}{self.message}"


@dataclass(frozen=True)
class Measured:
    """A program that measures has counted something `samples` times: the least and the most that it was."""

    name: str
    samples: int
    least: int
    most: int


@dataclass(frozen=True)
class ChannelBroken:
    """The lab channel holds what the ABI does not allow; `sentence` says what."""

    sentence: str


@dataclass(frozen=True)
class KernelPanicked:
    """The kernel stopped itself. Addresses and registers (in the order of the ABI's struct registers) as it left them."""

    message: str
    pc: int
    sp: int
    fp: int
    cause: int
    address: int
    thread: int
    registers: tuple[int, ...]


@dataclass(frozen=True)
class ConsoleWritten:
    """The guest wrote these bytes to its console."""

    data: bytes


@dataclass(frozen=True)
class MachineStopped:
    """The machine's process ended: by itself with `exit_code`, or by a signal.

    `complaint` is its last word on standard error, `reset` says that the guest reset the machine.
    """

    exit_code: int | None = None
    signal: int | None = None
    complaint: str = ""
    reset: bool = False


@dataclass(frozen=True)
class MachineFailed:
    """The machine stands still for a reason of its own, such as an error inside the accelerator."""

    reason: str


@dataclass(frozen=True)
class TimeRanOut:
    """The run was given this many seconds, and they have passed."""

    seconds: float


@dataclass(frozen=True)
class RunInterrupted:
    """The lab was asked by a signal to end the run, or nobody reads its output any more; `cause` names which."""

    cause: str


@dataclass(frozen=True)
class UserLeft:
    """The user left the interactive console."""


ChannelEvent = SystemReady | ServerStarted | ServerCrashed | ExitRequested | TestPassed | TestFailed | Measured
EngineEvent = ConsoleWritten | MachineStopped | MachineFailed
Event = ChannelEvent | EngineEvent | ChannelBroken | KernelPanicked | TimeRanOut | RunInterrupted | UserLeft
