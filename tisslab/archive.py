"""The boot archive: what init gets to start the system from. Bytes in, facts out.

The layout is declared in kernel/abi/abi.toml (archive_header and the structures after it); servers/pack.py writes it. Nothing here
trusts a byte of it: a copy that was cut short or changed on its way is refused in one sentence.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tisslab import _abi
from tisslab._abi import ArchiveEntry, ArchiveHeader, ArchiveKind, ArchiveSegment, ManifestServer, Right
from tisslab.errors import BadInputError
from tisslab.machine import ARCHITECTURES

PAGE = 1 << _abi.PAGE_BITS
ENTRIES_MAX = 256
MACHINE_NAMES = {number: name for name, architecture in ARCHITECTURES.items() for number in architecture.elf_machines[:1]}
"""An architecture's name by its ELF machine number."""


@dataclass(frozen=True)
class Function:
    """A function of a program: address and size in bytes."""

    name: str
    address: int
    size: int


@dataclass(frozen=True)
class Program:
    """A program in the archive, with the functions that fault reports name."""

    name: str
    entry: int
    segments: tuple[ArchiveSegment, ...]
    functions: tuple[Function, ...]


@dataclass(frozen=True)
class Archive:
    """A whole, valid boot archive; size in bytes, machine an ELF machine number."""

    machine: int
    size: int
    programs: tuple[Program, ...]
    manifest: tuple[ManifestServer, ...]


def checksum(data: bytes) -> int:
    """Return the archive's checksum as the header's `sum` defines it: data is whole pages, and the sum's own word counts as 0.

    A page of zeroes rotates the sum 512 times, which is no change of a 64-bit word, so it is skipped.
    """
    total = 0
    place = ArchiveHeader.OFFSETS["sum"]
    mask = 0xFFFF_FFFF_FFFF_FFFF
    for start in range(0, len(data), PAGE):
        page = data[start : start + PAGE]
        if start == 0:
            page = page[:place] + bytes(8) + page[place + 8 :]
        if page.count(0) == PAGE:
            continue
        for (word,) in struct.iter_unpack("<Q", page):
            total = ((total << 1 | total >> 63) + word) & mask
    return total


def validate(source: Path | str | bytes, machine: int | None = None) -> Archive:
    """Read a boot archive from a file or from bytes, check all of it, and return what is in it.

    machine is the ELF machine number (62 or 243) that the programs must be for, None for any.
    Errors: BadInputError, one sentence that names the file and the way out.
    """
    if isinstance(source, bytes):
        name, data = "the boot archive", source
    else:
        name = f"the boot archive '{source}'"
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise BadInputError(f"{name} cannot be read: {error.strerror}; 'tisslab build' makes one") from error
    try:
        return Reader(data).archive(machine)
    except BadArchive as error:
        raise BadInputError(f"{name} {error}; 'tisslab build' makes it anew") from error


class BadArchive(Exception):  # noqa: N818 - never leaves this module
    """What is wrong, as the end of a sentence that starts with the archive's name."""


