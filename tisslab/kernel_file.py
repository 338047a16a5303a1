"""A kernel file as `tisslab boot` needs to know it before the machine starts: can it be loaded, by whom, and does it speak to the lab.

`tisslab.image` knows far more of an ELF file, and costs an import of pyelftools; every boot passes here, and this takes a millisecond.
Layouts: the System V ABI's ELF chapter, the Linux x86 boot protocol, Linux's Documentation/arch/riscv/boot-image-header.rst.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tisslab.errors import BadInputError
from tisslab.machine import ARCHITECTURES, Architecture, KernelKind

LINUX_X86 = (0x202, b"HdrS")
LINUX_RISCV = (0x38, b"RSC\x05")
PT_LOAD, PT_NOTE, SHT_SYMTAB = 1, 4, 2
PVH_NOTE = struct.pack("<III4s", 4, 8, 18, b"Xen\0")
PVH_NOTE_32 = struct.pack("<III4s", 4, 4, 18, b"Xen\0")


@dataclass(frozen=True)
class Layout:
    """Where an ELF class keeps what is read here: struct formats, and the places of their fields.

    `header`: e_entry, e_phoff, e_shoff, then e_phentsize, e_phnum, e_shentsize, e_shnum. `program`: type, offset, vaddr, paddr, filesz,
    memsz as `program_order` picks them. `section`: type, offset, size, link, entsize. `symbol`: name, value.
    """

    header: str
    program: str
    program_order: tuple[int, ...]
    section: str
    symbol: str


LAYOUTS = {
    1: Layout("<24xIII4xHHHHHH", "<IIIIIIII", (0, 1, 2, 3, 4, 5), "<4xI8xIII8xI", "<II8x"),
    2: Layout("<24xQQQ4xHHHHHH", "<IIQQQQQQ", (0, 2, 3, 4, 5, 6), "<4xI16xQQI12xQ", "<I4xQ8x"),
}


@dataclass(frozen=True)
class Segment:
    """A loadable segment: file offset, addresses and sizes in bytes."""

    offset: int
    vaddr: int
    paddr: int
    file_size: int
    size: int


@dataclass(frozen=True)
class Wiring:
    """Where a kernel keeps what it tells the lab: physical addresses."""

    lab_channel: int
    panic_record: int


@dataclass(frozen=True)
class KernelFile:
    """A kernel that QEMU can load.

    `end` is the first physical address behind it (0 for a Linux image, which says no address); `wiring` is None for a foreign kernel.
    """

    path: Path
    kind: KernelKind
    end: int = 0
    wiring: Wiring | None = None

    @property
    def speaks(self) -> bool:
        """Does this kernel have the lab channel: is it one of this project?"""
        return self.wiring is not None


def read_kernel(path: Path, architecture: Architecture) -> KernelFile:
    """Read and check a kernel file.

    Errors: BadInputError if it is missing, no regular file, empty, cut short, neither ELF nor Linux, or for another architecture.
    """
    refuse_stream(path, option="--kernel")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"the kernel file '{path}' cannot be read ({error.strerror}): name another with --kernel") from error
    if not data.startswith(b"\x7fELF"):
        return _read_linux(path, data, architecture)
    try:
        return _read_elf(path, data, architecture)
    except (struct.error, ValueError, KeyError) as error:
        raise BadInputError(f"the kernel file '{path}' is cut short or damaged: build it again, or copy all of it") from error


def refuse_stream(path: Path, *, option: str) -> None:
    """Refuse what may never end, or can be read only once: QEMU reads a file after the lab did. Errors: BadInputError."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise BadInputError(f"'{path}' is a device or a pipe: copy what comes out of it to a file and give that with {option}")


def _read_linux(path: Path, data: bytes, architecture: Architecture) -> KernelFile:
    images = {"x86_64": LINUX_X86, "riscv64": LINUX_RISCV}
    for name, (place, magic) in images.items():
        if data[place : place + len(magic)] == magic:
            if name != architecture.name:
                _refuse_architecture(path, name, architecture)
            return KernelFile(path, KernelKind.LINUX)
    what = "is empty" if not data else "is neither an ELF file nor a Linux image"
    raise BadInputError(f"the kernel file '{path}' {what}: give a kernel as its linker wrote it")


