"""An index of debugging information: the source line of an address across inlined functions, and how structures are laid out.

Plain tables, so that looking up is a bisection. `dwarf_reader` makes one, `dwarf_cache` keeps it on disk, `Image.dwarf` hands it out.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from functools import cached_property

INDEX_VERSION = 1
"""Part of the cache's key: an index written by other code than this is not read."""


@dataclass(frozen=True)
class Frame:
    """A function on the stack and where in the source it is; file is empty and line 0 where that is not known."""

    function: str
    file: str
    line: int
    inlined: bool = False


@dataclass(frozen=True)
class Field:
    """A member of a structure: offset and size in bytes, type as C would spell it; bit_size is 0 if it is no bit field."""

    offset: int
    size: int
    type: str
    bit_offset: int = 0
    bit_size: int = 0


@dataclass(frozen=True)
class Structure:
    """A structure or union: size in bytes, fields by name in their order. Members of an unnamed inner structure stand among them."""

    name: str
    size: int
    fields: dict[str, Field]


@dataclass(frozen=True)
class Inlined:
    """A range of addresses that belongs to an inlined function; depth 1 is inlined into the real one."""

    low: int
    high: int
    name: str
    depth: int
    call_file: int
    call_line: int


@dataclass(frozen=True)
class Function:
    """A range of addresses of a real function, and what was inlined there."""

    low: int
    high: int
    name: str
    inlined: tuple[Inlined, ...]


@dataclass(frozen=True)
class Line:
    """From this address on the code is of this line of a file (a number in `files`); line -1: no code from here on."""

    address: int
    file: int
    line: int


@dataclass(frozen=True)
class DwarfIndex:
    """The tables: files by number, lines and functions by address, structures by name (`struct thread`, `union u`, a typedef's name)."""

    files: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    functions: tuple[Function, ...] = ()
    structures: dict[str, Structure] = field(default_factory=dict)

    @cached_property
    def _line_addresses(self) -> list[int]:
        return [line.address for line in self.lines]

    @cached_property
    def _function_addresses(self) -> list[int]:
        return [function.low for function in self.functions]

    def line_at(self, address: int) -> tuple[str, int] | None:
        """The file and line of an address, None if there is none.

        Code that the compiler put in between (line 0) counts to the line before it.
        """
        place = bisect.bisect_right(self._line_addresses, address) - 1
        while place >= 0 and self.lines[place].line == 0:
            place -= 1
        if place < 0 or self.lines[place].line < 0:
            return None
        return self.files[self.lines[place].file], self.lines[place].line

    def function_at(self, address: int) -> Function | None:
        """The real function that holds an address, None if there is none."""
        place = bisect.bisect_right(self._function_addresses, address) - 1
        if place < 0 or address >= self.functions[place].high:
            return None
        return self.functions[place]

    def frames(self, address: int) -> tuple[Frame, ...]:
        """The functions that an address is in, innermost first; where only the line is known, one frame without a function's name."""
        place = self.line_at(address)
        function = self.function_at(address)
        if function is None:
            return (Frame("", *place),) if place else ()
        file, line = place or ("", 0)
        frames = []
        holding = [inlined for inlined in function.inlined if inlined.low <= address < inlined.high]
        for inlined in sorted(holding, key=lambda inlined: inlined.depth, reverse=True):
            frames.append(Frame(inlined.name, file, line, inlined=True))
            file, line = self.files[inlined.call_file], inlined.call_line
        frames.append(Frame(function.name, file, line))
        return tuple(frames)

    def structure(self, name: str) -> Structure:
        """Find a structure. Errors: KeyError."""
        return self.structures[name]
