"""The Python module that comes from the interface: tisslab/_abi.py."""

from __future__ import annotations

import textwrap

from interface import Constant, Field, Interface, Structure

WIDTH = 110

HEAD = '''"""The kernel interface. Made by kernel/abi/gen.py from kernel/abi/abi.toml: change that, not this."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import ClassVar


def _integers(data: bytes, offset: int, layout: str) -> tuple[int, ...]:
    return struct.unpack_from("<" + layout, data, offset)


def _text(data: bytes, offset: int, size: int) -> str:
    return data[offset : offset + size].split(b"\\0", 1)[0].decode("utf-8", "replace")


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
'''
LETTERS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}


def _number(value: int) -> str:
    return str(value) if value < 1 << 10 else f"0x{value:X}"


def _tuple(name: str, items: list[str]) -> list[str]:
    """An argument that is a tuple of calls, in the formatter's own layout: one stays on the line."""
    if len(items) < 2:
        return [f"        {name}=({items[0]},)," if items else f"        {name}=(),"]
    return [f"        {name}=(", *(f"            {item}," for item in items), "        ),"]


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _docstring(text: str) -> list[str]:
    body = f'"""{text}"""'
    if len(body) + 4 <= WIDTH:
        return [f"    {body}"]
    wrapped = textwrap.wrap(text, WIDTH - 8)
    return [f'    """{wrapped[0]}', *(f"    {line}" for line in wrapped[1:]), '    """']


def _enum(name: str, base: str, doc: str, values: tuple[Constant, ...]) -> list[str]:
    lines = ["", "", f"class {name}({base}):", *_docstring(doc), ""]
    return lines + [f"    {item.name.upper()} = {_number(item.value)}" for item in values]


def _ordered(names: list[str]) -> tuple[Constant, ...]:
    return tuple(Constant(name, number, "") for number, name in enumerate(names))


def _strings(names: tuple[str, ...]) -> str:
    inner = ", ".join(f'"{name}"' for name in names)
    return f"({inner},)" if len(names) == 1 else f"({inner})"


def _kind(field: Field) -> tuple[str, str]:
    """A field's Python type and the expression that parses it at `data`."""
    place = str(field.offset)
    if field.nested:
        name, size = _camel(field.element), field.size // field.counts[0] if field.counts else field.size
        if field.counts in ((), (1,)):
            return name, f"{name}.parse(data[{place}:{field.offset + size}])"
        at = f"{place} + index * {size}"
        return f"tuple[{name}, ...]", f"tuple({name}.parse(data[{at} :]) for index in range({field.counts[0]}))"
    if field.element == "char":
        size = field.counts[-1]
        if len(field.counts) == 1:
            return "str", f"_text(data, {place}, {size})"
        return "tuple[str, ...]", f"_texts(data, {place}, {size}, {field.size // size})"
    if field.element == "u8" and field.counts:
        return "bytes", f"data[{place}:{field.offset + field.size}]"
    letter = LETTERS[field.element]
    if not field.counts:
        return "int", f'_integers(data, {place}, "{letter}")[0]'
    return "tuple[int, ...]", f'_integers(data, {place}, "{field.counts[0]}{letter}")'


def _structure(structure: Structure) -> list[str]:
    name = _camel(structure.name)
    lines = ["", "", "@dataclass(frozen=True)", f"class {name}:", *_docstring(structure.doc), ""]
    lines += [f"    SIZE: ClassVar[int] = {structure.size}"]
    lines += ["    OFFSETS: ClassVar[dict[str, int]] = {"]
    lines += [f'        "{field.name}": {field.offset},' for field in structure.fields] + ["    }"]
    lines += [f"    {field.name}: {_kind(field)[0]}" for field in structure.fields]
    lines += ["", "    @classmethod", f"    def parse(cls, data: bytes) -> {name}:"]
    lines += ['        """Read it from the start of data. Raises ValueError if that is too short."""']
    lines += [f'        _check("{structure.name}", data, cls.SIZE)', "        return cls("]
    lines += [f"            {field.name}={_kind(field)[1]}," for field in structure.fields]
    return [*lines, "        )"]


