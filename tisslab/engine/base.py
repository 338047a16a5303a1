"""The interface of an engine."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tisslab.events import EngineEvent
from tisslab.machine import Machine


class Engine(ABC):
    """One machine, from power on to power off.

    `start` is called once, `close` at least once and on every path; after `MachineStopped` only `read` and `close` make sense.
    """

    machine: Machine
    started: float = 0.0
    """When the machine was started, in seconds of time.monotonic."""

    @abstractmethod
    def start(self) -> None:
        """Switch the machine on. Errors: ToolMissingError, MachineError."""

    @abstractmethod
    async def next(self, patience: float) -> EngineEvent | None:
        """Wait at most `patience` seconds for the next event. The last one is `MachineStopped`. Cancelling it loses nothing."""

    @abstractmethod
    async def type(self, data: bytes) -> None:
        """Type bytes into the console, and return when the machine has taken them. A machine that has stopped takes none, silently."""

    @abstractmethod
    async def power_down(self) -> None:
        """Ask the guest to power off, as its power button would."""

    @abstractmethod
    def read(self, paddr: int, size: int) -> bytes:
        """Read guest memory at a physical address, without stopping the guest. Errors: ValueError outside its memory."""

    @abstractmethod
    async def stop(self) -> None:
        """End the machine if it still runs. Its memory stays readable. May be called again."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back, the machine ended if it still runs. May be called again, and without an event loop."""

    def output(self) -> str:
        """Return what the program that models the machine said on its own behalf, until `close`."""
        return ""
