"""The kernel interface. Made by kernel/abi/gen.py from kernel/abi/abi.toml: change that, not this."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import ClassVar


def _integers(data: bytes, offset: int, layout: str) -> tuple[int, ...]:
    return struct.unpack_from("<" + layout, data, offset)


def _text(data: bytes, offset: int, size: int) -> str:
    return data[offset : offset + size].split(b"\0", 1)[0].decode("utf-8", "replace")


def _texts(data: bytes, offset: int, size: int, count: int) -> tuple[str, ...]:
    return tuple(_text(data, offset + index * size, size) for index in range(count))


def _check(name: str, data: bytes, size: int) -> None:
    if len(data) < size:
        raise ValueError(f"{name} needs {size} bytes, and {len(data)} were given")


@dataclass(frozen=True)
class RegisterFile:
    """An architecture's registers: `names` is the order of struct registers, a word each."""

    architecture: str
    number: str
    cap: str
    info: str
    message: tuple[str, ...]
    saved: tuple[str, ...]
    kept: tuple[str, ...]
    trap: tuple[str, ...]
    pc: str
    sp: str
    fp: str
    resume: str

    @property
    def names(self) -> tuple[str, ...]:
        return (self.number, self.cap, self.info, *self.message, *self.saved, *self.kept, *self.trap)


@dataclass(frozen=True)
class Argument:
    """An argument or result of a syscall; `type` is the object a capability must be to, empty for a number."""

    name: str
    type: str
    rights: tuple[str, ...]


@dataclass(frozen=True)
class SyscallEntry:
    """One syscall: `kind` is message or plain, `errors` are names of Status in lower case."""

    number: int
    name: str
    kind: str
    args: tuple[Argument, ...]
    results: tuple[str, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True)
class EventField:
    """A field of an event's payload: text of `size` bytes, or a little-endian number."""

    name: str
    text: bool
    offset: int
    size: int


@dataclass(frozen=True)
class EventEntry:
    """An event on the lab channel; size is its payload's, in bytes, without struct lab_record."""

    name: str
    fields: tuple[EventField, ...]
    size: int

    def parse(self, payload: bytes) -> dict[str, int | str]:
        """The payload's fields by name. Raises ValueError if it is too short."""
        _check(self.name, payload, self.size)
        return {
            field.name: _text(payload, field.offset, field.size)
            if field.text
            else int.from_bytes(payload[field.offset : field.offset + field.size], "little")
            for field in self.fields
        }


class Status(IntEnum):
    """What a syscall answers."""

    OK = 0
    AGAIN = 1
    NO_SYSCALL = 2
    NO_CAP = 3
    WRONG_TYPE = 4
    NO_RIGHT = 5
    BAD_ARGUMENT = 6
    SLOT_FULL = 7
    NO_MEMORY = 8
    ALREADY = 9
    NO_TABLE = 10
    WOULD_BLOCK = 11
    PEER_GONE = 12
    TOO_DEEP = 13
    TIMED_OUT = 14


class Right(IntFlag):
    """What a capability allows."""

    READ = 1
    WRITE = 2
    EXECUTE = 4
    GRANT = 8


class Object(IntEnum):
    """The type of an object."""

    NULL = 0
    UNTYPED = 1
    CTABLE = 2
    THREAD = 3
    SCHED_CONTEXT = 4
    ENDPOINT = 5
    NOTIFICATION = 6
    REPLY = 7
    VSPACE = 8
    PAGE_TABLE = 9
    FRAME = 10
    IRQ = 11
    IO_PORT = 12
    KERNEL = 13


class Syscall(IntEnum):
    """The number of a syscall."""

    CALL = 0
    REPLY_RECV = 1
    SEND = 2
    RECV = 3
    REPLY = 4
    SAVE_REPLY = 5
    SIGNAL = 6
    WAIT = 7
    POLL = 8
    YIELD = 9
    CAP_COPY = 10
    CAP_MINT = 11
    CAP_MOVE = 12
    CAP_DELETE = 13
    CAP_REVOKE = 14
    CAP_IDENTIFY = 15
    UNTYPED_RETYPE = 16
    FRAME_MAP = 17
    FRAME_MAP_BATCH = 18
    FRAME_PROTECT = 19
    FRAME_UNMAP = 20
    TABLE_MAP = 21
    THREAD_CONFIGURE = 22
    THREAD_BIND = 23
    THREAD_START = 24
    THREAD_SUSPEND = 25
    THREAD_RESUME = 26
    THREAD_READ = 27
    THREAD_WRITE = 28
    THREAD_BUFFER = 29
    THREAD_AFFINITY = 30
    SCHED_CONFIGURE = 31
    SCHED_BIND = 32
    SCHED_READ = 33
    IRQ_BIND = 34
    IRQ_ACK = 35
    IRQ_MESSAGE = 36
    PORT_IN = 37
    PORT_OUT = 38
    KERNEL_PANIC = 39


