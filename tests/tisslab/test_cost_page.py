"""The page of costs, of costs that were made by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tisslab.costs import cost
from tests.tisslab.pages import Element, operation_rows, read_page
from tisslab.cost.count import Cost, Cycles
from tisslab.cost.findings import Commit, Findings
from tisslab.cost.kept import KeptCost
from tisslab.cost.listing import Listing, Place, Row
from tisslab.cost.meter import Target
from tisslab.cost.operations import Goal
from tisslab.cost.qemu import QemuMeter
from tisslab.machine import MACHINES
from tisslab.report.cost_charts import Figures, Point, bar, line
from tisslab.report.cost_page import cost_page
from tisslab.report.html import FORBIDDEN, element

PLACE = Place("enter", "a.c", 7, "if (x < 1 && y)")
UNUSED = tuple(Row(4 + number, "nop", 0) for number in range(4))
ROWS = (Row(0, "cmp", 2, PLACE), Row(2, "jne", 2, PLACE, "+0x9"), *UNUSED, Row(8, "nop", 0), Row(9, "ret", 1))


def costs() -> list[Cost]:
    return [cost("call", insns=1314, must=150, functions={"enter": 1000, "leave<1>": 314}), cost("map", insns=33, each=16)]


def commits() -> list[Commit]:
    taken = [KeptCost(2000, 2000, {}), KeptCost(1500, 1500, {})]
    return [Commit(f"hash{number}", f"<subject {number}>", {"call": one}) for number, one in enumerate(taken)]


def findings(**changes: object) -> Findings:
    one = Findings(
        target=Target(machine=MACHINES[0], folder=Path("build")),
        meter=QemuMeter(),
        costs=costs(),
        budgets={"call": 1300, "map": 32},
        commits=commits(),
        listed="call",
        listings=[Listing("enter", 5, ROWS)],
    )
    return replace(one, **changes)  # type: ignore[arg-type]


@pytest.fixture
def page() -> Element:
    return read_page(cost_page(findings()))


def test_every_operation_stands_with_its_figures(page: Element) -> None:
    rows = operation_rows(page)
    assert list(rows) == ["call", "map"]
    call = {"insns": 1314, "kernel": 1314, "budget": 1300, "must": 150, "aim": None, "peer": None, "min": 1314, "max": 1314}
    assert rows["call"] == {**call, "code": 1, "data": 1, "pages": 2, "off": 1314}
    assert (rows["map"]["insns"], rows["map"]["budget"], rows["map"]["off"]) == (3, 2, 33)  # of one, but off


def test_bars_are_in_proportion() -> None:
    drawn = read_page(bar(Figures(50, Goal(must=200, aim=60, peer=100), 40)))
    found = {one.attributes["class"]: one.attributes["style"] for one in drawn.all("i")}
    assert found == {
        "bar aimed": "width:25.00%",
        "mark budget": "left:20.00%",
        "mark must": "left:100.00%",
        "mark aim": "left:30.00%",
        "mark peer": "left:50.00%",
    }


@pytest.mark.parametrize(
    ("goal", "grade"),
    [(Goal(must=99), "beyond"), (Goal(must=100, aim=99), "held"), (Goal(must=100, aim=100), "aimed"), (Goal(), "held")],
)
def test_a_bar_shows_how_an_operation_stands_to_its_goals(goal: Goal, grade: str) -> None:
    assert Figures(100, goal).grade == grade


def test_history_goes_from_the_oldest_commit_to_today(page: Element) -> None:
    call, pages = page.by_id("history").all("figure")
    assert call.all("figcaption")[0].text == "call2,000 to 1,314"
    assert [one.text for one in call.all("title")] == ["2,000 in hash0: <subject 0>", "1,500 in hash1: <subject 1>", "1,314 as it is"]
    assert [one.text for one in pages.all("title")] == ["3 as it is"]  # no commit has it


def test_a_line_falls_where_less_is_taken() -> None:
    drawn = read_page(line([Point(0, 100, ""), Point(1, 50, "")], places=2, must=25))
    first, last = drawn.all("circle")
    (must,) = drawn.all("line")
    heights = [float(one.attributes[name] or 0) for one, name in ((first, "cy"), (last, "cy"), (must, "y1"))]
    assert heights == [6.0, 36.0, 51.0]  # of 72, the margins left out
    assert float(first.attributes["cx"] or 0) < float(last.attributes["cx"] or 0)


def test_where_nothing_is_kept_it_says_so() -> None:
    told = cost_page(findings(commits=[]))
    assert "Nothing is kept" in told and 'id="history"' not in told


def test_functions_stand_by_cost_with_their_share(page: Element) -> None:
    call, pages = page.by_id("functions").all("details")
    assert [[cell.text for cell in (*row.all("th"), *row.all("td"))] for row in call.all("tr")] == [
        ["enter", "", "1,000", "76.1%"],
        ["leave<1>", "", "314", "23.9%"],
    ]
    assert "open" in call.attributes and "open" not in pages.attributes


def test_disassembly_has_counts_and_lines(page: Element) -> None:
    (shown,) = page.by_id("disassembly").all("details")
    assert shown.all("summary")[0].text == "enter5 instructions"
    assert [[cell.text for cell in row.all("td")] for row in shown.all("tbody")[0].all("tr")] == [
        ["2", "+0x0", "cmp", "", "a.c:7 enter if (x < 1 && y)"],
        ["2", "+0x2", "jne", "+0x9", ""],  # of the same line
        ["", "+0x4", "5 instructions that were not executed"],
        ["1", "+0x9", "ret", "", ""],
    ]


def test_cycles_stand_where_a_core_was_modelled(page: Element) -> None:
    assert not [one for one in page.every() if one.attributes.get("id") == "cycles"]
    cycles = Cycles("p550", 40, 33, 50, {}, {"data": 1, "serialize": 12})
    operation = replace(costs()[1].operation, cycles={"p550": Goal(must=5)})  # of 16 at once
    taken = [costs()[0], replace(costs()[1], operation=operation, cycles=cycles)]
    listing = Listing("enter", 1, (Row(0, "ret", 1, cycles=7), Row(1, "nop", 0, cycles=0), *UNUSED))
    page = read_page(cost_page(findings(costs=taken, listings=[listing])))
    (row,) = page.by_id("cycles").all("tbody")[0].all("tr")
    assert [cell.text for cell in row.all("td")] == ["3", "3", "4", "5", "", "", "serialize 12, data 1"]
    rows = page.by_id("disassembly").all("tbody")[0].all("tr")
    assert [[cell.text for cell in row.all("td")][:3] for row in rows] == [["1", "7", "+0x0"], ["", "", "+0x1"]]


def test_a_few_that_were_not_executed_are_shown() -> None:
    page = read_page(cost_page(findings(listings=[Listing("enter", 1, (*UNUSED[:3], ROWS[-1]))])))
    assert len(page.by_id("disassembly").all("tbody")[0].all("tr")) == 4


def test_the_page_stands_alone(page: Element) -> None:
    fetching = {"src", "href", "srcset", "data", "action", "background", "poster"}
    assert not [one for one in page.every() if fetching & set(one.attributes)]
    assert not {"script", "link", "img", "iframe", "object", "base"} & {one.name for one in page.every()}
    assert not re.search(r"url\(|@import|https?:|//\w", cost_page(findings()))
    policies = [one.attributes.get("content") for one in page.all("meta") if "http-equiv" in one.attributes]
    assert policies == [FORBIDDEN]


def test_text_is_escaped_and_markup_is_not() -> None:
    assert element("p", "a<b", element("b", '"&'), title='"x"', open="", id=None) == (
        '<p title="&quot;x&quot;" open>a&lt;b<b>&quot;&amp;</b></p>'
    )
