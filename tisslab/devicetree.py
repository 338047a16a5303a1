"""Device trees for machines that bring none: nested dictionaries in, the flattened form out (Devicetree Specification 0.4, chapter 5). No I/O."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Union

MAGIC = 0xD00DFEED
VERSION, COMPATIBLE_VERSION = 17, 16
BEGIN_NODE, END_NODE, PROPERTY, END = 1, 2, 3, 9
HEADER = struct.Struct(">10I")
NO_RESERVATIONS = bytes(16)

Value = Union[str, int, Sequence[int], "Node"]
"""A text, a cell, several cells, or another node; no cells at all is a property without a value."""
Node = Mapping[str, Value]


def cells(*numbers: int) -> list[int]:
    """Numbers of 64 bits as two cells each."""
    return [cell for number in numbers for cell in (number >> 32, number & 0xFFFF_FFFF)]


def flatten(root: Node) -> bytes:
    """Return the blob. A node's properties come before the nodes in it, whatever their order."""
    names: dict[str, int] = {}
    structure = _node("", root, names) + struct.pack(">I", END)
    strings = b"".join(name.encode() + b"\0" for name in names)
    at_structure = HEADER.size + len(NO_RESERVATIONS)
    at_strings = at_structure + len(structure)
    header = HEADER.pack(
        MAGIC,
        at_strings + len(strings),
        at_structure,
        at_strings,
        HEADER.size,
        VERSION,
        COMPATIBLE_VERSION,
        0,  # the hart that boots
        len(strings),
        len(structure),
    )
    return header + NO_RESERVATIONS + structure + strings


def _node(name: str, node: Node, names: dict[str, int]) -> bytes:
    """The bytes of a node. `names` are where properties' names stand among the strings: it grows."""
    nodes = [(key, value) for key, value in node.items() if isinstance(value, Mapping)]
    properties = [(key, value) for key, value in node.items() if not isinstance(value, Mapping)]
    parts = [struct.pack(">I", BEGIN_NODE), _padded(name.encode() + b"\0")]
    for key, value in properties:
        place = names.setdefault(key, sum(len(other.encode()) + 1 for other in names))
        data = _value(value)
        parts += [struct.pack(">III", PROPERTY, len(data), place), _padded(data)]
    parts += [_node(key, value, names) for key, value in nodes]
    return b"".join([*parts, struct.pack(">I", END_NODE)])


def _value(value: str | int | Sequence[int]) -> bytes:
    if isinstance(value, str):
        return value.encode() + b"\0"
    numbers = [value] if isinstance(value, int) else value
    return struct.pack(f">{len(numbers)}I", *numbers)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