class Fault(IntEnum):
    """The kind of a fault: its message's label less FAULT_BASE."""

    PAGE = 0
    ILLEGAL = 1
    BREAKPOINT = 2
    ARITHMETIC = 3
    ALIGNMENT = 4
    OTHER = 5


class EventKind(IntEnum):
    """The kind of a record on the lab channel."""

    READY = 0
    STARTED = 1
    CRASHED = 2
    EXIT = 3
    TEST_PASSED = 4
    TEST_FAILED = 5
    MEASURED = 6


class Trigger(IntEnum):
    """How an interrupt line asks: see irq_bind."""

    LEVEL = 0
    EDGE = 1


class ArchiveKind(IntEnum):
    """Kinds of struct archive_entry."""

    PROGRAM = 0
    MANIFEST = 1
    SYMBOLS = 2


class ServerFlag(IntFlag):
    """Flags of struct manifest_server."""

    PROVIDES = 1
    DIRECTORY = 2
    RESTART = 4
    REPLY = 8
    CONTROL = 16
    KERNEL = 32
    POOL = 64
    WATCH = 128
    MAPS = 256


@dataclass(frozen=True)
class ArchiveHeader:
    """The boot archive: this header, its entries, then the page-aligned contents."""

    SIZE: ClassVar[int] = 64
    OFFSETS: ClassVar[dict[str, int]] = {
        "magic": 0,
        "version": 8,
        "count": 12,
        "size": 16,
        "sum": 24,
        "machine": 32,
        "reserved": 40,
    }
    magic: int
    version: int
    count: int
    size: int
    sum: int
    machine: int
    reserved: tuple[int, ...]

    @classmethod
    def parse(cls, data: bytes) -> ArchiveHeader:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("archive_header", data, cls.SIZE)
        return cls(
            magic=_integers(data, 0, "Q")[0],
            version=_integers(data, 8, "I")[0],
            count=_integers(data, 12, "I")[0],
            size=_integers(data, 16, "Q")[0],
            sum=_integers(data, 24, "Q")[0],
            machine=_integers(data, 32, "Q")[0],
            reserved=_integers(data, 40, "3Q"),
        )


@dataclass(frozen=True)
class ArchiveSegment:
    """A part of a program to map: file_size bytes at offset, then zeroes up to size."""

    SIZE: ClassVar[int] = 40
    OFFSETS: ClassVar[dict[str, int]] = {
        "vaddr": 0,
        "size": 8,
        "offset": 16,
        "file_size": 24,
        "rights": 32,
    }
    vaddr: int
    size: int
    offset: int
    file_size: int
    rights: int

    @classmethod
    def parse(cls, data: bytes) -> ArchiveSegment:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("archive_segment", data, cls.SIZE)
        return cls(
            vaddr=_integers(data, 0, "Q")[0],
            size=_integers(data, 8, "Q")[0],
            offset=_integers(data, 16, "Q")[0],
            file_size=_integers(data, 24, "Q")[0],
            rights=_integers(data, 32, "Q")[0],
        )


@dataclass(frozen=True)
class ArchiveEntry:
    """One program or file."""

    SIZE: ClassVar[int] = 224
    OFFSETS: ClassVar[dict[str, int]] = {
        "name": 0,
        "kind": 32,
        "segments": 36,
        "entry": 40,
        "offset": 48,
        "size": 56,
        "segment": 64,
    }
    name: str
    kind: int
    segments: int
    entry: int
    offset: int
    size: int
    segment: tuple[ArchiveSegment, ...]

    @classmethod
    def parse(cls, data: bytes) -> ArchiveEntry:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("archive_entry", data, cls.SIZE)
        return cls(
            name=_text(data, 0, 32),
            kind=_integers(data, 32, "I")[0],
            segments=_integers(data, 36, "I")[0],
            entry=_integers(data, 40, "Q")[0],
            offset=_integers(data, 48, "Q")[0],
            size=_integers(data, 56, "Q")[0],
            segment=tuple(ArchiveSegment.parse(data[64 + index * 40 :]) for index in range(4)),
        )


