"""What operations cost, for people."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from tisslab.cost.count import by_cost
from tisslab.cost.operations import Goal
from tisslab.report.tables import make_console, make_table

if TYPE_CHECKING:
    from tisslab.cost.count import Cost, Cycles
    from tisslab.cost.meter import Target
    from tisslab.cost.revisions import Difference
    from tisslab.cost.throughput import Rate

COLUMNS = ("operation", "insns", "kernel", "code", "data", "pages", "min", "max", "off", "budget", "must", "aim", "peer")
EXPLAINED = (
    "instructions user to user; code and data: lines of 64 bytes; off: the longest stretch with interrupts off; for each of what an "
    "operation does at once"
)

CYCLES_EXPLAINED = (
    "Cycles of the modelled core: the median of the rounds, least and most; stalls: cycles of one round in which a stage of the "
    "pipeline stood still, by cause, of all that an operation does at once"
)


def print_costs(target: Target, costs: Sequence[Cost], *, budgets: Mapping[str, int]) -> None:
    """Print what `tisslab bench ipc` counted."""
    table = make_table(*COLUMNS, right=COLUMNS[1:])
    for cost in costs:
        table.add_row(*_row(cost, target.arch, budgets.get(cost.operation.name)))
    console = make_console()
    console.print(f"{target.arch} {target.machine.name}, {target.compiler}, {target.build_type}: {EXPLAINED}")
    console.print(table)
    _print_cycles(costs)


def _print_cycles(costs: Sequence[Cost]) -> None:
    """A second table where a core was modelled."""
    columns = ("operation", "cycles", "min", "max", "must", "aim", "peer")
    table = make_table(*columns, "stalls", right=columns[1:])
    for cost in costs:
        if cost.cycles is not None:
            table.add_row(*_cycles_row(cost, cost.cycles))
    if table.rows:
        console = make_console()
        console.print(CYCLES_EXPLAINED)
        console.print(table)


def cycles_figures(cost: Cost, cycles: Cycles) -> tuple[int | None, ...]:
    """Median, least and most, must, aim and peer; of one of what the operation does at once."""
    goal = cost.operation.cycles.get(cycles.core, Goal())
    return (*map(cost.operation.of_one, (cycles.median, cycles.least, cycles.most)), goal.must, goal.aim, goal.peer)


def _cycles_row(cost: Cost, cycles: Cycles) -> list[str]:
    stalls = ", ".join(f"{cause} {count}" for cause, count in by_cost(cycles.stalls))
    return [cost.operation.name, *("" if figure is None else str(figure) for figure in cycles_figures(cost, cycles)), stalls]


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


def print_differences(found: Sequence[Difference], *, names: tuple[str, str], arch: str) -> None:
    """Print what changed from one revision to another, and in which functions."""
    console = make_console()
    console.print(f"{arch}, instructions: {names[0]} and {names[1]}" if found else f"{arch}: {names[0]} and {names[1]} take the same")
    if not found:
        return
    table = make_table("operation", "before", "after", "change", right=("before", "after", "change"))
    for one in found:
        table.add_row(one.name, *_two(one.before, one.after))
        for function in one.functions:
            table.add_row(f"  {function.what}", *_two(function.before, function.after), style="dim")
    console.print(table)


def _two(before: int | None, after: int | None) -> tuple[str, str, str]:
    change = "" if before is None or after is None else f"{after - before:+}"
    return "" if before is None else str(before), "" if after is None else str(after), change


def print_rates(target: Target, results: Sequence[Rate]) -> None:
    """Print what `tisslab bench throughput` timed."""
    columns = ("operation", "a second", "ns each", "empty syscalls")
    table = make_table(*columns, right=columns[1:])
    for one in results:
        table.add_row(one.name, f"{one.a_second:,.0f}", f"{1e9 / one.a_second:,.0f}", f"{one.floors:.2f}")
    console = make_console()
    turns = max((one.turns for one in results), default=0)
    console.print(f"{target.arch} {target.machine.name}, {target.compiler}, {target.build_type}: medians of {turns} taken in turn")
    console.print(table)
