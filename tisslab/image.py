"""The facts of an ELF file: segments, sections, symbols, contents; by way of `dwarf`, the source line of an address."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tisslab.dwarf import DwarfIndex, Frame
from tisslab.elf_errors import elf_errors
from tisslab.errors import BadInputError
from tisslab.machine import ARCHITECTURES

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile


READ, WRITE, EXECUTE = 4, 2, 1
"""The bits of a program header's flags."""


@dataclass(frozen=True)
class Segment:
    """A part of the file that is loaded: addresses and sizes in bytes, flags of READ, WRITE, EXECUTE."""

    vaddr: int
    paddr: int
    offset: int
    file_size: int
    size: int
    flags: int

    @property
    def rights(self) -> str:
        """The flags as `r-x`."""
        return "".join(letter if self.flags & bit else "-" for letter, bit in (("r", READ), ("w", WRITE), ("x", EXECUTE)))

    @property
    def writable_and_executable(self) -> bool:
        """Does it break W^X?"""
        return self.flags & (WRITE | EXECUTE) == WRITE | EXECUTE


@dataclass(frozen=True)
class Section:
    """A section: address 0 if it is not loaded, size in bytes, `loaded` if it takes memory."""

    name: str
    address: int
    size: int
    loaded: bool


@dataclass(frozen=True, order=True)
class Symbol:
    """A symbol with an address; kind is function, object or other (a label of assembly or of the linker script); size in bytes."""

    address: int
    name: str
    size: int
    kind: str


