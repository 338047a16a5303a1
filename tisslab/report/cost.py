"""What operations cost, for people."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from tisslab.report.tables import make_console, make_table

if TYPE_CHECKING:
    from tisslab.cost.count import Cost
    from tisslab.cost.meter import Target

COLUMNS = ("operation", "insns", "kernel", "code", "data", "pages", "min", "max", "off", "budget", "must", "aim", "peer")
EXPLAINED = (
    "instructions user to user; code and data: lines of 64 bytes; off: the longest stretch with interrupts off; for each of what an "
    "operation does at once"
)


def print_costs(target: Target, costs: Sequence[Cost], *, budgets: Mapping[str, int]) -> None:
    """Print what `tisslab bench ipc` counted."""
    table = make_table(*COLUMNS, right=COLUMNS[1:])
    for cost in costs:
        table.add_row(*_row(cost, target.arch, budgets.get(cost.operation.name)))
    console = make_console()
    console.print(f"{target.arch} {target.machine.name}, {target.compiler}, {target.build_type}: {EXPLAINED}")
    console.print(table)


def _row(cost: Cost, arch: str, budget: int | None) -> list[str | Text]:
    operation, goal = cost.operation, cost.operation.goal(arch)
    cells: list[str | Text] = [operation.name, Text(str(cost.of_one), style=_style(cost, arch)), str(operation.of_one(cost.kernel_insns))]
    cells += [str(cost.code_lines), str(cost.data_lines), str(cost.pages)]
    cells += [str(operation.of_one(cost.least)), str(operation.of_one(cost.most)), str(cost.interrupts_off)]
    return [*cells, *("" if figure is None else str(figure) for figure in (_of_one(cost, budget), goal.must, goal.aim, goal.peer))]


def _of_one(cost: Cost, insns: int | None) -> int | None:
    return None if insns is None else cost.operation.of_one(insns)


def _style(cost: Cost, arch: str) -> str:
    """Red beyond the must, green within the aim."""
    goal = cost.operation.goal(arch)
    if goal.must is not None and cost.of_one > goal.must:
        return "red"
    return "green" if goal.aim is not None and cost.of_one <= goal.aim else ""


def print_complaints(complaints: Sequence[str]) -> None:
    """Print what does not keep to its budget, on standard error: standard output belongs to the table, or to the record."""
    for complaint in complaints:
        print(complaint, file=sys.stderr)
