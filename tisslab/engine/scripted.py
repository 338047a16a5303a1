"""The engine that plays a transcript: no process, no clock, the same session above it.

A transcript is a list of steps. What the guest says on the lab channel is written as real records into real bytes, so that everything
from `wire` up is the code that runs on a machine.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from tisslab import _abi
from tisslab.engine.base import Engine
from tisslab.events import ConsoleWritten, EngineEvent, KernelPanicked, MachineStopped
from tisslab.machine import Machine
from tisslab.wire import CHANNEL_SIZE, PANIC_SIZE, RING_SIZE, RING_START, WORD

CHANNEL_ADDRESS = 0x1000
PANIC_ADDRESS = 0x2000
MEMORY_SIZE = 0x4000


@dataclass(frozen=True)
class Written:
    """The guest writes to its console."""

    data: bytes


@dataclass(frozen=True)
class Recorded:
    """The guest writes a record on the lab channel; `values` are its fields in the ABI's order."""

    kind: _abi.EventKind
    values: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Poked:
    """The guest writes these bytes at an offset of the lab channel, whatever they may mean."""

    offset: int
    data: bytes


@dataclass(frozen=True)
class Typed:
    """The guest waits until exactly this has been typed."""

    data: bytes


@dataclass(frozen=True)
class PoweredDown:
    """The guest waits until its power button has been pressed."""


@dataclass(frozen=True)
class Panicked:
    """The kernel completes its panic record."""

    panic: KernelPanicked


@dataclass(frozen=True)
class Stopped:
    """The machine ends. A transcript without it hangs at its end."""

    stop: MachineStopped


Step = Written | Recorded | Poked | Typed | PoweredDown | Panicked | Stopped


class ScriptedEngine(Engine):
    """Plays `transcript` as if it were a machine. Addresses of its structures: CHANNEL_ADDRESS and PANIC_ADDRESS."""

    def __init__(self, machine: Machine, transcript: Iterable[Step]) -> None:
        self.machine = machine
        self.typed = b""
        """All that was typed."""
        self.closed = False
        self._steps = deque(transcript)
        self._memory = bytearray(MEMORY_SIZE)
        self._written = 0
        self._sequence = 0
        self._awaited = 0
        self._button = False
        self._stirred: asyncio.Event | None = None

    def start(self) -> None:
        self.started = time.monotonic()
        struct.pack_into("<Q", self._memory, CHANNEL_ADDRESS, _abi.ABI_MAGIC)

    async def next(self, patience: float) -> EngineEvent | None:
        self._stirred = self._stirred or asyncio.Event()
        while self._steps and self._is_due(self._steps[0]):
            event = self._play(self._steps.popleft())
            if event is not None:
                return event
            if isinstance(self._steps[0] if self._steps else None, Stopped | Written):
                return None  # what the guest recorded is seen before what follows, as on a machine
        self._stirred.clear()
        try:
            await asyncio.wait_for(self._stirred.wait(), patience)
        except TimeoutError:
            return None
        return None

    def _is_due(self, step: Step) -> bool:
        if isinstance(step, Typed):
            return self.typed[self._awaited :].startswith(step.data)
        return self._button if isinstance(step, PoweredDown) else True

    def _play(self, step: Step) -> EngineEvent | None:
        match step:
            case Written(data=data):
                return ConsoleWritten(data)
            case Recorded(kind=kind, values=values):
                self.record(kind, values)
            case Poked(offset=offset, data=data):
                self._memory[CHANNEL_ADDRESS + offset : CHANNEL_ADDRESS + offset + len(data)] = data
            case Typed(data=data):
                self._awaited += len(data)
            case Panicked(panic=panic):
                self._memory[PANIC_ADDRESS : PANIC_ADDRESS + PANIC_SIZE] = pack_panic(panic)
            case Stopped(stop=stop):
                return stop
            case PoweredDown():
                pass
        return None

    def record(self, kind: _abi.EventKind, values: tuple[str | int, ...]) -> None:
        """Write a record on the lab channel, as the guest does."""
        payload = pack_payload(kind, values)
        record = struct.pack("<HHI", kind, _abi.LabRecord.SIZE + len(payload), self._sequence) + payload
        for place, byte in enumerate(record, start=self._written):
            self._memory[CHANNEL_ADDRESS + RING_START + place % RING_SIZE] = byte
        self._written += len(record)
        self._sequence += 1
        struct.pack_into("<Q", self._memory, CHANNEL_ADDRESS + _abi.LabChannel.OFFSETS["written"], self._written)

    def _stir(self) -> None:
        if self._stirred is not None:
            self._stirred.set()

    async def type(self, data: bytes) -> None:
        self.typed += data
        self._stir()

    async def power_down(self) -> None:
        self._button = True
        self._stir()

    def read(self, paddr: int, size: int) -> bytes:
        if not 0 <= paddr <= paddr + size <= MEMORY_SIZE:
            raise ValueError(f"there are no {size} bytes of RAM at {paddr:#x}")
        return bytes(self._memory[paddr : paddr + size])

    async def stop(self) -> None:
        self._steps.clear()

    def close(self) -> None:
        self.closed = True


def pack_payload(kind: _abi.EventKind, values: tuple[str | int, ...]) -> bytes:
    """Return a record's payload, padded, from its fields' values in order."""
    entry = _abi.EVENTS[kind]
    payload = bytearray((entry.size + WORD - 1) // WORD * WORD)
    for field, value in zip(entry.fields, values, strict=True):
        data = value.encode() if isinstance(value, str) else value.to_bytes(field.size, "little")
        payload[field.offset : field.offset + len(data)] = data
    return bytes(payload)


def pack_panic(panic: KernelPanicked) -> bytes:
    """Return the bytes of struct panic_record."""
    record = bytearray(PANIC_SIZE)
    offsets = _abi.PanicRecord.OFFSETS
    words = ("pc", "sp", "fp", "cause", "address", "thread")
    for name in words:
        struct.pack_into("<Q", record, offsets[name], getattr(panic, name))
    struct.pack_into("<Q", record, offsets["valid"], _abi.ABI_MAGIC)
    struct.pack_into("<Q", record, offsets["count"], len(panic.registers))
    struct.pack_into(f"<{len(panic.registers)}Q", record, offsets["registers"], *panic.registers)
    message = panic.message.encode()[: PANIC_SIZE - offsets["message"] - 1]
    record[offsets["message"] : offsets["message"] + len(message)] = message
    return bytes(record)


assert CHANNEL_SIZE <= PANIC_ADDRESS - CHANNEL_ADDRESS
