"""Keeps `DwarfIndex`es on disk, in $XDG_CACHE_HOME/tisslab/dwarf or ~/.cache/tisslab/dwarf, by the hash of the file they were made of.

The cache only saves time: what cannot be read is made anew, what cannot be written is left.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tisslab.dwarf import INDEX_VERSION, DwarfIndex, Field, Function, Inlined, Line, Structure

KEEP = 32
"""Indexes that are kept, the newest: an edit of the kernel makes a new one."""


def folder() -> Path:
    """Where the indexes are."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "tisslab" / "dwarf"


def path_of(data: bytes) -> Path:
    """The file of the index of an image with these bytes."""
    return folder() / f"{hashlib.sha256(data).hexdigest()}-{INDEX_VERSION}.json"


def load(data: bytes) -> DwarfIndex | None:
    """Return the index of an image with these bytes, None if it is not there or not whole."""
    try:
        return from_json(json.loads(path_of(data).read_bytes()))
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError):
        return None


def store(data: bytes, index: DwarfIndex) -> None:
    """Write an index so that a reader finds all of it or nothing, and drop old ones."""
    text = json.dumps(to_json(index), separators=(",", ":"))
    with contextlib.suppress(OSError, RuntimeError):
        target = path_of(data)
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, text)
        for old in sorted(target.parent.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-KEEP]:
            old.unlink(missing_ok=True)


def _write(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".new")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def to_json(index: DwarfIndex) -> dict[str, object]:
    """The index as plain lists."""
    return {
        "files": index.files,
        "lines": [dataclasses.astuple(line) for line in index.lines],
        "functions": [dataclasses.astuple(function) for function in index.functions],
        "structures": [
            [structure.name, structure.size, {name: dataclasses.astuple(field) for name, field in structure.fields.items()}]
            for structure in index.structures.values()
        ],
    }


def from_json(value: Any) -> DwarfIndex:
    """The index from what `to_json` made. Errors: those of Python, where it is not that."""
    index = DwarfIndex(
        files=tuple(str(name) for name in value["files"]),
        lines=tuple(Line(*row) for row in value["lines"]),
        functions=tuple(
            Function(low, high, name, tuple(Inlined(*part) for part in inlined)) for low, high, name, inlined in value["functions"]
        ),
        structures={
            name: Structure(name, size, {field: Field(*facts) for field, facts in fields.items()})
            for name, size, fields in value["structures"]
        },
    )
    numbers = [line.file for line in index.lines] + [part.call_file for function in index.functions for part in function.inlined]
    if any(not 0 <= number < len(index.files) for number in numbers):
        raise ValueError("a file number without a file")
    return index
