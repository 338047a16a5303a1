"""Programs from ELF64 files: what to load, where to start, and the functions for fault reports.

Source: System V ABI, chapters 4 and 5; only little-endian executables with fixed addresses.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from packer.errors import PackError

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
SEGMENT = struct.Struct("<IIQQQQQQ")
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
MACHINES = {62: "x86_64", 243: "riscv64"}
EXECUTABLE, LOAD, SYMBOL_TABLE, FUNCTION = 2, 1, 2, 2
CLASS_64, LITTLE_ENDIAN = 2, 1
FLAG_EXECUTE, FLAG_WRITE, FLAG_READ = 1, 2, 4


@dataclass(frozen=True)
class Segment:
    """Bytes to load: `data`, then zeroes up to `size`; rights are the ABI's bits."""

    vaddr: int
    size: int
    data: bytes
    rights: int


@dataclass(frozen=True)
class Function:
    address: int
    size: int
    name: str


@dataclass(frozen=True)
class Program:
    """A program, its segments and functions sorted by address."""

    path: Path
    entry: int
    segments: tuple[Segment, ...]
    functions: tuple[Function, ...]


@dataclass(frozen=True)
class _File:
    """An ELF file's bytes and the parts of its header that are needed here."""

    path: Path
    data: bytes
    entry: int
    segments: tuple[int, int]  # offset, count
    sections: tuple[int, int]

    def part(self, offset: int, size: int, what: str) -> bytes:
        if offset + size > len(self.data):
            raise PackError(f"{self.path} is truncated: {what} ends at byte {offset + size} of {len(self.data)}: build it again")
        return self.data[offset : offset + size]


def _open(path: Path, machine: int) -> _File:
    data = path.read_bytes()
    if data[:4] != b"\x7fELF":
        raise PackError(f"{path} is not an ELF file: give a program that was linked with linker/server.lds.S")
    if len(data) < HEADER.size:
        raise PackError(f"{path} is truncated: its ELF header is incomplete: build it again")
    identity, kind, of_machine, _, entry, segments, sections, _, _, _, segment_count, _, section_count, _ = HEADER.unpack_from(data)
    if identity[4] != CLASS_64 or identity[5] != LITTLE_ENDIAN or kind != EXECUTABLE:
        raise PackError(f"{path} is not a little-endian 64-bit executable with fixed addresses: link with -static and without -pie")
    if of_machine != machine:
        found, wanted = MACHINES.get(of_machine, f"machine {of_machine}"), MACHINES.get(machine, f"machine {machine}")
        raise PackError(f"{path} is for {found}, and the archive is for {wanted}: build it for that")
    return _File(path, data, entry, (segments, segment_count), (sections, section_count))


def _segments(file: _File, page: int, rights: dict[str, int]) -> tuple[Segment, ...]:
    offset, count = file.segments
    table = file.part(offset, count * SEGMENT.size, "its program header table")
    found = []
    for kind, flags, at, vaddr, _, file_size, size, _ in SEGMENT.iter_unpack(table):
        if kind != LOAD or not size:
            continue
        if vaddr % page:
            raise PackError(f"{file.path}: the segment at {vaddr:#x} does not start on a page: link with linker/server.lds.S")
        if flags & FLAG_WRITE and flags & FLAG_EXECUTE:
            raise PackError(f"{file.path}: the segment at {vaddr:#x} is writable and executable: link with linker/server.lds.S")
        allowed = rights["read"]
        allowed |= rights["write"] if flags & FLAG_WRITE else rights["execute"] if flags & FLAG_EXECUTE else 0
        found.append(Segment(vaddr, size, file.part(at, file_size, f"the segment at {vaddr:#x}"), allowed))
    if not found:
        raise PackError(f"{file.path} has nothing to load: link it with its main.c")
    found.sort(key=lambda segment: segment.vaddr)
    for low, high in pairwise(found):
        if low.vaddr + low.size > high.vaddr:
            raise PackError(f"{file.path}: the segments at {low.vaddr:#x} and {high.vaddr:#x} overlap: link with linker/server.lds.S")
    return tuple(found)


def _functions(file: _File) -> tuple[Function, ...]:
    offset, count = file.sections
    table = list(SECTION.iter_unpack(file.part(offset, count * SECTION.size, "its section header table")))
    found: dict[int, Function] = {}
    for _, kind, _, _, at, size, link, _, _, _ in table:
        if kind != SYMBOL_TABLE or link >= len(table):
            continue
        names = file.part(table[link][4], table[link][5], "its symbols' names")
        for name, info, _, _, address, length in SYMBOL.iter_unpack(file.part(at, size - size % SYMBOL.size, "its symbol table")):
            if info & 0xF == FUNCTION and length:
                text = names[name : names.find(b"\0", name)].decode("ascii", "replace")
                found[address] = Function(address, length, text)
    return tuple(found[address] for address in sorted(found))


def read_program(path: Path, *, machine: int, page: int, rights: dict[str, int]) -> Program:
    """Read a program for an ELF machine number. Raises PackError for what cannot be loaded, OSError for what cannot be read."""
    file = _open(path, machine)
    segments = _segments(file, page, rights)
    inside = [segment for segment in segments if segment.vaddr <= file.entry < segment.vaddr + segment.size]
    if not inside or not inside[0].rights & rights["execute"]:
        raise PackError(f"{path} starts at {file.entry:#x}, which is not in its text: link with servers/lib's crt0")
    return Program(path, file.entry, segments, _functions(file))