@dataclass(frozen=True)
class Symbol:
    """A function of a program, for fault reports."""

    SIZE: ClassVar[int] = 16
    OFFSETS: ClassVar[dict[str, int]] = {
        "address": 0,
        "size": 8,
        "name": 12,
    }
    address: int
    size: int
    name: int

    @classmethod
    def parse(cls, data: bytes) -> Symbol:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("symbol", data, cls.SIZE)
        return cls(
            address=_integers(data, 0, "Q")[0],
            size=_integers(data, 8, "I")[0],
            name=_integers(data, 12, "I")[0],
        )


@dataclass(frozen=True)
class ManifestServer:
    """How init starts one server. Compiled from servers/manifest.toml."""

    SIZE: ClassVar[int] = 368
    OFFSETS: ClassVar[dict[str, int]] = {
        "name": 0,
        "memory": 32,
        "priority": 40,
        "flags": 44,
        "uses": 48,
        "devices": 304,
    }
    name: str
    memory: int
    priority: int
    flags: int
    uses: tuple[str, ...]
    devices: tuple[str, ...]

    @classmethod
    def parse(cls, data: bytes) -> ManifestServer:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("manifest_server", data, cls.SIZE)
        return cls(
            name=_text(data, 0, 32),
            memory=_integers(data, 32, "Q")[0],
            priority=_integers(data, 40, "I")[0],
            flags=_integers(data, 44, "I")[0],
            uses=_texts(data, 48, 32, 8),
            devices=_texts(data, 304, 16, 4),
        )


@dataclass(frozen=True)
class BootDevice:
    """A device that the kernel found."""

    SIZE: ClassVar[int] = 48
    OFFSETS: ClassVar[dict[str, int]] = {
        "name": 0,
        "paddr": 16,
        "size": 24,
        "port": 32,
        "ports": 36,
        "irq": 40,
        "reserved": 44,
    }
    name: str
    paddr: int
    size: int
    port: int
    ports: int
    irq: int
    reserved: int

    @classmethod
    def parse(cls, data: bytes) -> BootDevice:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("boot_device", data, cls.SIZE)
        return cls(
            name=_text(data, 0, 16),
            paddr=_integers(data, 16, "Q")[0],
            size=_integers(data, 24, "Q")[0],
            port=_integers(data, 32, "I")[0],
            ports=_integers(data, 36, "I")[0],
            irq=_integers(data, 40, "I")[0],
            reserved=_integers(data, 44, "I")[0],
        )


@dataclass(frozen=True)
class BootUntyped:
    """An untyped capability that init was given."""

    SIZE: ClassVar[int] = 16
    OFFSETS: ClassVar[dict[str, int]] = {
        "paddr": 0,
        "size_bits": 8,
        "device": 12,
    }
    paddr: int
    size_bits: int
    device: int

    @classmethod
    def parse(cls, data: bytes) -> BootUntyped:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("boot_untyped", data, cls.SIZE)
        return cls(
            paddr=_integers(data, 0, "Q")[0],
            size_bits=_integers(data, 8, "I")[0],
            device=_integers(data, 12, "I")[0],
        )


@dataclass(frozen=True)
class ClockScale:
    """How a program turns the cycle counter into time: ns = ((counter - origin) * multiplier) >> shift, in
    128 bits. The counter is RDTSC or rdtime.
    """

    SIZE: ClassVar[int] = 24
    OFFSETS: ClassVar[dict[str, int]] = {
        "origin": 0,
        "multiplier": 8,
        "shift": 16,
        "instructions": 20,
    }
    origin: int
    multiplier: int
    shift: int
    instructions: int

    @classmethod
    def parse(cls, data: bytes) -> ClockScale:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("clock_scale", data, cls.SIZE)
        return cls(
            origin=_integers(data, 0, "Q")[0],
            multiplier=_integers(data, 8, "Q")[0],
            shift=_integers(data, 16, "I")[0],
            instructions=_integers(data, 20, "I")[0],
        )


