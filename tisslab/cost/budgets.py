"""What an operation may take: tests/budgets.toml, exact, and beside it what the budgeted build took in each function and source line.

    tests/budgets.toml                    [x86_64-clang]  call_reply_0w = 150      instructions of the whole operation
                                          [[raised]]      each time that one was raised, and why
    tests/budgets/<arch>-<compiler>.json  where these instructions are, so that a failure can say what grew

One instruction more is told with the functions that grew; one less has to be recorded too, or the next one more would pass unseen.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tisslab.build import ROOT
from tisslab.cost.count import Cost, SourceLine
from tisslab.errors import BadInputError
from tisslab.files import write_whole

BUDGETS = ROOT / "tests" / "budgets.toml"
PLACES = ROOT / "tests" / "budgets"
HEADER = """\
# What each operation of tests/ipc/operations.toml takes, in instructions, exactly: `make test` fails at one more and at one less.
# Written by `tisslab bench ipc --arch A --record`: lower ones at once, higher ones with --reason, which stands below then.
"""
ROWS_MOST = 20
"""Functions, and source lines, that a complaint names."""
RECORD = "tisslab bench ipc --arch {arch} --compiler {compiler} --record"


@dataclass(frozen=True)
class Raise:
    """Budgets that were raised at once, and why: by operation (before, after)."""

    build: str
    reason: str
    operations: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Places:
    """Where an operation's instructions are: by function, and by source line."""

    functions: Mapping[str, int] = field(default_factory=dict)
    lines: Mapping[SourceLine, int] = field(default_factory=dict)

    @classmethod
    def of(cls, cost: Cost) -> Places:
        """Where they were counted."""
        return cls(dict(cost.functions), dict(cost.lines))


@dataclass
class Budgets:
    """Every budget, by build (`x86_64-clang`) and operation; `places` the same way, empty where none were recorded."""

    insns: dict[str, dict[str, int]] = field(default_factory=dict)
    places: dict[str, dict[str, Places]] = field(default_factory=dict)
    raised: list[Raise] = field(default_factory=list)

    def of(self, build: str) -> Mapping[str, int]:
        """The budgets of a build."""
        return self.insns.get(build, {})


@dataclass(frozen=True)
class Change:
    """Something that takes another number of instructions than before."""

    what: str
    before: int
    after: int

    @property
    def more(self) -> int:
        """How many more; negative if it takes less."""
        return self.after - self.before


def build_name(arch: str, compiler: str) -> str:
    """How a build is called here."""
    return f"{arch}-{compiler}"


# ---------------------------------------------------------------- judging


def changes(before: Mapping[str, int], after: Mapping[str, int]) -> list[Change]:
    """What changed, what grew most first."""
    found = [Change(name, before.get(name, 0), after.get(name, 0)) for name in {*before, *after}]
    return sorted((one for one in found if one.more), key=lambda one: (-one.more, one.what))


def line_names(lines: Mapping[SourceLine, int], numbers: Iterable[SourceLine]) -> dict[str, int]:
    """Source lines under names for people. `numbers` are lines of today, which know where they stand."""
    today = {line: line.line for line in numbers}
    return {f"{line.file}:{today.get(line) or '?'} {line.function}: {line.text}": count for line, count in lines.items()}


def complaint(cost: Cost, *, arch: str, compiler: str, budget: int | None, places: Places) -> str | None:
    """What is wrong with what an operation takes, for people, in several lines; None if it is what its budget says."""
    name, record = cost.operation.name, RECORD.format(arch=arch, compiler=compiler)
    if budget is None:
        return f"{name} on {arch} has no budget: '{record}' gives it that of today, {cost.insns} instructions"
    if cost.insns < budget:
        return f"{name} on {arch} takes {cost.insns} instructions, less than its budget of {budget}: lower it by '{record}'"
    if cost.insns == budget:
        return None
    sentence = f"{name} on {arch} takes {cost.insns} instructions, {cost.insns - budget} more than its budget of {budget}"
    way_out = f"take them out again, or raise the budget by '{record} --reason WHY'"
    return "\n".join([f"{sentence}: {way_out}", *grown(cost, places)])


def grown(cost: Cost, places: Places) -> list[str]:
    """A table of the functions and of the source lines that changed, before and after."""
    functions = changes(places.functions, cost.functions)
    lines = changes(line_names(places.lines, cost.lines), line_names(cost.lines, cost.lines))
    return [*_table("function", functions), *_table("source line", lines)]


