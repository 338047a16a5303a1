"""The kernel interface as abi.toml declares it: read, checked, and laid out.

Standard library only: the kernel build needs nothing else. Every mistake in abi.toml ends as AbiError with one sentence.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parent / "abi.toml"
INTEGERS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
WORD = 8
TYPE = re.compile(r"([a-z][a-z0-9_]*)((?:\[[1-9][0-9]*\])*)")
NAME = re.compile(r"[a-z][a-z0-9_]*")
# Words of C and Python that a generated name cannot be.
KEYWORDS = {
    "auto",
    "char",
    "const",
    "default",
    "enum",
    "extern",
    "int",
    "long",
    "register",
    "short",
    "signed",
    "static",
    "struct",
    "switch",
}
KEYWORDS |= {"typedef", "union", "unsigned", "void", "volatile", "class", "def", "from", "import", "pass", "lambda", "global", "in", "is"}


class AbiError(Exception):
    """abi.toml says something that has no meaning; the message is one sentence."""


@dataclass(frozen=True)
class Field:
    """A field of a structure: `element` is u8..u64, char or a structure; `counts` are its dimensions, outer first."""

    name: str
    element: str
    counts: tuple[int, ...]
    offset: int
    size: int
    doc: str

    @property
    def nested(self) -> bool:
        return self.element not in INTEGERS and self.element != "char"


@dataclass(frozen=True)
class Structure:
    """A structure that crosses a border, without padding; size and alignment in bytes."""

    name: str
    doc: str
    fields: tuple[Field, ...]
    size: int
    alignment: int


@dataclass(frozen=True)
class Registers:
    """One architecture's registers, in the order of struct registers."""

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
    def untrapped(self) -> tuple[str, ...]:
        return (self.number, self.cap, self.info, *self.message, *self.saved)

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.untrapped, *self.kept, *self.trap)

    def offset(self, name: str) -> int:
        return WORD * self.names.index(name)

    def member(self, name: str) -> str:
        """The C member of struct registers that holds the register."""
        fixed = {self.number: "number", self.cap: "cap", self.info: "info"}
        if name in fixed:
            return fixed[name]
        return f"message[{self.message.index(name)}]" if name in self.message else name


@dataclass(frozen=True)
class Argument:
    """An argument or a result of a syscall; `type` is the object that a capability must be to, empty for a number."""

    name: str
    doc: str
    type: str = ""
    rights: tuple[str, ...] = ()