@dataclass(frozen=True)
class BootInfo:
    """What the kernel tells init, mapped read-only at init's first argument."""

    SIZE: ClassVar[int] = 2344
    OFFSETS: ClassVar[dict[str, int]] = {
        "magic": 0,
        "version": 8,
        "debug": 12,
        "archive": 16,
        "archive_size": 24,
        "archive_slot": 32,
        "free_slot": 36,
        "slots": 40,
        "untypeds": 44,
        "devices": 48,
        "reserved": 52,
        "memory": 56,
        "kernel": 64,
        "lab": 72,
        "clock": 80,
        "device": 104,
        "untyped": 296,
        "command_line": 1832,
    }
    magic: int
    version: int
    debug: int
    archive: int
    archive_size: int
    archive_slot: int
    free_slot: int
    slots: int
    untypeds: int
    devices: int
    reserved: int
    memory: int
    kernel: int
    lab: int
    clock: ClockScale
    device: tuple[BootDevice, ...]
    untyped: tuple[BootUntyped, ...]
    command_line: str

    @classmethod
    def parse(cls, data: bytes) -> BootInfo:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("boot_info", data, cls.SIZE)
        return cls(
            magic=_integers(data, 0, "Q")[0],
            version=_integers(data, 8, "I")[0],
            debug=_integers(data, 12, "I")[0],
            archive=_integers(data, 16, "Q")[0],
            archive_size=_integers(data, 24, "Q")[0],
            archive_slot=_integers(data, 32, "I")[0],
            free_slot=_integers(data, 36, "I")[0],
            slots=_integers(data, 40, "I")[0],
            untypeds=_integers(data, 44, "I")[0],
            devices=_integers(data, 48, "I")[0],
            reserved=_integers(data, 52, "I")[0],
            memory=_integers(data, 56, "Q")[0],
            kernel=_integers(data, 64, "Q")[0],
            lab=_integers(data, 72, "Q")[0],
            clock=ClockScale.parse(data[80:104]),
            device=tuple(BootDevice.parse(data[104 + index * 48 :]) for index in range(4)),
            untyped=tuple(BootUntyped.parse(data[296 + index * 16 :]) for index in range(96)),
            command_line=_text(data, 1832, 512),
        )


@dataclass(frozen=True)
class StartCap:
    """A capability that a server starts with."""

    SIZE: ClassVar[int] = 32
    OFFSETS: ClassVar[dict[str, int]] = {
        "name": 0,
        "slot": 24,
    }
    name: str
    slot: int

    @classmethod
    def parse(cls, data: bytes) -> StartCap:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("start_cap", data, cls.SIZE)
        return cls(
            name=_text(data, 0, 24),
            slot=_integers(data, 24, "Q")[0],
        )


@dataclass(frozen=True)
class StartInfo:
    """What init tells a server, mapped read-only at its first argument."""

    SIZE: ClassVar[int] = 1336
    OFFSETS: ClassVar[dict[str, int]] = {
        "magic": 0,
        "name": 8,
        "clock": 40,
        "free_slot": 64,
        "slots": 68,
        "starts": 72,
        "caps": 76,
        "cap": 80,
        "device": 1104,
        "device_vaddr": 1296,
        "debug": 1328,
    }
    magic: int
    name: str
    clock: ClockScale
    free_slot: int
    slots: int
    starts: int
    caps: int
    cap: tuple[StartCap, ...]
    device: tuple[BootDevice, ...]
    device_vaddr: tuple[int, ...]
    debug: int

    @classmethod
    def parse(cls, data: bytes) -> StartInfo:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("start_info", data, cls.SIZE)
        return cls(
            magic=_integers(data, 0, "Q")[0],
            name=_text(data, 8, 32),
            clock=ClockScale.parse(data[40:64]),
            free_slot=_integers(data, 64, "I")[0],
            slots=_integers(data, 68, "I")[0],
            starts=_integers(data, 72, "I")[0],
            caps=_integers(data, 76, "I")[0],
            cap=tuple(StartCap.parse(data[80 + index * 32 :]) for index in range(32)),
            device=tuple(BootDevice.parse(data[1104 + index * 48 :]) for index in range(4)),
            device_vaddr=_integers(data, 1296, "4Q"),
            debug=_integers(data, 1328, "Q")[0],
        )


@dataclass(frozen=True)
class LabChannel:
    """The structured channel to the host: one page, written by init alone, read by tisslab from the
    machine's memory. Records wrap around in `ring`.
    """

    SIZE: ClassVar[int] = 4096
    OFFSETS: ClassVar[dict[str, int]] = {
        "magic": 0,
        "written": 8,
        "reserved": 16,
        "ring": 64,
    }
    magic: int
    written: int
    reserved: tuple[int, ...]
    ring: bytes

    @classmethod
    def parse(cls, data: bytes) -> LabChannel:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("lab_channel", data, cls.SIZE)
        return cls(
            magic=_integers(data, 0, "Q")[0],
            written=_integers(data, 8, "Q")[0],
            reserved=_integers(data, 16, "6Q"),
            ring=data[64:4096],
        )


