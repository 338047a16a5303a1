"""Rounds on a modelled core: by a core of this file that retires what it is told, so that every cycle is known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import pytest

from tisslab.cost.meter import Samples
from tisslab.cost.operations import Operation
from tisslab.cost.rvsim import Round, check_way, take_rounds, with_cycles
from tisslab.cost.trace import Mark, Window
from tisslab.engine.rvsim import ModelledMachine
from tisslab.errors import BadInputError, MachineError
from tisslab.machine import RISCV64, X86_64, find_core

BEGIN, WORK, END, ENTRY, AWAY = 16, 20, 24, 64, 99
MARKS = {BEGIN: Mark.BEGIN, END: Mark.END}


@dataclass
class Core:
    """Retires groups of (addresses, cycles), one a step."""

    groups: list[tuple[tuple[int, ...], int]]
    cycles: int = 0
    retired: int = 0
    traps: int = 0
    takes_interrupt: bool = False
    exit_status: int | None = None

    @property
    def address(self) -> int:
        return self.groups[0][0][0] if self.groups else AWAY

    @property
    def stalls(self) -> dict[str, int]:
        return {"data": self.cycles // 2, "control": 0}

    def step(self) -> int:
        addresses, cycles = self.groups.pop(0)
        self.cycles += cycles
        self.retired += len(addresses)
        self.takes_interrupt = bool(self.groups) and self.address == ENTRY
        return addresses[-1]

    def run_to(self, addresses: Collection[int]) -> int | None:
        while self.groups and self.address not in addresses:
            self.step()
        return self.address if self.groups else None


def rounds(*groups: tuple[tuple[int, ...], int], marks: dict[int, Mark] | None = None, looked_into: int = 1) -> list[Round]:
    core = cast(ModelledMachine, Core(list(groups)))
    return list(take_rounds(core, marks or MARKS, ENTRY, looked_into=looked_into))


def test_cycles_are_those_between_the_marks() -> None:
    (one,) = rounds(((AWAY,), 50), ((BEGIN,), 6), ((WORK, WORK + 2), 3), ((WORK,), 4), ((END,), 70))
    assert (one.cycles, one.retired, one.stalls["data"]) == (7, 3, 3)
    assert one.cycles_at == {WORK: 7}  # the oldest of a group is what was waited for


def test_what_retires_with_the_begin_mark_is_counted_and_its_cycle_is_not() -> None:
    (one,) = rounds(((BEGIN, WORK), 6), ((WORK,), 4), ((END,), 1))
    assert (one.cycles, one.retired) == (4, 2)


def test_an_end_mark_may_retire_with_the_one_before() -> None:
    (one,) = rounds(((BEGIN,), 6), ((WORK, END), 3), ((AWAY,), 9))
    assert (one.cycles, one.retired) == (3, 1)


def test_one_round_is_looked_into() -> None:
    turn = (((BEGIN,), 6), ((WORK,), 4), ((END,), 1))
    assert [one.cycles_at for one in rounds(*turn, *turn, *turn, looked_into=2)] == [{}, {WORK: 4}, {}]


def test_what_does_not_end_is_no_round() -> None:
    assert rounds(((BEGIN,), 6), ((WORK,), 4), looked_into=2) == []
    (one,) = rounds(((BEGIN,), 6), ((WORK,), 4), ((BEGIN,), 6), ((WORK,), 5), ((END,), 1), looked_into=3)
    assert one.cycles == 5


def test_an_interrupt_begins_a_round_where_it_enters_the_kernel() -> None:
    groups = (((WORK,), 4), ((ENTRY,), 10), ((WORK,), 5), ((END,), 1))
    (one,) = rounds(*groups, marks={WORK: Mark.INTERRUPT, END: Mark.END})
    assert (one.cycles, one.retired) == (15, 2)
    assert rounds(*groups) == []  # of a program that waits for none


def test_a_core_that_goes_another_way_is_found_out() -> None:
    one = Round(cycles=1, retired=98, traps=2, stalls={})
    check_way(one, insns=100, name="call")
    check_way(one, insns=98, name="call")
    for insns in (97, 101):
        with pytest.raises(MachineError, match=f"98 instructions in 'call', with 2 traps, and {insns} were counted"):
            check_way(one, insns=insns, name="call")


def samples(number: int) -> Samples:
    return Samples(Operation("call", "message", ""), windows=(Window(((WORK, 4),) * 2, ()),) * number)


def test_the_last_rounds_count_and_the_one_that_was_looked_into_says_where() -> None:
    taken = [Round(900, 2, 0, {}), Round(7, 2, 0, {"data": 3, "control": 0}, {WORK: 7}), Round(5, 2, 0, {"data": 1})]
    found = with_cycles(samples(2), taken, core="p550")
    assert (found.core, found.cycles, found.cycles_at, found.stalls) == ("p550", (7, 5), {WORK: 7}, {"data": 3})


def test_too_few_rounds_are_told() -> None:
    with pytest.raises(MachineError, match="performed 'call' 0 times of 2"):
        with_cycles(samples(2), [], core="p550")


def test_cores_are_found_by_name() -> None:
    assert find_core(RISCV64, None).name == "p550" and find_core(RISCV64, "in-order").in_order
    with pytest.raises(BadInputError, match="there is no core 'p5': choose p550, "):
        find_core(RISCV64, "p5")
    with pytest.raises(BadInputError, match="no core of x86_64 is modelled: choose --arch riscv64"):
        find_core(X86_64, None)
