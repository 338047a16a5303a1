"""The lab channel and the panic record: bytes of guest memory in, events out. No I/O.

The guest's `init` alone writes the channel (struct lab_channel in kernel/abi/abi.toml): a record wraps around in the ring byte by byte,
and `written` is stored after it. The reader remembers how far it has read; it sees every record as long as it looks before the guest
has written the whole ring once more, and says so if it did not.
"""

from __future__ import annotations

from typing import Protocol, cast

from tisslab import _abi
from tisslab.errors import ProtocolError
from tisslab.events import (
    ChannelEvent,
    ExitRequested,
    KernelPanicked,
    Measured,
    ServerCrashed,
    ServerStarted,
    SystemReady,
    TestFailed,
    TestPassed,
)

CHANNEL_SIZE = _abi.LabChannel.SIZE
PANIC_SIZE = _abi.PanicRecord.SIZE
RING_START = _abi.LabChannel.OFFSETS["ring"]
RING_SIZE = CHANNEL_SIZE - RING_START
WORD = 8


class MemoryReader(Protocol):
    """Reads `size` bytes at an offset from the start of a structure in guest memory, as it is at this moment."""

    def __call__(self, offset: int, size: int, /) -> bytes: ...


def _word(read: MemoryReader, offset: int) -> int:
    return int.from_bytes(read(offset, WORD), "little")


class ChannelReader:
    """Reads the records that were added to one machine's lab channel since it looked last."""

    def __init__(self) -> None:
        self._consumed = 0
        self._sequence = 0

    @property
    def consumed(self) -> int:
        """Bytes of records read so far."""
        return self._consumed

    def look(self, read: MemoryReader) -> list[ChannelEvent]:
        """Return the new events, in order. Before the guest has made the channel there are none.

        Errors: ProtocolError if the guest wrote what the ABI does not allow, or more than the ring holds since the last look.
        """
        magic = _word(read, _abi.LabChannel.OFFSETS["magic"])
        if magic == 0:
            return []
        if magic != _abi.ABI_MAGIC:
            raise ProtocolError(f"the lab channel starts with {magic:#x} instead of the ABI's magic {_abi.ABI_MAGIC:#x}")
        written = _word(read, _abi.LabChannel.OFFSETS["written"])
        if written == self._consumed:
            return []
        ring = read(RING_START, RING_SIZE)
        # the guest may have gone on while the ring was copied: what it overwrote by then is not to be believed
        latest = _word(read, _abi.LabChannel.OFFSETS["written"])
        if latest - self._consumed > RING_SIZE:
            missed = latest - self._consumed
            raise ProtocolError(f"the lab channel was overrun: {missed} bytes came between two looks, and it holds {RING_SIZE}")
        if written < self._consumed or written % WORD:
            raise ProtocolError(f"the lab channel's count went from {self._consumed} to {written}")
        return self._parse(ring, written)

    def _parse(self, ring: bytes, written: int) -> list[ChannelEvent]:
        start = self._consumed % RING_SIZE
        data = (ring[start:] + ring[:start])[: written - self._consumed]
        events = []
        while data:
            record = _abi.LabRecord.parse(data)
            events.append(self._event(record, data))
            data = data[record.size :]
            self._consumed += record.size
            self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        return events

    def _event(self, record: _abi.LabRecord, data: bytes) -> ChannelEvent:
        entry = _abi.EVENTS.get(record.kind)
        if entry is None:
            raise ProtocolError(f"record {self._sequence} of the lab channel is of kind {record.kind}, which the ABI does not have")
        size = (_abi.LabRecord.SIZE + entry.size + WORD - 1) // WORD * WORD
        if record.size != size or size > len(data):
            which = f"record {self._sequence} of the lab channel ('{entry.name}')"
            raise ProtocolError(f"{which} says that it has {record.size} bytes: it has to be {size}, and {len(data)} were written")
        if record.sequence != self._sequence:
            raise ProtocolError(f"record {self._sequence} of the lab channel calls itself {record.sequence}")
        return make_event(_abi.EventKind(record.kind), entry.parse(data[_abi.LabRecord.SIZE : size]))


def make_event(kind: _abi.EventKind, fields: dict[str, int | str]) -> ChannelEvent:
    """Make the event of a record. Errors: ProtocolError if a field is out of its range."""
    if kind is _abi.EventKind.READY:
        return SystemReady()
    if kind is _abi.EventKind.STARTED:
        return ServerStarted(name=cast(str, fields["name"]), starts=cast(int, fields["starts"]))
    if kind is _abi.EventKind.CRASHED:
        numbers = {name: cast(int, value) for name, value in fields.items() if name != "name"}
        return ServerCrashed(name=cast(str, fields["name"]), **numbers)
    if kind is _abi.EventKind.TEST_PASSED:
        return TestPassed(name=cast(str, fields["name"]))
    if kind is _abi.EventKind.TEST_FAILED:
        texts = {name: cast(str, fields[name]) for name in ("name", "file", "message")}
        return TestFailed(line=cast(int, fields["line"]), **texts)
    if kind is _abi.EventKind.MEASURED:
        counts = {count: cast(int, fields[count]) for count in ("samples", "least", "most")}
        return Measured(name=cast(str, fields["name"]), **counts)
    status = cast(int, fields["status"])
    if status > 255:
        raise ProtocolError(f"the system asked to end with status {status}, and a status is 0 to 255")
    return ExitRequested(status=status)


def look_at_panic(read: MemoryReader) -> KernelPanicked | None:
    """Return the kernel's panic, if its record is complete. The kernel stores `valid` last."""
    if _word(read, _abi.PanicRecord.OFFSETS["valid"]) != _abi.ABI_MAGIC:
        return None
    record = _abi.PanicRecord.parse(read(0, PANIC_SIZE))
    return KernelPanicked(
        message=record.message,
        pc=record.pc,
        sp=record.sp,
        fp=record.fp,
        cause=record.cause,
        address=record.address,
        thread=record.thread,
        registers=record.registers[: record.count],
    )
