"""The lab channel's reader and the panic record, against bytes made by hand."""

import struct

import pytest

from tisslab import _abi
from tisslab.errors import ProtocolError
from tisslab.events import ExitRequested, KernelPanicked, Measured, ServerCrashed, ServerStarted, SystemReady, TestFailed, TestPassed
from tisslab.wire import RING_SIZE, RING_START, ChannelReader, look_at_panic

READY, STARTED, CRASHED, EXIT, TEST_PASSED, TEST_FAILED, MEASURED = range(7)


class Channel:
    """A channel as a guest writes it."""

    def __init__(self) -> None:
        self.memory = bytearray(4096)
        self.written = 0
        self.sequence = 0
        struct.pack_into("<Q", self.memory, 0, _abi.ABI_MAGIC)

    def add(self, kind: int, payload: bytes = b"", *, size: int | None = None, sequence: int | None = None) -> None:
        header = struct.pack("<HHI", kind, size or 8 + len(payload), self.sequence if sequence is None else sequence)
        for byte in header + payload:
            self.memory[RING_START + self.written % RING_SIZE] = byte
            self.written += 1
        self.sequence += 1
        struct.pack_into("<Q", self.memory, 8, self.written)

    def started(self, name: str, starts: int) -> None:
        self.add(STARTED, name.encode().ljust(32, b"\0") + struct.pack("<Q", starts))

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self.memory[offset : offset + size])


def test_every_kind_of_record_becomes_its_event() -> None:
    channel = Channel()
    channel.started("console", 0)
    channel.add(CRASHED, b"echo".ljust(32, b"\0") + struct.pack("<6Q", 1, 2, 3, 4, 5, 6))
    channel.add(READY)
    channel.add(TEST_PASSED, b"one".ljust(64, b"\0"))
    channel.add(TEST_FAILED, struct.pack("<64s64sQ256s", b"two", b"cap.c", 8, b"this does not hold"))
    channel.add(MEASURED, struct.pack("<64s3Q", b"call", 32, 150, 151))
    channel.add(EXIT, struct.pack("<Q", 7))
    assert ChannelReader().look(channel.read) == [
        ServerStarted("console", 0),
        ServerCrashed("echo", fault=1, address=2, pc=3, access=4, cause=5, sp=6),
        SystemReady(),
        TestPassed("one"),
        TestFailed("two", file="cap.c", line=8, message="this does not hold"),
        Measured("call", samples=32, least=150, most=151),
        ExitRequested(7),
    ]


def test_a_channel_that_the_guest_has_not_made_has_no_events() -> None:
    assert ChannelReader().look(lambda offset, size: bytes(size)) == []


def test_each_look_returns_only_what_is_new() -> None:
    channel, reader = Channel(), ChannelReader()
    channel.started("a", 0)
    assert reader.look(channel.read) == [ServerStarted("a", 0)]
    assert reader.look(channel.read) == []
    channel.started("b", 0)
    assert reader.look(channel.read) == [ServerStarted("b", 0)]


def test_records_wrap_around_in_the_ring() -> None:
    channel, reader = Channel(), ChannelReader()
    for starts in range(500):
        channel.started("echo", starts)
        assert reader.look(channel.read) == [ServerStarted("echo", starts)]
    assert channel.written > 4 * RING_SIZE


def test_a_full_ring_is_read_whole() -> None:
    channel, reader = Channel(), ChannelReader()
    for _ in range(RING_SIZE // 8):
        channel.add(READY)
    assert len(reader.look(channel.read)) == RING_SIZE // 8


def test_an_overrun_is_told() -> None:
    channel = Channel()
    for starts in range(100):
        channel.started("echo", starts)
    with pytest.raises(ProtocolError, match="overrun: 4800 bytes"):
        ChannelReader().look(channel.read)


def test_an_overrun_while_the_ring_is_copied_is_told() -> None:
    channel = Channel()
    channel.started("echo", 0)

    def read(offset: int, size: int) -> bytes:
        data = channel.read(offset, size)
        if size == RING_SIZE:
            for starts in range(100):
                channel.started("echo", starts)
        return data

    with pytest.raises(ProtocolError, match="overrun"):
        ChannelReader().look(read)


@pytest.mark.parametrize(
    ("kind", "payload", "size", "sequence", "words"),
    [
        (9, b"", None, None, "kind 9"),
        (EXIT, struct.pack("<Q", 256), None, None, "status 256"),
        (EXIT, struct.pack("<Q", 1), 24, None, "24 bytes"),
        (EXIT, b"", None, None, "'exit'"),
        (READY, b"", None, 3, "calls itself 3"),
    ],
)
def test_garbage_is_told(kind: int, payload: bytes, size: int | None, sequence: int | None, words: str) -> None:
    channel = Channel()
    channel.add(kind, payload, size=size, sequence=sequence)
    with pytest.raises(ProtocolError, match=words):
        ChannelReader().look(channel.read)


def test_a_wrong_magic_is_told() -> None:
    channel = Channel()
    channel.memory[0] ^= 1
    with pytest.raises(ProtocolError, match="magic"):
        ChannelReader().look(channel.read)


@pytest.mark.parametrize("written", [4, 3])
def test_a_count_that_no_record_explains_is_told(written: int) -> None:
    channel = Channel()
    channel.memory[8] = written
    with pytest.raises(ProtocolError, match="count"):
        ChannelReader().look(channel.read)


def test_a_count_that_runs_backwards_is_told() -> None:
    channel, reader = Channel(), ChannelReader()
    channel.add(READY)
    channel.add(READY)
    reader.look(channel.read)
    channel.memory[8] = 8
    with pytest.raises(ProtocolError):
        reader.look(channel.read)


def test_a_panic_is_read_once_it_is_complete() -> None:
    offsets = _abi.PanicRecord.OFFSETS
    record = bytearray(_abi.PanicRecord.SIZE)
    struct.pack_into("<7Q", record, offsets["pc"], 1, 2, 3, 4, 5, 6, 2)
    struct.pack_into("<3Q", record, offsets["registers"], 10, 11, 12)
    record[offsets["message"] : offsets["message"] + 5] = b"x = 1"

    def read(offset: int, size: int) -> bytes:
        return bytes(record[offset : offset + size])

    assert look_at_panic(read) is None
    struct.pack_into("<Q", record, 0, _abi.ABI_MAGIC)
    assert look_at_panic(read) == KernelPanicked("x = 1", pc=1, sp=2, fp=3, cause=4, address=5, thread=6, registers=(10, 11))
