"""What people read of costs that were made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tisslab.costs import cost
from tisslab.cost.budgets import Change
from tisslab.cost.meter import Target
from tisslab.cost.revisions import Difference
from tisslab.cost.throughput import Rate
from tisslab.machine import MACHINES
from tisslab.report.cost import print_costs, print_differences, print_rates

TARGET = Target(machine=MACHINES[0], folder=Path("build"))


def rows(printed: str) -> list[list[str]]:
    return [line.split() for line in printed.splitlines()]


def test_a_cost_stands_beside_its_budget_and_goals(capsys: pytest.CaptureFixture[str]) -> None:
    print_costs(TARGET, [cost("call", insns=33, each=16, must=5), cost("map", insns=7)], budgets={"call": 32})
    printed = rows(capsys.readouterr().out)
    assert ["call", "3", "3", "1", "1", "2", "3", "3", "33", "2", "5"] in printed
    assert ["map", "7", "7", "1", "1", "2", "7", "7", "7"] in printed


def test_differences_stand_with_their_functions(capsys: pytest.CaptureFixture[str]) -> None:
    print_differences([Difference("call", 9, 10, (Change("enter", 0, 1),)), Difference("new", None, 3)], names=("a", "b"), arch="riscv64")
    printed = rows(capsys.readouterr().out)
    assert ["call", "9", "10", "+1"] in printed and ["enter", "0", "1", "+1"] in printed and ["new", "3"] in printed
    print_differences([], names=("a", "b"), arch="riscv64")
    assert capsys.readouterr().out == "riscv64: a and b take the same\n"


def test_rates_stand_beside_the_floor(capsys: pytest.CaptureFixture[str]) -> None:
    print_rates(TARGET, [Rate("empty_syscall", 2e6, 5, 1.0), Rate("call", 1e6, 5, 2.0)])
    assert ["call", "1,000,000", "1,000", "2.00"] in rows(capsys.readouterr().out)
