"""`tisslab bench ipc --html`: what operations cost, as one page that stands alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tisslab.cost.count import Cost, Cycles, by_cost
from tisslab.cost.findings import Commit, Findings
from tisslab.cost.kept import KeptCost
from tisslab.cost.listing import Listing, Row
from tisslab.report.cost import CYCLES_EXPLAINED, cycles_figures
from tisslab.report.cost_charts import Figures, Point, bar, line, share
from tisslab.report.html import Html, element, join, page

COLUMNS = ("insns", "kernel", "budget", "must", "aim", "peer", "min", "max", "code", "data", "pages", "off")
NUMBERS = {"times", "cycles"}
"""The columns of disassembly that are numbers."""
MARKED = {"budget", "must", "aim", "peer"}
"""The columns that bars have marks for."""
UNUSED_MOST = 3
"""Instructions in a row that were not executed and are shown all the same."""
EXPLAINED = (
    "Instructions from user space to user space, stubs included, for each of what an operation does at once; min and max over all rounds; "
    "code, data: lines of 64 bytes, pages: of 4 KiB, off: the longest stretch with interrupts off, of all that it does. "
    "Every bar has a scale of its own."
)

WAITED = " Cycles are those that the core waited for an instruction to retire; what retires at once with another has none of its own."


def cost_page(findings: Findings) -> str:
    """The page."""
    target = findings.target
    what = f"{target.arch} {target.machine.name}, {target.compiler}, {target.build_type}, counted by {findings.meter.name}"
    what += f", core {findings.meter.core}" if findings.meter.core else ""
    return page(
        f"TissOS operations on {target.arch}",
        element("h1", "What each operation takes"),
        element("p", what, class_="facts"),
        _operations(findings),
        _cycles(findings),
        _history(findings),
        _functions(findings),
        _disassembly(findings),
    )


# ---------------------------------------------------------------- operations


def _operations(findings: Findings) -> Html:
    heads = [element("th", "operation"), element("th", class_="wide")]
    heads += [element("th", _swatch(name), name, class_="number") for name in COLUMNS]
    rows = [_operation(cost, _figures(cost, findings)) for cost in findings.costs]
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows), id="operations")
    grades = [("beyond", "beyond its must"), ("held", "within it, or without one"), ("aimed", "within its aim")]
    legend = [element("span", element("i", class_=f"swatch {grade}"), told) for grade, told in grades]
    return _section("Operations", element("p", EXPLAINED), element("p", *legend, class_="legend"), element("div", table, class_="scroll"))


def _figures(cost: Cost, findings: Findings) -> Figures:
    budget = findings.budgets.get(cost.operation.name)
    of_one = None if budget is None else cost.operation.of_one(budget)
    return Figures(cost.of_one, cost.operation.goal(findings.target.arch), of_one)


def _swatch(name: str) -> Html | None:
    return element("i", class_=f"sign {name}") if name in MARKED else None


def _operation(cost: Cost, figures: Figures) -> Html:
    operation, goal = cost.operation, figures.goal
    cells = (
        figures.insns,
        operation.of_one(cost.kernel_insns),
        figures.budget,
        goal.must,
        goal.aim,
        goal.peer,
        operation.of_one(cost.least),
        operation.of_one(cost.most),
        cost.code_lines,
        cost.data_lines,
        cost.pages,
        cost.interrupts_off,
    )
    name = element("th", operation.name, element("small", operation.what), scope="row")
    return element("tr", name, element("td", bar(figures)), *map(_number, cells))


def _number(figure: int | None) -> Html:
    return element("td", "" if figure is None else f"{figure:,}", class_="number")


def _section(title: str, *children: Html) -> Html:
    return element("section", element("h2", title), *children)


# ---------------------------------------------------------------- cycles


def _cycles(findings: Findings) -> Html | None:
    """Where a core was modelled."""
    rows = [_cycles_row(cost, cost.cycles) for cost in findings.costs if cost.cycles is not None]
    if not rows:
        return None
    columns = ("cycles", "min", "max", "must", "aim", "peer")
    heads = [element("th", "operation"), *(element("th", name, class_="number") for name in columns), element("th", "stalls")]
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows), id="cycles")
    return _section("Cycles", element("p", CYCLES_EXPLAINED), element("div", table, class_="scroll"))


def _cycles_row(cost: Cost, cycles: Cycles) -> Html:
    stalls = ", ".join(f"{cause} {count:,}" for cause, count in by_cost(cycles.stalls))
    cells = map(_number, cycles_figures(cost, cycles))
    return element("tr", element("th", cost.operation.name, scope="row"), *cells, element("td", stalls))


# ---------------------------------------------------------------- history


def _history(findings: Findings) -> Html:
    if not findings.commits:
        return _section(
            "History", element("p", "Nothing is kept: results are of commits, and of release builds on the architecture's own machine.")
        )
    cards = [_card(cost, findings) for cost in findings.costs]
    told = (
        f"Instructions in each of the {len(findings.commits)} commits that were counted, oldest first, then as it is; from zero up, "
        "and the broken line is the must."
    )
    return _section("History", element("p", told), element("div", *cards, class_="cards", id="history"))


def _card(cost: Cost, findings: Findings) -> Html:
    operation = cost.operation
    kept = [(number, commit, commit.results.get(operation.name)) for number, commit in enumerate(findings.commits)]
    points = [_point(number, commit, one, cost) for number, commit, one in kept if one is not None]
    points.append(Point(len(findings.commits), cost.of_one, f"{cost.of_one:,} as it is"))
    first = points[0].insns
    change = f"{first:,} to {cost.of_one:,}" if first != cost.of_one else f"{first:,}"
    drawn = line(points, places=len(findings.commits) + 1, must=operation.goal(findings.target.arch).must)
    return element("figure", element("figcaption", operation.name, element("b", change)), drawn)


def _point(number: int, commit: Commit, one: KeptCost, cost: Cost) -> Point:
    insns = cost.operation.of_one(one.insns)
    return Point(number, insns, f"{insns:,} in {commit.name}: {commit.subject}")


# ---------------------------------------------------------------- functions


def _functions(findings: Findings) -> Html:
    told = "Of the whole operation. A function is the one that the code stands in: inlined ones belong to it."
    tables = [_function_table(cost, is_open=cost.operation.name == findings.listed) for cost in findings.costs]
    return _section("Functions by cost", element("p", told), element("div", *tables, id="functions"))


def _function_table(cost: Cost, *, is_open: bool) -> Html:
    functions = by_cost(cost.functions)
    dearest = functions[0][1]
    rows = [
        element(
            "tr",
            element("th", element("code", name), scope="row"),
            element("td", share(insns, dearest)),
            _number(insns),
            element("td", f"{insns / cost.insns:.1%}", class_="number"),
        )
        for name, insns in functions
    ]
    summary = element("summary", cost.operation.name, element("b", f"{cost.insns:,} in {len(rows)} functions"))
    return element("details", summary, element("table", element("tbody", *rows)), open="" if is_open else None)


# ---------------------------------------------------------------- disassembly


def _disassembly(findings: Findings) -> Html:
    told = (
        f"The kernel's functions that {findings.listed} goes through, the dearest first, with how many times each instruction is executed. "
        "The function that a source line is in stands before it, inlined ones too."
    )
    if any(map(_has_cycles, findings.listings)):
        told += WAITED
    shown = [_listing(one, is_open=number == 0) for number, one in enumerate(findings.listings)]
    return _section(f"The way of {findings.listed} through the kernel", element("p", told), element("div", *shown, id="disassembly"))


def _listing(listing: Listing, *, is_open: bool) -> Html:
    summary = element("summary", element("code", listing.function), element("b", f"{listing.insns:,} instructions"))
    heads = ["times", *(["cycles"] if _has_cycles(listing) else []), "at", "instruction", "", "source"]
    head = element("thead", element("tr", *(element("th", name, class_="number" if name in NUMBERS else None) for name in heads)))
    table = element("table", head, element("tbody", *_rows(listing)), class_="code")
    return element("details", summary, element("div", table, class_="scroll"), open="" if is_open else None)


def _rows(listing: Listing) -> Iterator[Html]:
    """A row an instruction; many in a row that were not executed are one."""
    before: Row | None = None
    for used, group in groupby(listing.rows, key=lambda row: row.times > 0):
        rows = list(group)
        if not used and len(rows) > UNUSED_MOST:
            gap = f"{len(rows)} instructions that were not executed"
            counts = [element("td")] * (1 + _has_cycles(listing))
            yield element("tr", *counts, element("td", f"+{rows[0].offset:#x}"), element("td", gap, colspan=3), class_="unused")
            before = None
            continue
        for row in rows:
            yield _row(row, before)
            before = row


def _row(row: Row, before: Row | None) -> Html:
    """The source line stands beside the first of its instructions."""
    same = before is not None and before.place == row.place
    return element(
        "tr",
        _count(row.times),
        None if row.cycles is None else _count(row.cycles),
        element("td", f"+{row.offset:#x}"),
        element("td", row.text),
        element("td", row.target),
        element("td", None if same else _source(row)),
        class_="unused" if row.times == 0 else None,
    )


def _has_cycles(listing: Listing) -> bool:
    return any(row.cycles is not None for row in listing.rows)


def _count(count: int) -> Html:
    return element("td", str(count) if count else "", class_="number")


def _source(row: Row) -> Html | None:
    place = row.place
    if place is None:
        return None
    where = element("span", f"{place.file}:{place.line} {place.function}", class_="place")
    return join(where, " ", place.text)