def _refuse_architecture(path: Path, name: str, architecture: Architecture) -> NoReturn:
    raise BadInputError(f"the kernel file '{path}' is for {name}, not for {architecture.name}: choose another --arch or kernel")


def _read_elf(path: Path, data: bytes, architecture: Architecture) -> KernelFile:
    elf = ElfFile(data)
    if elf.machine not in architecture.elf_machines:
        names = {number: one.name for one in ARCHITECTURES.values() for number in one.elf_machines}
        _refuse_architecture(path, names.get(elf.machine, f"ELF machine {elf.machine}"), architecture)
    segments = elf.segments()
    if not segments:
        raise BadInputError(f"the kernel file '{path}' has nothing to load: link it to an executable first")
    kind = KernelKind.ELF
    if elf.has_pvh_note():
        kind = KernelKind.PVH
    elif architecture.ram_base and any(segment.paddr <= architecture.ram_base < segment.paddr + segment.size for segment in segments):
        kind = KernelKind.ELF_AT_RAM_BASE
    addresses = {name: elf.paddr(value) for name, value in elf.symbols(["lab_channel", "panic_record"]).items()}
    wiring = Wiring(**addresses) if len(addresses) == 2 else None
    return KernelFile(
        path=path,
        kind=kind,
        end=max(segment.paddr + segment.size for segment in segments),
        wiring=wiring,
    )


class ElfFile:
    """The few parts of an ELF file that are read here. Every method raises struct.error or ValueError if the file ends before they do."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.layout = LAYOUTS[data[4]] if len(data) > 5 and data[5] == 1 else LAYOUTS[0]
        (self.machine,) = struct.unpack_from("<H", data, 18)
        header = struct.unpack_from(self.layout.header, data, 0)
        _, self.program_place, self.section_place, _, self.program_size, self.programs, self.section_size, self.sections, _ = header

    def _program_headers(self) -> Iterator[tuple[int, ...]]:
        for index in range(self.programs):
            fields = struct.unpack_from(self.layout.program, self.data, self.program_place + index * self.program_size)
            kind, offset, vaddr, paddr, file_size, size = (fields[place] for place in self.layout.program_order)
            if offset + file_size > len(self.data):
                raise ValueError("a segment lies behind the end of the file")
            yield kind, offset, vaddr, paddr, file_size, size

    def segments(self) -> list[Segment]:
        """The loadable segments that have a size."""
        return [Segment(*header[1:]) for header in self._program_headers() if header[0] == PT_LOAD and header[5]]

    def has_pvh_note(self) -> bool:
        """Does a note segment hold PVH's entry?"""
        notes = (self.data[header[1] : header[1] + header[4]] for header in self._program_headers() if header[0] == PT_NOTE)
        return any(PVH_NOTE in note or PVH_NOTE_32 in note for note in notes)

    def paddr(self, vaddr: int) -> int:
        """The physical address that a virtual one is loaded at. Errors: ValueError if no segment holds it."""
        for segment in self.segments():
            if segment.vaddr <= vaddr < segment.vaddr + segment.size:
                return segment.paddr + vaddr - segment.vaddr
        raise ValueError(f"no segment holds {vaddr:#x}")

    def _section(self, index: int) -> tuple[int, ...]:
        return struct.unpack_from(self.layout.section, self.data, self.section_place + index * self.section_size)

    def symbols(self, names: list[str]) -> dict[str, int]:
        """The values of those symbols that the file has."""
        values = {}
        for index in range(self.sections):
            kind, offset, size, link, entry_size = self._section(index)
            if kind != SHT_SYMTAB:
                continue
            _, text_offset, text_size, _, _ = self._section(link)
            if text_offset + text_size > len(self.data):
                raise ValueError("the symbols' names lie behind the end of the file")
            text = self.data[text_offset : text_offset + text_size]
            wanted = {place + 1: name for name in names if (place := text.find(b"\0" + name.encode() + b"\0")) >= 0}
            for start in range(offset, offset + size, entry_size):
                name_place, value = struct.unpack_from(self.layout.symbol, self.data, start)
                if name_place in wanted:
                    values[wanted[name_place]] = value
        return values