@dataclass(frozen=True)
class Syscall:
    name: str
    number: int
    kind: str
    doc: str
    args: tuple[Argument, ...]
    results: tuple[Argument, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Object:
    """An object type; bits are log2 of its bytes, both 0 where it is not memory."""

    name: str
    doc: str
    min_bits: int
    max_bits: int


@dataclass(frozen=True)
class Constant:
    """A named number with its meaning: a status, a right, a fault, a bit field's part."""

    name: str
    value: int
    doc: str


@dataclass(frozen=True)
class InfoField:
    name: str
    shift: int
    bits: int
    doc: str


@dataclass(frozen=True)
class Interface:
    """Everything that abi.toml declares."""

    version: int
    magic: int
    registers: dict[str, Registers]
    info: tuple[InfoField, ...]
    statuses: tuple[Constant, ...]
    rights: tuple[Constant, ...]
    objects: tuple[Object, ...]
    syscalls: tuple[Syscall, ...]
    fault_base: int
    fault_words: tuple[str, ...]
    faults: tuple[Constant, ...]
    constants: tuple[tuple[str, str, tuple[Constant, ...]], ...]
    structures: tuple[Structure, ...]
    events: tuple[Structure, ...]
    event_docs: tuple[Constant, ...]
    layout: dict[str, int]

    def structure(self, name: str) -> Structure:
        return next(structure for structure in self.structures if structure.name == name)


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise AbiError(f"abi.toml: {sentence}")


def _unique(names: list[str], what: str) -> None:
    for name in names:
        _require(NAME.fullmatch(name) is not None, f"{what} {name!r} is not a lower-case name")
        _require(name not in KEYWORDS, f"{what} {name!r} is a keyword of C or Python: choose another word")
        _require(names.count(name) == 1, f"{what} {name!r} is declared twice: rename one")


def _named(table: list[dict[str, Any]], what: str, text: str) -> tuple[Constant, ...]:
    _unique([row["name"] for row in table], what)
    return tuple(Constant(row["name"], number, row[text]) for number, row in enumerate(table))


def _registers(architecture: str, table: dict[str, Any]) -> Registers:
    lists = {key: tuple(table[key]) for key in ("message", "saved", "kept", "trap")}
    single = {key: table[key] for key in ("number", "cap", "info", "pc", "sp", "fp", "resume")}
    registers = Registers(architecture=architecture, **single, **lists)
    _unique(list(registers.names), f"{architecture} register")
    for role in ("pc", "sp", "fp", "resume"):
        _require(single[role] in registers.names, f"{architecture}: {role} = {single[role]!r} is not among its registers")
    return registers


def _argument(table: dict[str, Any], *, call: str, objects: list[str], rights: list[str]) -> Argument:
    argument = Argument(table["name"], table["doc"], table.get("type", ""), tuple(table.get("rights", ())))
    known = argument.type in objects or not argument.type
    _require(known, f"syscall {call}: argument {argument.name} has the unknown type {argument.type!r}")
    for right in argument.rights:
        _require(right in rights, f"syscall {call}: argument {argument.name} has the unknown right {right!r}")
    return argument


def _syscall(number: int, table: dict[str, Any], *, objects: list[str], rights: list[str], statuses: list[str]) -> Syscall:
    name, kind = table["name"], table["kind"]
    _require(kind in ("message", "plain"), f"syscall {name}: kind {kind!r} is neither message nor plain")
    rows = [{"name": "cap", **table["cap"]}] if kind == "message" else table["args"]
    arguments = tuple(_argument(row, call=name, objects=objects, rights=rights) for row in rows)
    results = tuple(Argument(row["name"], row["doc"]) for row in table.get("results", ()))
    for error in table["errors"]:
        _require(error in statuses, f"syscall {name}: unknown error {error!r}: declare it as a [[status]]")
    names = [argument.name for argument in arguments + results]
    _unique(names, f"syscall {name}: argument or result")
    return Syscall(name, number, kind, table["doc"], arguments, results, tuple(table["errors"]))


def _object(table: dict[str, Any]) -> Object:
    fixed = table.get("size_bits", 0)
    return Object(table["name"], table["doc"], table.get("min_bits", fixed), table.get("max_bits", fixed))


def _structure(name: str, doc: str, rows: list[list[str]], *, known: dict[str, Structure]) -> Structure:
    offset, alignment, fields = 0, 1, []
    for row in rows:
        label, text = row[0], row[1]
        match = TYPE.fullmatch(text)
        element = match.group(1) if match else text
        if element in known:
            size, align = known[element].size, known[element].alignment
        else:
            size = align = INTEGERS.get(element, 1)
            good = match is not None and (element in INTEGERS or element == "char")
            _require(good, f"struct {name}: field {label} has the unknown type {text!r}")
        counts = tuple(int(count) for count in re.findall(r"\[(\d+)\]", text))
        for count in counts:
            size *= count
        _require(offset % align == 0, f"struct {name}: field {label} at offset {offset} needs padding: reorder the fields")
        fields.append(Field(label, element, counts, offset, size, row[2] if len(row) > 2 else ""))
        offset, alignment = offset + size, max(alignment, align)
    _require(offset % alignment == 0, f"struct {name}: its size {offset} needs padding: add a reserved field")
    _unique([field.name for field in fields], f"struct {name}: field")
    return Structure(name, doc, tuple(fields), offset, alignment)


def _structures(tables: list[dict[str, Any]]) -> dict[str, Structure]:
    _unique([table["name"] for table in tables], "struct")
    known: dict[str, Structure] = {}
    for table in tables:
        known[table["name"]] = _structure(table["name"], table["doc"], table["fields"], known=known)
    return known


def _info(table: dict[str, dict[str, Any]]) -> tuple[InfoField, ...]:
    fields = tuple(InfoField(name, row["shift"], row["bits"], row["doc"]) for name, row in table.items())
    taken = 0
    for field in fields:
        mask = ((1 << field.bits) - 1) << field.shift
        _require(not taken & mask and mask < 1 << 64, f"info field {field.name} overlaps another or leaves the word")
        taken |= mask
    return fields


def _constants(tables: list[dict[str, Any]]) -> tuple[tuple[str, str, tuple[Constant, ...]], ...]:
    return tuple(
        (table["name"], table["doc"], tuple(Constant(row["name"], row["value"], row["doc"]) for row in table["values"])) for table in tables
    )


def build(data: dict[str, Any]) -> Interface:
    """Check what abi.toml says and lay it out. Raises AbiError."""
    try:
        return _build(data)
    except KeyError as error:
        raise AbiError(f"abi.toml: the key {error} is missing") from error


def _build(data: dict[str, Any]) -> Interface:
    statuses = _named(data["status"], "status", "text")
    rights = tuple(Constant(name, row["value"], row["doc"]) for name, row in data["rights"].items())
    objects = tuple(_object(table) for table in data["object"])
    _unique([item.name for item in objects], "object")
    _unique([table["name"] for table in data["syscall"]], "syscall")
    names = {
        "objects": [item.name for item in objects],
        "rights": [item.name for item in rights],
        "statuses": [item.name for item in statuses],
    }
    events = _named(data["event"], "event", "doc")
    return Interface(
        version=data["abi"]["version"],
        magic=data["abi"]["magic"],
        registers={name: _registers(name, table) for name, table in data["registers"].items()},
        info=_info(data["info"]),
        statuses=statuses,
        rights=rights,
        objects=objects,
        syscalls=tuple(_syscall(number, table, **names) for number, table in enumerate(data["syscall"])),
        fault_base=data["fault"]["base"],
        fault_words=tuple(data["fault"]["words"]),
        faults=_named(data["fault"]["kinds"], "fault", "doc"),
        constants=_constants(data.get("constants", [])),
        structures=tuple(_structures(data["struct"]).values()),
        events=tuple(_structure(row["name"], row["doc"], row["fields"], known={}) for row in data["event"]),
        event_docs=events,
        layout=dict(data["layout"]),
    )


def load(path: Path = SOURCE) -> Interface:
    """Read an abi.toml. Raises AbiError with one sentence for a file that is missing or wrong."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AbiError(f"{path}: {error.strerror}: give the interface's declaration") from error
    except tomllib.TOMLDecodeError as error:
        raise AbiError(f"{path}: {error}") from error
    return build(data)
