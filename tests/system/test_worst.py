"""The bound on the kernel's longest entry, over the states that tests/guest/worst*.c build to be bad; and the counting itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.system.conftest import run_tisslab
from tisslab.build import ROOT
from tisslab.errors import BadInputError, BuildError, MachineError, ToolMissingError
from tisslab.image import Image
from tisslab.machine import find_machine
from tisslab.worst import BOUND, NAMES, State, bad_states, measure_worst, merge, plan_lines

ARCHITECTURES = ("x86_64", "riscv64")
LEAST = {
    "reply_recv": 3000,
    "cap_revoke": 3000,
    "frame_map_batch": 2500,
    "thread_suspend": 1500,
    "timer": 1200,
    "signal": 700,
    "fault": 300,
}
"""Instructions that these take in the bad states at least: less means that the states are not bad any more, or that not all is counted."""


@pytest.mark.parametrize("compiler", ("clang", "gcc"))
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_no_entry_is_longer_than_the_bound(arch: str, compiler: str) -> None:
    longest = {one.name: one for one in measure_worst(find_machine(arch, None), bad_states(), compiler=compiler)}
    assert not [one for one in longest.values() if one.insns > BOUND]
    assert not [f"{name}: {longest[name].insns}" for name, least in LEAST.items() if longest[name].insns < least]


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_same_is_counted_again(arch: str) -> None:
    states = [state for state in bad_states() if state.case in ("longest_messages_both_ways", "many_timers_are_due_at_once")]
    assert len(states) == 2
    once, again = (measure_worst(find_machine(arch, None), states) for _ in range(2))
    assert once == again and len(once) > 5


def test_the_command_prints_a_record() -> None:
    ran = run_tisslab("bench", "worst", "--arch", "riscv64", "--bad", "--json")
    assert ran.status == 0, ran.err
    record = json.loads(ran.out)
    assert record["arch"] == "riscv64"
    assert {"name", "insns", "state"} == set(record["results"][0])
    assert {"call", "cap_revoke", "timer"} <= {one["name"] for one in record["results"]}


def test_of_each_kind_the_longest_is_kept() -> None:
    def counts(**longest: int) -> tuple[int, ...]:
        return tuple(longest.get(name, 0) for name in NAMES)

    found = {State("a", "one"): counts(call=5, timer=7), State("b", "two"): counts(call=9)}
    assert [one.record() for one in merge(found)] == [
        {"name": "call", "insns": 9, "state": "b: two"},
        {"name": "timer", "insns": 7, "state": "a: one"},
    ]


def test_a_state_that_fails_is_named() -> None:
    with pytest.raises(MachineError, match="no_such_case"):
        measure_worst(find_machine("x86_64", None), [State("worst", "no_such_case")])


def test_a_kernel_that_is_entered_elsewhere_is_refused() -> None:
    floor = ROOT / "build" / "x86_64-clang-release" / "floor.elf"
    with pytest.raises(BadInputError, match="none of the entries"):
        plan_lines(Image.open(floor))


def test_a_plugin_without_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tisslab.engine import plugin

    monkeypatch.setattr(plugin, "ROOT", tmp_path)
    with pytest.raises(ToolMissingError, match="no-such-compiler is not installed"):
        plugin.ensure_plugin("longest", compiler="no-such-compiler")
    with pytest.raises(BuildError, match="does not compile"):
        plugin.ensure_plugin("longest", compiler="false")