@dataclass(frozen=True)
class Reader:
    """Checks and reads the bytes of one archive."""

    data: bytes

    def archive(self, machine: int | None) -> Archive:
        """Check everything and return the whole."""
        header = self.header(machine)
        entries = [self.entry(index) for index in range(header.count)]
        seen: set[tuple[str, int]] = set()
        for entry in entries:
            if (entry.name, entry.kind) in seen:
                raise BadArchive(f"has two entries of the name '{entry.name}'")
            seen.add((entry.name, entry.kind))
        functions = {entry.name: self.functions(entry) for entry in entries if entry.kind == ArchiveKind.SYMBOLS}
        manifests = [entry for entry in entries if entry.kind == ArchiveKind.MANIFEST]
        if len(manifests) != 1:
            raise BadArchive(f"holds {len(manifests)} manifests where one belongs")
        programs = tuple(
            Program(entry.name, entry.entry, entry.segment[: entry.segments], functions.get(entry.name, ()))
            for entry in entries
            if entry.kind == ArchiveKind.PROGRAM
        )
        return Archive(header.machine, header.size, programs, self.manifest(manifests[0], {program.name for program in programs}))

    def header(self, machine: int | None) -> ArchiveHeader:
        """Check what concerns the archive as a whole."""
        data = self.data
        if len(data) < ArchiveHeader.SIZE:
            raise BadArchive(f"is cut short: {len(data)} bytes are less than its header")
        header = ArchiveHeader.parse(data)
        if header.magic != _abi.ABI_MAGIC:
            raise BadArchive("is no boot archive: it does not start with the magic number")
        if header.version != _abi.ABI_VERSION:
            raise BadArchive(f"is of ABI version {header.version}, and this lab knows version {_abi.ABI_VERSION}")
        if header.size != len(data) or len(data) % PAGE:
            how = "cut short" if header.size > len(data) else "damaged"
            raise BadArchive(f"is {how}: its header says {header.size} bytes, and there are {len(data)}")
        if header.sum != checksum(data):
            raise BadArchive(f"is damaged: its checksum is {checksum(data):#x}, and its header says {header.sum:#x}")
        if header.machine not in MACHINE_NAMES:
            raise BadArchive(f"is for ELF machine {header.machine}, which this lab does not know")
        if machine is not None and header.machine != machine:
            names = MACHINE_NAMES[header.machine], MACHINE_NAMES.get(machine, machine)
            raise BadArchive(f"is for {names[0]}, and {names[1]} was to boot")
        if not 0 < header.count <= ENTRIES_MAX or ArchiveHeader.SIZE + header.count * ArchiveEntry.SIZE > len(data):
            raise BadArchive(f"says that it has {header.count} entries, which do not fit into it")
        return header

    def entry(self, index: int) -> ArchiveEntry:
        """Check one entry by itself."""
        entry = ArchiveEntry.parse(self.data[ArchiveHeader.SIZE + index * ArchiveEntry.SIZE :][: ArchiveEntry.SIZE])
        if not entry.name.isprintable() or not entry.name:
            raise BadArchive(f"has an entry without a proper name, number {index}")
        if entry.kind == ArchiveKind.PROGRAM:
            self.check_program(entry)
        elif entry.kind in (ArchiveKind.MANIFEST, ArchiveKind.SYMBOLS):
            if entry.offset % PAGE or entry.offset + entry.size > len(self.data):
                raise BadArchive(f"has a file that lies outside it, '{entry.name}'")
        else:
            raise BadArchive(f"has an entry of the unknown kind {entry.kind}, '{entry.name}'")
        return entry

    def check_program(self, entry: ArchiveEntry) -> None:
        """Check a program's segments: inside the archive, page-aligned, never writable and executable; its entry executable."""
        if not 0 < entry.segments <= len(entry.segment):
            raise BadArchive(f"has a program of {entry.segments} segments, '{entry.name}'")
        executable = False
        for segment in entry.segment[: entry.segments]:
            aligned = not (segment.vaddr % PAGE or segment.size % PAGE or segment.offset % PAGE)
            inside = segment.offset + segment.file_size <= len(self.data) and segment.vaddr + segment.size <= _abi.USER_TOP
            if not aligned or not inside or segment.file_size > segment.size:
                raise BadArchive(f"has a segment at {segment.vaddr:#x} that is not in order, in program '{entry.name}'")
            if segment.rights & Right.WRITE and segment.rights & Right.EXECUTE:
                raise BadArchive(f"has a segment at {segment.vaddr:#x} that is writable and executable, in program '{entry.name}'")
            if segment.rights & Right.EXECUTE and segment.vaddr <= entry.entry < segment.vaddr + segment.size:
                executable = True
        if not executable:
            raise BadArchive(f"has a program that starts at {entry.entry:#x}, outside its code, '{entry.name}'")

    def functions(self, entry: ArchiveEntry) -> tuple[Function, ...]:
        """Read a program's functions: the names start where the first name is, right after the table."""
        content = self.data[entry.offset : entry.offset + entry.size]
        if not content:
            return ()
        bad = BadArchive(f"has a damaged table of functions, of '{entry.name}'")
        if len(content) < _abi.Symbol.SIZE:
            raise bad
        table_end = _abi.Symbol.parse(content).name
        if table_end % _abi.Symbol.SIZE or not 0 < table_end <= len(content):
            raise bad
        functions = []
        for start in range(0, table_end, _abi.Symbol.SIZE):
            symbol = _abi.Symbol.parse(content[start:])
            end = content.find(b"\0", symbol.name)
            if symbol.name < table_end or end < 0:
                raise bad
            functions.append(Function(content[symbol.name : end].decode("utf-8", "replace"), symbol.address, symbol.size))
        return tuple(functions)

    def manifest(self, entry: ArchiveEntry, programs: set[str]) -> tuple[ManifestServer, ...]:
        """Read the manifest: every server in it must be a program of the archive."""
        if entry.size % ManifestServer.SIZE:
            raise BadArchive(f"has a manifest of {entry.size} bytes, not a multiple of {ManifestServer.SIZE}")
        servers = tuple(_parse_servers(self.data[entry.offset : entry.offset + entry.size]))
        for server in servers:
            if server.name not in programs:
                raise BadArchive(f"has a manifest that names the server '{server.name}', and no such program")
        return servers


def _parse_servers(content: bytes) -> Iterator[ManifestServer]:
    for start in range(0, len(content), ManifestServer.SIZE):
        yield ManifestServer.parse(content[start : start + ManifestServer.SIZE])
