"""Device trees, read back by a few lines of the specification's: whether a kernel understands them is shown where one boots from them."""

from __future__ import annotations

import struct

from tisslab.devicetree import HEADER, MAGIC, Node, cells, flatten


def read(blob: bytes) -> list[tuple[str, bytes | None]]:
    """(path, value) of every property, and (path, None) of every node, in order."""
    magic, size, at, strings, _, version, compatible, _, strings_size, structure_size = HEADER.unpack_from(blob)
    assert (magic, size, version, compatible) == (MAGIC, len(blob), 17, 16)
    assert at + structure_size == strings and strings + strings_size == size
    assert blob[HEADER.size : at] == bytes(16)  # nothing is reserved
    found: list[tuple[str, bytes | None]] = []
    path: list[str] = []
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == 1:
            path.append(text(blob, at))
            at += (len(path[-1]) + 4) & ~3
            found.append(("/".join(path), None))
        elif token == 2:
            path.pop()
        elif token == 3:
            length, name = struct.unpack_from(">II", blob, at)
            found.append(("/".join([*path, text(blob, strings + name)]), blob[at + 8 : at + 8 + length]))
            at += 8 + ((length + 3) & ~3)
        else:
            assert (token, at, path) == (9, strings, [])
            return found


def text(blob: bytes, at: int) -> str:
    return blob[at : blob.index(b"\0", at)].decode()


def test_nodes_and_properties_are_found_again() -> None:
    tree: Node = {"chosen": {"bootargs": "a b", "none": []}, "cells": 2, "memory@0": {"reg": cells(0x1_0000_0002, 3), "cells": 1}}
    assert read(flatten(tree)) == [
        ("", None),
        ("/cells", b"\0\0\0\2"),  # before the nodes
        ("/chosen", None),
        ("/chosen/bootargs", b"a b\0"),
        ("/chosen/none", b""),
        ("/memory@0", None),
        ("/memory@0/reg", bytes.fromhex("00000001 00000002 00000000 00000003")),
        ("/memory@0/cells", b"\0\0\0\1"),
    ]


def test_a_name_is_kept_once() -> None:
    assert flatten({"a": {"cells": 1}, "b": {"cells": 2}}).count(b"cells\0") == 1
