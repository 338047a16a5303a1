"""The operations whose cost is counted: tests/ipc/operations.toml, and the programs in tests/ipc that perform them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tisslab.build import ROOT
from tisslab.errors import BadInputError

PROGRAMS = Path("tests") / "ipc"
TABLE = PROGRAMS / "operations.toml"
CASE = re.compile(r"^TEST\((\w+)\)$", re.MULTILINE)


@dataclass(frozen=True)
class Goal:
    """What an operation is to take at most, where it should get, and what the peer takes; None where nobody has said."""

    must: int | None = None
    aim: int | None = None
    peer: int | None = None


@dataclass(frozen=True)
class Operation:
    """A case of a program that performs something over and over.

    `goals` by architecture, in instructions for one of the `each` things that it does at once; `open` names the architectures whose must
    does not hold yet; `cycles` by the name of a modelled core.
    """

    name: str
    program: str
    what: str
    each: int = 1
    goals: Mapping[str, Goal] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    cycles: Mapping[str, Goal] = field(default_factory=dict)

    def goal(self, arch: str) -> Goal:
        """The goal on an architecture, in instructions."""
        return self.goals.get(arch, Goal())

    def of_one(self, insns: int) -> int:
        """What one of the `each` things takes, rounded up."""
        return -(-insns // self.each)


def read_operations(root: Path = ROOT) -> list[Operation]:
    """Return the operations of a checkout, in the table's order.

    Errors: BadInputError if it has no such table, or the table names what no program has.
    """
    path = root / TABLE
    try:
        table = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadInputError(f"'{path}' is no table of operations: {error}") from error
    programs = {case: source.stem for source in sorted((root / PROGRAMS).glob("*.c")) for case in CASE.findall(source.read_text())}
    missing = [name for name in table if name not in programs]
    if missing:
        raise BadInputError(f"'{path}' has {', '.join(missing)}, and no program in {PROGRAMS} has such a case: write one or take it out")
    return [_operation(name, programs[name], entry) for name, entry in table.items()]


def _operation(name: str, program: str, entry: Mapping[str, Any]) -> Operation:
    figures = ("must", "aim", "peer")
    arches = dict.fromkeys(arch for figure in figures for arch in entry.get(figure, {}))
    return Operation(
        name=name,
        program=program,
        what=entry["what"],
        each=entry.get("each", 1),
        goals={arch: Goal(**{figure: entry.get(figure, {}).get(arch) for figure in figures}) for arch in arches},
        open=frozenset(entry.get("open", ())),
        cycles={core: Goal(**goal) for core, goal in entry.get("cycles", {}).items()},
    )


def choose_operations(operations: Iterable[Operation], names: Iterable[str]) -> list[Operation]:
    """Return the operations of these names, all if there are none. Errors: BadInputError for a name that does not exist."""
    table = {operation.name: operation for operation in operations}
    for name in names:
        if name not in table:
            raise BadInputError(f"there is no operation '{name}': choose {', '.join(table)}")
    return [table[name] for name in names] or list(table.values())
