"""Budgets: judged, recorded, written and read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tisslab.costs import cost
from tisslab.cost.budgets import Budgets, Places, Raise, complaint, read_budgets, record_costs, write_budgets
from tisslab.cost.count import Cost
from tisslab.errors import BadInputError

BUILD = "x86_64-clang"


def told(counted: Cost, budget: int | None, before: Cost | None = None) -> str | None:
    places = Places.of(before) if before is not None else Places()
    return complaint(counted, arch="x86_64", compiler="clang", budget=budget, places=places)


def test_the_budget_is_exact() -> None:
    assert told(cost("call", insns=10), 10) is None
    less = told(cost("call", insns=9), 10) or ""
    assert less.startswith("call on x86_64 takes 9 instructions, less than its budget of 10: lower it by 'tisslab bench ipc --arch x86_64")
    assert "has no budget" in (told(cost("call", insns=9), None) or "")


def test_what_grew_is_told_by_function_and_line() -> None:
    before = cost("call", insns=10, functions={"enter": 4, "leave": 6})
    after = cost("call", insns=12, functions={"enter": 4, "leave": 5, "check": 3})
    assert (told(after, 10, before) or "").splitlines() == [
        "call on x86_64 takes 12 instructions, 2 more than its budget of 10: take them out again, or raise the budget by "
        "'tisslab bench ipc --arch x86_64 --compiler clang --record --reason WHY'",
        "  function  before   after  change",
        "  check          0       3      +3",
        "  leave          6       5      -1",
        "  source line            before   after  change",
        "  a.c:7 check: check();       0       3      +3",
        "  a.c:7 leave: leave();       6       5      -1",
    ]


def test_a_long_table_is_cut_and_still_adds_up() -> None:
    functions = {f"f{number:02}": 1 for number in range(25)}
    after = cost("call", insns=27, functions=functions | {"f24": 3})
    lines = (told(after, 2, cost("call", insns=2, functions={"f25": 2})) or "").splitlines()
    assert lines[2].split() == ["f24", "0", "3", "+3"]
    assert lines[22] == "  and 6 more, +3 together"
    assert lines[-1] == lines[22] and len(lines) == 1 + 2 * 22


def test_lowering_is_free_and_raising_wants_a_reason() -> None:
    budgets = Budgets()
    record_costs(budgets, [cost("call", insns=10), cost("map", insns=5)], build=BUILD, reason=None)
    record_costs(budgets, [cost("call", insns=8)], build=BUILD, reason=None)
    assert budgets.of(BUILD) == {"call": 8, "map": 5}
    for reason in (None, "  "):
        with pytest.raises(BadInputError, match="this raises call from 8 to 9: say why with --reason"):
            record_costs(budgets, [cost("call", insns=9), cost("map", insns=4)], build=BUILD, reason=reason)
    assert budgets.of(BUILD) == {"call": 8, "map": 5} and not budgets.raised
    record_costs(budgets, [cost("call", insns=9), cost("map", insns=4)], build=BUILD, reason="a check")
    assert budgets.of(BUILD) == {"call": 9, "map": 4}
    assert budgets.raised == [Raise(BUILD, "a check", {"call": (8, 9)})]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    budgets, path, places = Budgets(), tmp_path / "budgets.toml", tmp_path / "budgets"
    record_costs(budgets, [cost("call", insns=8, functions={"a": 3, "b": 5}), cost("map", insns=1)], build=BUILD, reason=None)
    record_costs(budgets, [cost("call", insns=9)], build=BUILD, reason='a "check" – é')
    write_budgets(budgets, path, places)
    assert read_budgets(path, places) == budgets
    write_budgets(read_budgets(path, places), path, places)
    assert read_budgets(path, places) == budgets
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["budgets", "budgets.toml", f"{BUILD}.json"]


def test_no_file_is_no_budget(tmp_path: Path) -> None:
    assert read_budgets(tmp_path / "none.toml", tmp_path) == Budgets()


@pytest.mark.parametrize("text", ["[x", "[x86_64-clang]\ncall = 1\n[[raised]]\nwhy = 1\n"])
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "budgets.toml").write_text(text)
    with pytest.raises(BadInputError, match="are damaged"):
        read_budgets(tmp_path / "budgets.toml", tmp_path)


def test_places_that_are_damaged_are_told(tmp_path: Path) -> None:
    (tmp_path / "budgets.toml").write_text(f"[{BUILD}]\ncall = 1\n")
    (tmp_path / f"{BUILD}.json").write_text("<<<<<<<")
    with pytest.raises(BadInputError, match="are damaged"):
        read_budgets(tmp_path / "budgets.toml", tmp_path)


def test_the_places_of_the_project_add_up_to_its_budgets() -> None:
    budgets = read_budgets()
    assert {arch for arch, _, _ in (build.partition("-") for build in budgets.insns)} == {"x86_64", "riscv64"}
    for build, insns in budgets.insns.items():
        for name, count in insns.items():
            places = budgets.places[build][name]
            assert sum(places.functions.values()) == sum(places.lines.values()) == count, (build, name)