def _registers(interface: Interface) -> list[str]:
    lines = ["", "", "REGISTERS: dict[str, RegisterFile] = {"]
    for name, file in interface.registers.items():
        lines += [f'    "{name}": RegisterFile(', f'        architecture="{name}",']
        for role in ("number", "cap", "info", "message", "saved", "kept", "trap", "pc", "sp", "fp", "resume"):
            value = getattr(file, role)
            if isinstance(value, str):
                lines.append(f'        {role}="{value}",')
            else:
                lines += [f"        {role}=(", *(f'            "{item}",' for item in value), "        ),"]
        lines.append("    ),")
    return [*lines, "}"]


def _syscalls(interface: Interface) -> list[str]:
    lines = ["", "SYSCALLS: tuple[SyscallEntry, ...] = ("]
    for call in interface.syscalls:
        lines += ["    SyscallEntry(", f"        number={call.number},", f'        name="{call.name}",', f'        kind="{call.kind}",']
        lines += _tuple("args", [f'Argument("{item.name}", "{item.type}", {_strings(item.rights)})' for item in call.args])
        lines.append(f"        results={_strings(tuple(item.name for item in call.results))},")
        lines += [f"        errors={_strings(call.errors)},", "    ),"]
    return [*lines, ")"]


def _events(interface: Interface) -> list[str]:
    lines = ["", "EVENTS: dict[int, EventEntry] = {"]
    for number, event in enumerate(interface.events):
        lines += [f"    {number}: EventEntry(", f'        name="{event.name}",']
        fields = [f'EventField("{field.name}", {field.element == "char"}, {field.offset}, {field.size})' for field in event.fields]
        lines += _tuple("fields", fields)
        lines += [f"        size={event.size},", "    ),"]
    return [*lines, "}"]


def module(interface: Interface) -> str:
    """The text of tisslab/_abi.py."""
    lines = [HEAD.rstrip("\n")]
    lines += _enum("Status", "IntEnum", "What a syscall answers.", interface.statuses)
    lines += _enum("Right", "IntFlag", "What a capability allows.", interface.rights)
    lines += _enum("Object", "IntEnum", "The type of an object.", _ordered([item.name for item in interface.objects]))
    lines += _enum("Syscall", "IntEnum", "The number of a syscall.", _ordered([item.name for item in interface.syscalls]))
    lines += _enum("Fault", "IntEnum", "The kind of a fault: its message's label less FAULT_BASE.", interface.faults)
    lines += _enum("EventKind", "IntEnum", "The kind of a record on the lab channel.", interface.event_docs)
    for name, doc, values in interface.constants:
        lines += _enum(_camel(name), "IntFlag" if name.endswith("flag") else "IntEnum", doc, values)
    for structure in interface.structures:
        lines += _structure(structure)
    lines += ["", "", f"ABI_VERSION = {interface.version}", f"ABI_MAGIC = {_number(interface.magic)}"]
    lines += [f"FAULT_BASE = {_number(interface.fault_base)}", f"FAULT_WORDS = {_strings(interface.fault_words)}"]
    for field in interface.info:
        lines += [f"INFO_{field.name.upper()}_SHIFT = {field.shift}", f"INFO_{field.name.upper()}_BITS = {field.bits}"]
    lines += [f"{name.upper()} = {_number(value)}" for name, value in interface.layout.items()]
    lines += [f"PAGE_SIZE = {_number(1 << interface.layout['page_bits'])}", "", "STATUS_TEXTS: dict[Status, str] = {"]
    for item in interface.statuses:
        lines.append(f'    Status.{item.name.upper()}: "{item.doc}",')
    lines += ["}", "", "OBJECT_BITS: dict[Object, tuple[int, int]] = {"]
    lines += [f"    Object.{item.name.upper()}: ({item.min_bits}, {item.max_bits})," for item in interface.objects]
    lines += ["}"]
    lines += _registers(interface) + _syscalls(interface) + _events(interface)
    return "\n".join([*lines, ""])
