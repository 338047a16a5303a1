"""Reads debugging information, DWARF 4 and 5, into a `DwarfIndex`.

What DWARF means by each attribute is in its standard: 2.17 ranges, 3.3.8 inlining, 5.7 structures, 6.2 line tables.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tisslab.dwarf import DwarfIndex, Field, Function, Inlined, Line, Structure
from tisslab.elf_errors import elf_errors

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile


def make_index(elf: ELFFile, *, is_code: Callable[[int], bool]) -> DwarfIndex:
    """Read all debugging information; `is_code` tells addresses of code from those of what the linker dropped.

    Information that cannot be read is as if it were not there: it never stops a backtrace.
    """
    try:
        return _Builder(elf, is_code).build() if elf.has_dwarf_info() else DwarfIndex()
    except elf_errors():
        return DwarfIndex()


class _Builder:
    """Gathers the tables over all compilation units. DIEs are pyelftools' objects, whose types say little: Any."""

    def __init__(self, elf: ELFFile, is_code: Callable[[int], bool]) -> None:
        self.is_code = is_code
        self.dwarf: Any = elf.get_dwarf_info()
        self.ranges: Any = self.dwarf.range_lists()
        self.files: dict[str, int] = {}
        self.lines: list[tuple[int, int, Line]] = []
        self.functions: list[Function] = []
        self.structures: dict[str, Structure] = {}
        self.unit_files: list[int] = []
        self.unit_low = 0

    def build(self) -> DwarfIndex:
        for unit in self.dwarf.iter_CUs():
            top = unit.get_top_DIE()
            low = top.attributes.get("DW_AT_low_pc")
            self.unit_low = low.value if low else 0
            self.unit_files = []
            program = self.dwarf.line_program_for_CU(unit)
            if program is not None:
                self.unit_files = [self.file(name) for name in _file_names(program, _text(top, "DW_AT_comp_dir"))]
                self.add_lines(program)
            for die in top.iter_children():
                self.add(die)
        self.lines.sort(key=lambda entry: entry[:2])
        self.functions.sort(key=lambda function: function.low)
        return DwarfIndex(tuple(self.files), tuple(entry[2] for entry in self.lines), tuple(self.functions), self.structures)

    def file(self, name: str) -> int:
        return self.files.setdefault(name, len(self.files))

    def unit_file(self, number: int) -> int:
        return self.unit_files[number] if number < len(self.unit_files) else self.file("")

    # ------------------------------------------------------------ lines

    def add_lines(self, program: Any) -> None:
        """Add the line table of a unit, a sequence at a time; those of functions that the linker dropped lie outside the code."""
        sequence: list[Line] = []
        for entry in program.get_entries():
            state = entry.state
            if state is None:
                continue
            sequence.append(Line(state.address, self.unit_file(state.file), -1 if state.end_sequence else state.line))
            if state.end_sequence:
                if self.is_code(sequence[0].address):
                    # the end of one sequence sorts before the start of the next at the same address
                    self.lines += [(line.address, line.line >= 0, line) for line in sequence]
                sequence = []

    # ------------------------------------------------------------ functions

    def add(self, die: Any) -> None:
        """Add a child of a unit's top."""
        if die.tag == "DW_TAG_subprogram":
            spans = self.spans(die)
            if spans:
                inlined = tuple(self.inlined_in(die, depth=1))
                name = _name(die)
                self.functions += [
                    Function(low, high, name, tuple(part for part in inlined if part.low < high and low < part.high)) for low, high in spans
                ]
        elif die.tag in ("DW_TAG_structure_type", "DW_TAG_union_type"):
            name = _text(die, "DW_AT_name")
            if name:
                self.add_structure(_PREFIXES[die.tag] + name, die)
        elif die.tag == "DW_TAG_typedef":
            target = _follow(die, "DW_AT_type")
            if target is not None and target.tag in _PREFIXES and "DW_AT_name" not in target.attributes:
                self.add_structure(_text(die, "DW_AT_name"), target)

    def inlined_in(self, die: Any, *, depth: int) -> Iterator[Inlined]:
        """What is inlined into a function or a block of it, at every depth."""
        for child in die.iter_children():
            if child.tag == "DW_TAG_inlined_subroutine":
                call_file, call_line = (child.attributes.get(name) for name in ("DW_AT_call_file", "DW_AT_call_line"))
                for low, high in self.spans(child):
                    file = self.unit_file(call_file.value if call_file else 0)
                    yield Inlined(low, high, _name(child), depth, file, call_line.value if call_line else 0)
                yield from self.inlined_in(child, depth=depth + 1)
            elif child.tag == "DW_TAG_lexical_block":
                yield from self.inlined_in(child, depth=depth)

    def spans(self, die: Any) -> list[tuple[int, int]]:
        """The address ranges of a DIE that lie in the image's code."""
        return [(low, high) for low, high in self.all_spans(die) if low < high and self.is_code(low)]

    def all_spans(self, die: Any) -> Iterable[tuple[int, int]]:
        from elftools.dwarf.descriptions import describe_form_class

        low, high, ranges = (die.attributes.get(name) for name in ("DW_AT_low_pc", "DW_AT_high_pc", "DW_AT_ranges"))
        if ranges is not None:
            base = self.unit_low
            for entry in self.ranges.get_range_list_at_offset(ranges.value, die.cu):
                if hasattr(entry, "base_address"):
                    base = entry.base_address
                else:
                    start = 0 if entry.is_absolute else base
                    yield entry.begin_offset + start, entry.end_offset + start
        elif low is not None and high is not None:
            yield low.value, high.value if describe_form_class(high.form) == "address" else low.value + high.value

    # ------------------------------------------------------------ structures

    def add_structure(self, name: str, die: Any) -> None:
        size = die.attributes.get("DW_AT_byte_size")
        if size is None or name in self.structures:  # a declaration without a body, or a header's structure met before
            return
        self.structures[name] = Structure(name, size.value, dict(_fields(die, base=0)))