def _table(title: str, rows: Sequence[Change]) -> list[str]:
    if not rows:
        return []
    width = max(len(title), *(len(row.what) for row in rows[:ROWS_MOST]))
    head = f"  {title:<{width}}  before   after  change"
    shown = [f"  {row.what:<{width}}  {row.before:6}  {row.after:6}  {row.more:+6}" for row in rows[:ROWS_MOST]]
    rest = rows[ROWS_MOST:]
    return [head, *shown, *([f"  and {len(rest)} more, {sum(row.more for row in rest):+} together"] if rest else [])]


# ---------------------------------------------------------------- recording


def record_costs(budgets: Budgets, costs: Sequence[Cost], *, build: str, reason: str | None) -> None:
    """Make what was counted the budget. Errors: BadInputError if one would be raised without a reason; nothing is changed then."""
    known = budgets.insns.setdefault(build, {})
    higher = [cost for cost in costs if cost.operation.name in known and cost.insns > known[cost.operation.name]]
    if higher and not (reason or "").strip():
        names = ", ".join(f"{cost.operation.name} from {known[cost.operation.name]} to {cost.insns}" for cost in higher)
        raise BadInputError(f"this raises {names}: say why with --reason TEXT, which is kept with the budgets")
    if higher:
        operations = {cost.operation.name: (known[cost.operation.name], cost.insns) for cost in higher}
        budgets.raised.append(Raise(build, (reason or "").strip(), operations))
    for cost in costs:
        known[cost.operation.name] = cost.insns
        budgets.places.setdefault(build, {})[cost.operation.name] = Places.of(cost)


# ---------------------------------------------------------------- reading and writing


def read_budgets(path: Path = BUDGETS, places: Path = PLACES) -> Budgets:
    """Read every budget; none where there is no file yet. Errors: BadInputError if the file is damaged."""
    if not path.exists():
        return Budgets()
    try:
        table = tomllib.loads(path.read_text())
        raised = [_read_raise(entry) for entry in table.pop("raised", [])]
        return Budgets(table, {build: _read_places(places / f"{build}.json") for build in table}, raised)
    except (tomllib.TOMLDecodeError, TypeError, ValueError, LookupError) as error:
        raise BadInputError(f"the budgets in '{path}' are damaged ({error}): take them from the last commit") from error


def write_budgets(budgets: Budgets, path: Path = BUDGETS, places: Path = PLACES) -> None:
    """Write every budget, each file aside first."""
    lines = [HEADER]
    for build, insns in sorted(budgets.insns.items()):
        lines += [f"[{build}]", *(f"{name} = {count}" for name, count in insns.items()), ""]
    for one in budgets.raised:
        raised = ", ".join(f"{name} = [{before}, {after}]" for name, (before, after) in one.operations.items())
        reason = json.dumps(one.reason, ensure_ascii=False)
        lines += ["[[raised]]", f'build = "{one.build}"', f"reason = {reason}", f"operations = {{ {raised} }}", ""]
    write_whole(path, "\n".join(lines))
    places.mkdir(exist_ok=True)
    for build, operations in budgets.places.items():
        write_whole(places / f"{build}.json", _places_text(operations))


def _read_raise(entry: Mapping[str, Any]) -> Raise:
    operations = {name: (before, after) for name, (before, after) in entry["operations"].items()}
    return Raise(entry["build"], entry["reason"], operations)


def _places_text(operations: Mapping[str, Places]) -> str:
    """JSON with a function or source line a line, and its count for each operation in order: a difference is read, and merged, easily."""
    functions = sorted({name for places in operations.values() for name in places.functions})
    lines = sorted(
        {line for places in operations.values() for line in places.lines}, key=lambda line: (line.file, line.function, line.text)
    )
    of_functions = [[name, [places.functions.get(name, 0) for places in operations.values()]] for name in functions]
    of_lines = [[line.file, line.function, line.text, [places.lines.get(line, 0) for places in operations.values()]] for line in lines]
    return f'{{"operations": {json.dumps(list(operations))},\n"functions": {_rows(of_functions)},\n"lines": {_rows(of_lines)}}}\n'


def _rows(rows: Sequence[object]) -> str:
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"


def _read_places(path: Path) -> dict[str, Places]:
    if not path.exists():
        return {}
    record: dict[str, Any] = json.loads(path.read_text())
    found = {}
    for place, name in enumerate(record["operations"]):
        functions = {function: counts[place] for function, counts in record["functions"] if counts[place]}
        lines = {SourceLine(function, file, text): counts[place] for file, function, text, counts in record["lines"] if counts[place]}
        found[name] = Places(functions, lines)
    return found