@dataclass(frozen=True)
class LabRecord:
    """Starts each record in the lab channel."""

    SIZE: ClassVar[int] = 8
    OFFSETS: ClassVar[dict[str, int]] = {
        "kind": 0,
        "size": 2,
        "sequence": 4,
    }
    kind: int
    size: int
    sequence: int

    @classmethod
    def parse(cls, data: bytes) -> LabRecord:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("lab_record", data, cls.SIZE)
        return cls(
            kind=_integers(data, 0, "H")[0],
            size=_integers(data, 2, "H")[0],
            sequence=_integers(data, 4, "I")[0],
        )


@dataclass(frozen=True)
class PanicRecord:
    """Why the kernel stopped; symbol panic_record in the kernel image, read by tisslab from the machine's
    memory.
    """

    SIZE: ClassVar[int] = 640
    OFFSETS: ClassVar[dict[str, int]] = {
        "valid": 0,
        "pc": 8,
        "sp": 16,
        "fp": 24,
        "cause": 32,
        "address": 40,
        "thread": 48,
        "count": 56,
        "registers": 64,
        "message": 384,
    }
    valid: int
    pc: int
    sp: int
    fp: int
    cause: int
    address: int
    thread: int
    count: int
    registers: tuple[int, ...]
    message: str

    @classmethod
    def parse(cls, data: bytes) -> PanicRecord:
        """Read it from the start of data. Raises ValueError if that is too short."""
        _check("panic_record", data, cls.SIZE)
        return cls(
            valid=_integers(data, 0, "Q")[0],
            pc=_integers(data, 8, "Q")[0],
            sp=_integers(data, 16, "Q")[0],
            fp=_integers(data, 24, "Q")[0],
            cause=_integers(data, 32, "Q")[0],
            address=_integers(data, 40, "Q")[0],
            thread=_integers(data, 48, "Q")[0],
            count=_integers(data, 56, "Q")[0],
            registers=_integers(data, 64, "40Q"),
            message=_text(data, 384, 256),
        )


ABI_VERSION = 1
ABI_MAGIC = 0x31736F7373697400
FAULT_BASE = 0xFF00
FAULT_WORDS = ("address", "pc", "access", "cause", "sp")
INFO_LABEL_SHIFT = 0
INFO_LABEL_BITS = 16
INFO_LENGTH_SHIFT = 16
INFO_LENGTH_BITS = 12
INFO_CAPS_SHIFT = 28
INFO_CAPS_BITS = 4
INFO_RECEIVE_SHIFT = 32
INFO_RECEIVE_BITS = 16
INFO_TIMEOUT_SHIFT = 48
INFO_TIMEOUT_BITS = 16
SLOT_TABLE = 1
SLOT_VSPACE = 2
SLOT_THREAD = 3
SLOT_SCHED = 4
SLOT_IRQ = 5
SLOT_PORT = 6
SLOT_KERNEL = 7
SLOT_LAB = 8
SLOT_BOOT_INFO = 9
SLOT_UNTYPED = 16
PAGE_BITS = 12
MESSAGE_MAX = 512
BATCH_MAX = 16
CAP_BITS = 5
DEPTH_MAX = 32
USER_TOP = 0x3FFFFFE000
STACK_TOP = 0x3F00000000
START_INFO = 0x3F10000000
INIT_ARCHIVE = 0x3000000000
INIT_LAB = 0x3F10010000
DEVICE_BASE = 0x3F20000000
HEAP_BASE = 0x3F30000000
IMAGE_BASE = 0x400000
PRIORITIES = 256
SERVER_STACK = 0x4000
SERVER_TABLE_BITS = 12
SERVERS_MAX = 24
PAGE_SIZE = 0x1000

STATUS_TEXTS: dict[Status, str] = {
    Status.OK: "done",
    Status.AGAIN: "a bounded step was made and more is left: make the same call again",
    Status.NO_SYSCALL: "no syscall has this number in this build: see docs/abi.md",
    Status.NO_CAP: "the slot is empty or outside the table: give one that holds a capability",
    Status.WRONG_TYPE: "the capability is to an object of another type than the call works on: give one to the type that docs/abi.md names",
    Status.NO_RIGHT: "the capability lacks the right: ask its giver for one that has it",
    Status.BAD_ARGUMENT: "an argument is out of range or not aligned: see the call's entry in docs/abi.md",
    Status.SLOT_FULL: "the destination slot holds a capability: delete that first or choose another",
    Status.NO_MEMORY: "the untyped has too little left: use a larger one, or revoke this one to start it afresh",
    Status.ALREADY: "it is so already (mapped, bound, running): undo that first",
    Status.NO_TABLE: "a page table is missing: map one at the level that the result names",
    Status.WOULD_BLOCK: "nobody is ready on the other side, and the call was not to wait: give it time, or call again later",
    Status.PEER_GONE: "the other side, or the object between, was destroyed or stopped before it answered: call again if it is started anew, else get a capability to what took its place",
    Status.TOO_DEEP: "the derivation tree, the nesting of tables or of calls has reached its limit: derive from an earlier capability, call from a shallower server",
    Status.TIMED_OUT: "the time that the call was given has passed: give it more, or see what the other side does",
}

