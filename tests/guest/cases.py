"""The guest suite's cases, as its sources name them, and the errors that they provoke."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tisslab.worst import device_arguments

FOLDER = Path(__file__).resolve().parent
CASE = re.compile(r"^TEST(_PANICS)?\((\w+)\)$", re.MULTILINE)
PROVOKES = re.compile(r"\bPROVOKES\(\s*(\w+)\s*,\s*(\w+)\s*,\s*(\w+)\((\w*)")


@dataclass(frozen=True)
class Case:
    """A case: the object whose file it stands in, its name, its line.

    `panics`: debug builds are to panic in it; `devices`: QEMU's arguments for the PCI devices that its file asks for.
    """

    object: str
    name: str
    line: int
    panics: bool
    devices: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.object}.c"


@dataclass(frozen=True)
class Provoked:
    """A place where a case provokes an error of a call, and the function that it calls to do so, with the first word it is given."""

    call: str
    error: str
    function: str
    argument: str
    place: str

    @property
    def is_by_its_own_call(self) -> bool:
        """Does the case make the call that it names?"""
        if self.function == "ipc":
            return self.argument == f"SYS_{self.call.upper()}"
        return self.function in (self.call, f"{self.call}_step", f"message_{self.call}")


def sources() -> list[Path]:
    """The programs of the suite."""
    return sorted(FOLDER.glob("*.c"))


def cases_of(path: Path, text: str) -> list[Case]:
    """The cases of a source, in its order."""
    devices = device_arguments(text)
    found = CASE.finditer(text)
    return [Case(path.stem, match[2], text.count("\n", 0, match.start()) + 1, match[1] is not None, devices) for match in found]


def all_cases() -> list[Case]:
    """Every case of the suite."""
    return [case for path in sources() for case in cases_of(path, path.read_text())]


def provoked_in(path: Path, text: str) -> list[Provoked]:
    """The errors that a source provokes."""
    return [
        Provoked(match[1], match[2], match[3], match[4], f"{path.name}:{text.count(chr(10), 0, match.start()) + 1}")
        for match in PROVOKES.finditer(text)
    ]


def all_provoked() -> list[Provoked]:
    """Every error that the suite provokes."""
    return [one for path in sources() for one in provoked_in(path, path.read_text())]