_PREFIXES = {"DW_TAG_structure_type": "struct ", "DW_TAG_union_type": "union ", "DW_TAG_enumeration_type": "enum "}


def _file_names(program: Any, directory: str) -> list[str]:
    """The names by their number in the line table, those below the compilation's directory relative to it."""
    entries, version = program["file_entry"], program["version"]
    folders = [_decode(folder) for folder in program["include_directory"]]
    if version < 5:
        folders = [directory, *folders]
    names = [_join(_decode(entry.name), folders[entry.dir_index], directory) for entry in entries]
    return names if version >= 5 else ["", *names]


def _join(name: str, folder: str, directory: str) -> str:
    path = name if name.startswith("/") or folder in ("", directory) else f"{folder}/{name}"
    return path.removeprefix(f"{directory}/")


def _decode(text: Any) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _text(die: Any, attribute: str) -> str:
    found = die.attributes.get(attribute)
    return _decode(found.value) if found else ""


def _follow(die: Any, attribute: str) -> Any:
    return die.get_DIE_from_attribute(attribute) if attribute in die.attributes else None


def _name(die: Any) -> str:
    """A function's name, which an inlined or split one has only at its origin."""
    while die is not None:
        if "DW_AT_name" in die.attributes:
            return _text(die, "DW_AT_name")
        die = _follow(die, "DW_AT_abstract_origin") or _follow(die, "DW_AT_specification")
    return ""


def _fields(die: Any, *, base: int) -> Iterator[tuple[str, Field]]:
    for member in die.iter_children():
        if member.tag != "DW_TAG_member":
            continue
        target = _follow(member, "DW_AT_type")
        offset = base + _number(member, "DW_AT_data_member_location")
        name = _text(member, "DW_AT_name")
        if not name and target is not None and target.tag in _PREFIXES:
            yield from _fields(target, base=offset)
            continue
        bits, bit_size = _bits(member, _size(target))
        yield name, Field(offset + bits // 8, _size(target), _type_name(target), bits % 8, bit_size)


def _bits(member: Any, size: int) -> tuple[int, int]:
    """Where a bit field starts, in bits after its byte offset, and how many it has; (0, 0) if it is none."""
    bit_size = _number(member, "DW_AT_bit_size")
    if "DW_AT_bit_offset" in member.attributes:  # DWARF 2 and 3, gcc's choice in 4 too: counted from the unit's highest bit
        return (_number(member, "DW_AT_byte_size") or size) * 8 - _number(member, "DW_AT_bit_offset") - bit_size, bit_size
    return _number(member, "DW_AT_data_bit_offset") if bit_size else 0, bit_size


def _number(die: Any, attribute: str) -> int:
    found = die.attributes.get(attribute)
    return int(found.value) if found and isinstance(found.value, int) else 0


def _size(die: Any) -> int:
    """The bytes of a type, 0 where that is open (a function, an array without bounds)."""
    if die is None:
        return 0
    if "DW_AT_byte_size" in die.attributes:
        return _number(die, "DW_AT_byte_size")
    size = 8 if die.tag == "DW_TAG_pointer_type" else _size(_follow(die, "DW_AT_type"))
    return size * _product(_counts(die)) if die.tag == "DW_TAG_array_type" else size


def _counts(die: Any) -> list[int]:
    """The counts of an array's dimensions, outermost first; 0 for an open one."""
    ranges = [child for child in die.iter_children() if child.tag == "DW_TAG_subrange_type"]
    return [
        _number(part, "DW_AT_count") or (_number(part, "DW_AT_upper_bound") + 1 if "DW_AT_upper_bound" in part.attributes else 0)
        for part in ranges
    ]


def _product(numbers: Iterable[int]) -> int:
    return list(itertools.accumulate(numbers, lambda product, number: product * number, initial=1))[-1]


def _type_name(die: Any) -> str:
    """A type as C spells it, near enough for a person: `struct thread *`, `u64[4]`."""
    if die is None:
        return "void"
    name = _text(die, "DW_AT_name")
    if name:
        return _PREFIXES.get(die.tag, "") + name
    inner = _follow(die, "DW_AT_type")
    if die.tag == "DW_TAG_pointer_type":
        return f"{_type_name(inner)} *"
    if die.tag == "DW_TAG_array_type":
        return _type_name(inner) + "".join(f"[{count or ''}]" for count in _counts(die))
    if die.tag in ("DW_TAG_const_type", "DW_TAG_volatile_type", "DW_TAG_restrict_type"):
        return f"{die.tag.split('_')[2]} {_type_name(inner)}"
    if die.tag == "DW_TAG_subroutine_type":
        return f"{_type_name(inner)} ()"
    return _PREFIXES.get(die.tag, "?").strip()