@dataclass(frozen=True)
class Image:
    """One ELF executable, read as it was at `open`. arch is x86_64 or riscv64; entry is the address in its header."""

    path: Path
    arch: str
    entry: int
    segments: tuple[Segment, ...]
    data: bytes = field(repr=False)

    @classmethod
    def open(cls, path: Path | str) -> Image:
        """Read and check an ELF executable.

        Errors: BadInputError if the file is missing, not ELF, cut short, not 64-bit little-endian, or for an unknown architecture.
        """
        path = Path(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadInputError(f"'{path}' cannot be read: {error.strerror}") from error
        return cls.parse(data, path=path)

    @classmethod
    def parse(cls, data: bytes, *, path: Path) -> Image:
        """The same from bytes; path names them in errors."""
        if not data.startswith(b"\x7fELF"):
            raise BadInputError(f"'{path}' is not an ELF file: give a kernel or program as the linker wrote it")
        try:
            elf = _parse_elf(data)
            arch = _check_architecture(elf, path)
            segments = tuple(
                Segment(header.p_vaddr, header.p_paddr, header.p_offset, header.p_filesz, header.p_memsz, header.p_flags)
                for header in (segment.header for segment in elf.iter_segments("PT_LOAD"))
            )
            _check_whole(elf, len(data))
        except elf_errors() as error:
            raise BadInputError(f"'{path}' is cut short or damaged: its ELF headers cannot be read; build or copy it again") from error
        if not segments:
            raise BadInputError(f"'{path}' has nothing to load: give an executable, not an object file")
        return cls(path, arch, int(elf.header.e_entry), segments, data)

    # ------------------------------------------------------------ sections and symbols

    @cached_property
    def elf(self) -> ELFFile:
        """The file as pyelftools sees it, for what this class does not tell."""
        return _parse_elf(self.data)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Every section with a name, in file order."""
        loaded = 2  # SHF_ALLOC
        return tuple(
            Section(section.name, section["sh_addr"], section["sh_size"], bool(section["sh_flags"] & loaded))
            for section in self.elf.iter_sections()
            if section.name
        )

    @cached_property
    def symbols(self) -> dict[str, Symbol]:
        """Every named symbol that has an address; of several of one name (static functions) the first."""
        kinds = {"STT_FUNC": "function", "STT_OBJECT": "object", "STT_NOTYPE": "other"}
        found: dict[str, Symbol] = {}
        table: Any = self.elf.get_section_by_name(".symtab")
        for entry in table.iter_symbols() if table else ():
            kind = kinds.get(entry["st_info"]["type"])
            # riscv assemblers leave local labels (.L1, $x) in the table; they name no place that a person knows
            if kind and entry.name and entry["st_shndx"] != "SHN_UNDEF" and not entry.name.startswith((".L", "$")):
                found.setdefault(entry.name, Symbol(entry["st_value"], entry.name, entry["st_size"], kind))
        return found

    @cached_property
    def functions(self) -> tuple[Symbol, ...]:
        """The functions, and labels in executable segments, by address."""
        return tuple(sorted(symbol for symbol in self.symbols.values() if symbol.kind != "object" and self.is_code(symbol.address)))

    @cached_property
    def _function_addresses(self) -> list[int]:
        return [symbol.address for symbol in self.functions]

    def symbol(self, name: str) -> Symbol:
        """Find a symbol by name. Errors: BadInputError if the image has none of it."""
        try:
            return self.symbols[name]
        except KeyError:
            why = "has no symbols at all: was it stripped?" if not self.symbols else f"has no symbol '{name}'"
            raise BadInputError(f"'{self.path}' {why}") from None

    def function_at(self, address: int) -> Symbol | None:
        """The function that holds an address, None if there is none. A label without a size reaches to the next one."""
        place = bisect.bisect_right(self._function_addresses, address) - 1
        # of several at one address (an alias, a label before a function) take one that knows its size
        while place >= 0:
            symbol = self.functions[place]
            if address < symbol.address + symbol.size or (symbol.size == 0 and self.is_code(address)):
                return symbol
            if place == 0 or self.functions[place - 1].address != symbol.address:
                return None
            place -= 1
        return None

    # ------------------------------------------------------------ memory

    def segment_at(self, vaddr: int) -> Segment | None:
        """The segment that holds a virtual address, None if there is none."""
        return next((segment for segment in self.segments if segment.vaddr <= vaddr < segment.vaddr + segment.size), None)

    def is_code(self, vaddr: int) -> bool:
        """Is there code at a virtual address?"""
        segment = self.segment_at(vaddr)
        return segment is not None and bool(segment.flags & EXECUTE)

    def read(self, vaddr: int, size: int) -> bytes:
        """Return the initial contents of memory, zeroes where the file has none. Errors: BadInputError outside the image."""
        segment = self.segment_at(vaddr)
        if segment is None or vaddr + size > segment.vaddr + segment.size:
            raise BadInputError(f"'{self.path}' has no {size} bytes of memory at {vaddr:#x}")
        start = vaddr - segment.vaddr
        in_file = self.data[segment.offset + start : segment.offset + min(segment.file_size, start + size)]
        return in_file.ljust(size, b"\0")

    def vaddr_to_paddr(self, vaddr: int) -> int:
        """Return the physical address that a virtual one is loaded at. Errors: BadInputError outside the image."""
        segment = self.segment_at(vaddr)
        if segment is None:
            raise BadInputError(f"'{self.path}' has nothing at address {vaddr:#x}")
        return segment.paddr + vaddr - segment.vaddr

    # ------------------------------------------------------------ source lines

    @cached_property
    def dwarf(self) -> DwarfIndex:
        """The index of the debugging information, from the cache if it is there; empty if the image has none."""
        from tisslab import dwarf_cache, dwarf_reader

        index = dwarf_cache.load(self.data)
        if index is None:
            index = dwarf_reader.make_index(self.elf, is_code=self.is_code)
            dwarf_cache.store(self.data, index)
        return index

    def frames(self, address: int) -> tuple[Frame, ...]:
        """The functions that an address is in, innermost first: inlined ones, then the real one; empty if it is not in code.

        Without debugging information the one frame has only the symbol's name.
        """
        frames = self.dwarf.frames(address)
        if frames and frames[-1].function:
            return frames
        symbol = self.function_at(address)
        if symbol is None:
            return ()
        # assembly has lines but no functions: DWARF tells the place, the symbol table the name
        file, line = (frames[-1].file, frames[-1].line) if frames else ("", 0)
        return (Frame(function=symbol.name, file=file, line=line),)


def _parse_elf(data: bytes) -> ELFFile:
    from io import BytesIO

    from elftools.elf.elffile import ELFFile

    stream: BinaryIO = BytesIO(data)
    return ELFFile(stream)


def _check_architecture(elf: ELFFile, path: Path) -> str:
    if elf.elfclass != 64 or not elf.little_endian:
        kind = f"{elf.elfclass}-bit {'little' if elf.little_endian else 'big'}-endian"
        raise BadInputError(f"'{path}' is a {kind} ELF file, and only 64-bit little-endian ones are known")
    from elftools.elf.enums import ENUM_E_MACHINE

    machine = elf.header.e_machine
    for name, architecture in ARCHITECTURES.items():
        if ENUM_E_MACHINE.get(machine) in architecture.elf_machines:
            return name
    raise BadInputError(f"'{path}' is for {str(machine).removeprefix('EM_')}, and only {' and '.join(ARCHITECTURES)} are known")


def _check_whole(elf: ELFFile, size: int) -> None:
    """Raise ValueError if a header points past the end of the file."""
    header = elf.header
    ends = [segment["p_offset"] + segment["p_filesz"] for segment in elf.iter_segments()]
    ends += [section["sh_offset"] + section["sh_size"] for section in elf.iter_sections() if section["sh_type"] != "SHT_NOBITS"]
    ends.append(header.e_shoff + header.e_shnum * header.e_shentsize)
    if max(ends) > size:
        raise ValueError(f"headers reach to {max(ends)}")