OBJECT_BITS: dict[Object, tuple[int, int]] = {
    Object.NULL: (0, 0),
    Object.UNTYPED: (6, 37),
    Object.CTABLE: (6, 21),
    Object.THREAD: (11, 11),
    Object.SCHED_CONTEXT: (9, 9),
    Object.ENDPOINT: (6, 6),
    Object.NOTIFICATION: (6, 6),
    Object.REPLY: (6, 6),
    Object.VSPACE: (12, 12),
    Object.PAGE_TABLE: (12, 12),
    Object.FRAME: (12, 30),
    Object.IRQ: (0, 0),
    Object.IO_PORT: (0, 0),
    Object.KERNEL: (0, 0),
}


REGISTERS: dict[str, RegisterFile] = {
    "x86_64": RegisterFile(
        architecture="x86_64",
        number="rax",
        cap="rdi",
        info="rsi",
        message=(
            "rdx",
            "r8",
            "r9",
            "r10",
            "rbx",
            "rbp",
            "r12",
            "r13",
            "r14",
            "r15",
        ),
        saved=(
            "rcx",
            "r11",
        ),
        kept=(
            "fs_base",
            "gs_base",
        ),
        trap=(
            "vector",
            "error",
            "rip",
            "cs",
            "rflags",
            "rsp",
            "ss",
        ),
        pc="rip",
        sp="rsp",
        fp="rbp",
        resume="rcx",
    ),
    "riscv64": RegisterFile(
        architecture="riscv64",
        number="a7",
        cap="a0",
        info="a1",
        message=(
            "a2",
            "a3",
            "a4",
            "a5",
            "a6",
            "s0",
            "s1",
            "s2",
            "s3",
            "s4",
            "s5",
            "s6",
            "s7",
            "s8",
            "s9",
            "s10",
            "s11",
        ),
        saved=(
            "ra",
            "sp",
            "gp",
            "tp",
            "t0",
            "t1",
            "t2",
            "t3",
            "t4",
            "t5",
            "t6",
        ),
        kept=(
        ),
        trap=(
            "pc",
            "status",
        ),
        pc="pc",
        sp="sp",
        fp="s0",
        resume="ra",
    ),
}

SYSCALLS: tuple[SyscallEntry, ...] = (
    SyscallEntry(
        number=0,
        name="call",
        kind="message",
        args=(Argument("cap", "endpoint", ("write",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "peer_gone", "would_block", "too_deep", "timed_out"),
    ),
    SyscallEntry(
        number=1,
        name="reply_recv",
        kind="message",
        args=(Argument("cap", "endpoint", ("read",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "peer_gone", "would_block", "timed_out"),
    ),
    SyscallEntry(
        number=2,
        name="send",
        kind="message",
        args=(Argument("cap", "endpoint", ("write",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "peer_gone", "would_block", "timed_out"),
    ),
    SyscallEntry(
        number=3,
        name="recv",
        kind="message",
        args=(Argument("cap", "endpoint", ("read",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "peer_gone", "would_block", "timed_out"),
    ),
    SyscallEntry(
        number=4,
        name="reply",
        kind="message",
        args=(Argument("cap", "reply", ("write",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "peer_gone"),
    ),
    SyscallEntry(
        number=5,
        name="save_reply",
        kind="plain",
        args=(Argument("reply", "reply", ("write",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "already", "peer_gone"),
    ),
    SyscallEntry(
        number=6,
        name="signal",
        kind="plain",
        args=(Argument("notification", "notification", ("write",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right"),
    ),
    SyscallEntry(
        number=7,
        name="wait",
        kind="plain",
        args=(
            Argument("notification", "notification", ("read",)),
            Argument("timeout", "", ()),
        ),
        results=("bits",),
        errors=("no_cap", "wrong_type", "no_right", "peer_gone", "timed_out"),
    ),
    SyscallEntry(
        number=8,
        name="poll",
        kind="plain",
        args=(Argument("notification", "notification", ("read",)),),
        results=("bits",),
        errors=("no_cap", "wrong_type", "no_right", "would_block"),
    ),
    SyscallEntry(
        number=9,
        name="yield",
        kind="plain",
        args=(),
        results=(),
        errors=(),
    ),
    SyscallEntry(
        number=10,
        name="cap_copy",
        kind="plain",
        args=(
            Argument("table", "ctable", ("write",)),
            Argument("slot", "", ()),
            Argument("source", "", ()),
            Argument("rights", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "slot_full", "too_deep"),
    ),
    SyscallEntry(
        number=11,
        name="cap_mint",
        kind="plain",
        args=(
            Argument("table", "ctable", ("write",)),
            Argument("slot", "", ()),
            Argument("source", "", ()),
            Argument("rights", "", ()),
            Argument("value", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "slot_full", "too_deep"),
    ),
    SyscallEntry(
        number=12,
        name="cap_move",
        kind="plain",
        args=(
            Argument("table", "ctable", ("write",)),
            Argument("slot", "", ()),
            Argument("source", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "slot_full", "already"),
    ),
    SyscallEntry(
        number=13,
        name="cap_delete",
        kind="plain",
        args=(
            Argument("table", "ctable", ("write",)),
            Argument("slot", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "again"),
    ),
    SyscallEntry(
        number=14,
        name="cap_revoke",
        kind="plain",
        args=(
            Argument("table", "ctable", ("write",)),
            Argument("slot", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "again"),
    ),
    SyscallEntry(
        number=15,
        name="cap_identify",
        kind="plain",
        args=(
            Argument("table", "ctable", ("read",)),
            Argument("slot", "", ()),
        ),
        results=("type", "rights", "value", "size_bits", "depth"),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument"),
    ),
    SyscallEntry(
        number=16,
        name="untyped_retype",
        kind="plain",
        args=(
            Argument("untyped", "untyped", ()),
            Argument("type", "", ()),
            Argument("size_bits", "", ()),
            Argument("slot", "", ()),
            Argument("offset", "", ()),
            Argument("table", "ctable", ("write",)),
        ),
        results=("paddr",),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "slot_full", "no_memory", "again", "too_deep"),
    ),
    SyscallEntry(
        number=17,
        name="frame_map",
        kind="plain",
        args=(
            Argument("frame", "frame", ()),
            Argument("vspace", "vspace", ("write",)),
            Argument("vaddr", "", ()),
            Argument("rights", "", ()),
        ),
        results=("level",),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "already", "no_table"),
    ),
    SyscallEntry(
        number=18,
        name="frame_map_batch",
        kind="plain",
        args=(
            Argument("first", "", ()),
            Argument("count", "", ()),
            Argument("vspace", "vspace", ("write",)),
            Argument("vaddr", "", ()),
            Argument("rights", "", ()),
        ),
        results=("mapped", "level"),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "already", "no_table"),
    ),
    SyscallEntry(
        number=19,
        name="frame_protect",
        kind="plain",
        args=(
            Argument("frame", "frame", ()),
            Argument("rights", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument"),
    ),
    SyscallEntry(
        number=20,
        name="frame_unmap",
        kind="plain",
        args=(Argument("frame", "frame", ()),),
        results=(),
        errors=("no_cap", "wrong_type"),
    ),
    SyscallEntry(
        number=21,
        name="table_map",
        kind="plain",
        args=(
            Argument("page_table", "page_table", ()),
            Argument("vspace", "vspace", ("write",)),
            Argument("vaddr", "", ()),
        ),
        results=("level",),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "already"),
    ),
    SyscallEntry(
        number=22,
        name="thread_configure",
        kind="plain",
        args=(
            Argument("thread", "thread", ("write",)),
            Argument("ctable", "ctable", ("write",)),
            Argument("vspace", "vspace", ("write",)),
            Argument("sched_context", "sched_context", ("write",)),
            Argument("fault", "endpoint", ("write",)),
            Argument("supervisor", "notification", ("write",)),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "already", "too_deep"),
    ),
    SyscallEntry(
        number=23,
        name="thread_bind",
        kind="plain",
        args=(
            Argument("thread", "thread", ("write",)),
            Argument("notification", "notification", ("read",)),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "already", "too_deep"),
    ),
    SyscallEntry(
        number=24,
        name="thread_start",
        kind="plain",
        args=(
            Argument("thread", "thread", ("write",)),
            Argument("pc", "", ()),
            Argument("sp", "", ()),
            Argument("argument", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "already", "bad_argument"),
    ),
    SyscallEntry(
        number=25,
        name="thread_suspend",
        kind="plain",
        args=(Argument("thread", "thread", ("write",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "already"),
    ),
    SyscallEntry(
        number=26,
        name="thread_resume",
        kind="plain",
        args=(Argument("thread", "thread", ("write",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "already"),
    ),
    SyscallEntry(
        number=27,
        name="thread_read",
        kind="plain",
        args=(
            Argument("thread", "thread", ("read",)),
            Argument("index", "", ()),
        ),
        results=("value",),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "already"),
    ),
    SyscallEntry(
        number=28,
        name="thread_write",
        kind="plain",
        args=(
            Argument("thread", "thread", ("write",)),
            Argument("index", "", ()),
            Argument("value", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "already"),
    ),
    SyscallEntry(
        number=29,
        name="thread_buffer",
        kind="plain",
        args=(
            Argument("thread", "thread", ("write",)),
            Argument("frame", "frame", ("read", "write")),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "already", "too_deep"),
    ),
    SyscallEntry(
        number=30,
        name="thread_affinity",
        kind="plain",
        args=(
            Argument("thread", "thread", ("write",)),
            Argument("hart", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument"),
    ),
    SyscallEntry(
        number=31,
        name="sched_configure",
        kind="plain",
        args=(
            Argument("sched_context", "sched_context", ("write",)),
            Argument("priority", "", ()),
            Argument("budget", "", ()),
            Argument("period", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument"),
    ),
    SyscallEntry(
        number=32,
        name="sched_bind",
        kind="plain",
        args=(
            Argument("sched_context", "sched_context", ("write",)),
            Argument("notification", "notification", ("write",)),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "already", "too_deep"),
    ),
    SyscallEntry(
        number=33,
        name="sched_read",
        kind="plain",
        args=(Argument("sched_context", "sched_context", ("read",)),),
        results=("consumed", "left", "exhausted", "missed"),
        errors=("no_cap", "wrong_type", "no_right"),
    ),
    SyscallEntry(
        number=34,
        name="irq_bind",
        kind="plain",
        args=(
            Argument("irq", "irq", ("write",)),
            Argument("notification", "notification", ("write",)),
            Argument("trigger", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument", "already", "too_deep"),
    ),
    SyscallEntry(
        number=35,
        name="irq_ack",
        kind="plain",
        args=(Argument("irq", "irq", ("write",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument"),
    ),
    SyscallEntry(
        number=36,
        name="irq_message",
        kind="plain",
        args=(Argument("irq", "irq", ("write",)),),
        results=("address", "data"),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument"),
    ),
    SyscallEntry(
        number=37,
        name="port_in",
        kind="plain",
        args=(
            Argument("io_port", "io_port", ("read",)),
            Argument("port", "", ()),
            Argument("width", "", ()),
        ),
        results=("value",),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument"),
    ),
    SyscallEntry(
        number=38,
        name="port_out",
        kind="plain",
        args=(
            Argument("io_port", "io_port", ("write",)),
            Argument("port", "", ()),
            Argument("width", "", ()),
            Argument("value", "", ()),
        ),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "bad_argument"),
    ),
    SyscallEntry(
        number=39,
        name="kernel_panic",
        kind="plain",
        args=(Argument("kernel", "kernel", ("write",)),),
        results=(),
        errors=("no_cap", "wrong_type", "no_right", "no_syscall"),
    ),
)

EVENTS: dict[int, EventEntry] = {
    0: EventEntry(
        name="ready",
        fields=(),
        size=0,
    ),
    1: EventEntry(
        name="started",
        fields=(
            EventField("name", True, 0, 32),
            EventField("starts", False, 32, 8),
        ),
        size=40,
    ),
    2: EventEntry(
        name="crashed",
        fields=(
            EventField("name", True, 0, 32),
            EventField("fault", False, 32, 8),
            EventField("address", False, 40, 8),
            EventField("pc", False, 48, 8),
            EventField("access", False, 56, 8),
            EventField("cause", False, 64, 8),
            EventField("sp", False, 72, 8),
        ),
        size=80,
    ),
    3: EventEntry(
        name="exit",
        fields=(EventField("status", False, 0, 8),),
        size=8,
    ),
    4: EventEntry(
        name="test_passed",
        fields=(EventField("name", True, 0, 64),),
        size=64,
    ),
    5: EventEntry(
        name="test_failed",
        fields=(
            EventField("name", True, 0, 64),
            EventField("file", True, 64, 64),
            EventField("line", False, 128, 8),
            EventField("message", True, 136, 256),
        ),
        size=392,
    ),
    6: EventEntry(
        name="measured",
        fields=(
            EventField("name", True, 0, 64),
            EventField("samples", False, 64, 8),
            EventField("least", False, 72, 8),
            EventField("most", False, 80, 8),
        ),
        size=88,
    ),
}
