"""What each operation of the kernel takes: held to tests/budgets.toml exactly, and to the figures of tests/ipc/operations.toml."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path

import pytest

from tests.system.conftest import run_tisslab
from tests.tisslab.pages import operation_rows, read_page
from tisslab.cost.budgets import Budgets, Change, Places, build_name, complaint, read_budgets
from tisslab.cost.count import Cost, count_cost
from tisslab.cost.kept import git, history
from tisslab.cost.listing import kernel_listings
from tisslab.cost.meter import Target, built_target
from tisslab.cost.operations import Goal, Operation, choose_operations, read_operations
from tisslab.cost.qemu import QemuMeter
from tisslab.cost.revisions import built_in, differences, measure_revision
from tisslab.cost.rvsim import RvsimMeter
from tisslab.errors import MachineError
from tisslab.machine import CORES, RISCV64, find_core, find_machine
from tisslab.worst import ENTRIES

ARCHITECTURES = ("x86_64", "riscv64")
COMPILERS = ("clang", "gcc")
UNCOUNTED = {"irq_to_handler"}
"""Begins where no program reads a counter: the plugin alone counts it."""


@cache
def target(arch: str, compiler: str) -> Target:
    return built_target(find_machine(arch, None), compiler=compiler)


@cache
def measured(arch: str, compiler: str = "clang") -> dict[str, Cost]:
    """Every operation, counted once in each process of a test run."""
    counted = QemuMeter().measure(target(arch, compiler), read_operations())
    return {samples.operation.name: count_cost(samples, target(arch, compiler)) for samples in counted}


@cache
def budgets() -> Budgets:
    return read_budgets()


# ---------------------------------------------------------------- the figures


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_each_operation_takes_what_its_budget_says(arch: str, compiler: str) -> None:
    build = build_name(arch, compiler)
    known = budgets().of(build)
    told = [
        complaint(cost, arch=arch, compiler=compiler, budget=known.get(name), places=budgets().places[build].get(name, Places()))
        for name, cost in measured(arch, compiler).items()
    ]
    wrong = [one for one in told if one is not None]
    if wrong:
        pytest.fail("\n\n".join(wrong), pytrace=False)
    assert set(known) == set(measured(arch, compiler)), "a budget is for no operation: take it out"


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_each_must_holds_that_is_not_open(arch: str) -> None:
    goals = [(cost, cost.operation.goal(arch).must) for cost in measured(arch).values()]
    wrong = [
        f"{cost.operation.name} on {arch} takes {cost.of_one} instructions, and must take no more than {must}"
        for cost, must in goals
        if must is not None and cost.of_one > must and arch not in cost.operation.open
    ]
    wrong += [
        f"{cost.operation.name} on {arch} holds its must of {must} by now: take {arch} out of its 'open' in tests/ipc/operations.toml"
        for cost, must in goals
        if must is not None and cost.of_one <= must and arch in cost.operation.open
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_every_round_takes_the_same(arch: str, compiler: str) -> None:
    assert not [name for name, cost in measured(arch, compiler).items() if cost.least != cost.most]


# ---------------------------------------------------------------- whether they can be trusted


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_processors_counter_counts_the_same(arch: str, compiler: str) -> None:
    """One count is of the plugin's records, the other is what the program read from the counter before and after."""
    for name, cost in measured(arch, compiler).items():
        assert cost.counted == (None if name in UNCOUNTED else (cost.least, cost.most)), name


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("nops", [10, 100])
def test_marks_cost_nothing(arch: str, nops: int) -> None:
    (samples,) = QemuMeter().measure(target(arch, "clang"), [Operation(f"nops_{nops}", "calibration", "so many no-ops")])
    cost = count_cost(samples, target(arch, "clang"))
    assert (cost.least, cost.most, cost.counted, cost.kernel_insns) == (nops, nops, (nops, nops), 0)
    assert dict(cost.functions) == {f"test_nops_{nops}": nops}


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_same_is_counted_again(arch: str) -> None:
    operations = choose_operations(read_operations(), ["call_reply_0w", "irq_to_handler"])
    again = [count_cost(samples, target(arch, "clang")) for samples in QemuMeter().measure(target(arch, "clang"), operations)]
    assert again == [measured(arch)[operation.name] for operation in operations]


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_parts_add_up(arch: str) -> None:
    for name, cost in measured(arch).items():
        assert sum(cost.functions.values()) == sum(cost.lines.values()) == cost.insns, name
        assert 0 < cost.interrupts_off <= cost.kernel_insns <= cost.insns, name
        assert min(cost.code_lines, cost.data_lines, cost.pages) > 0, name
        assert "?" not in cost.functions, name


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_listings_have_every_instruction_in_the_kernel(arch: str) -> None:
    for name, cost in measured(arch).items():
        listings = kernel_listings(cost, target(arch, "clang"))
        assert sum(listing.insns for listing in listings) == cost.kernel_insns, name
        assert all(row.place is not None for listing in listings for row in listing.rows if row.times), name
        assert not [row for listing in listings for row in listing.rows if row.times and row.text.startswith(".byte")], name


def test_an_operation_that_fails_is_named() -> None:
    with pytest.raises(MachineError, match="no_such_case"):
        QemuMeter().measure(target("x86_64", "clang"), [Operation("no_such_case", "message", "nothing")])


# ---------------------------------------------------------------- one instruction more


def with_a_nop(checkout: Path, arch: str) -> str:
    """Put a no-op behind a label where system calls enter the kernel; returns the label."""
    path = checkout / "kernel" / "arch" / arch / "trap.S"
    names = "|".join(group[0] for group in ENTRIES)
    text, times = re.subn(rf"^({names}):$", r"\1:\n    nop", path.read_text(), flags=re.MULTILINE)
    assert times == 1, "trap.S has one of these labels"
    path.write_text(text)
    found = re.search(rf"^({names}):$", text, flags=re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_one_instruction_more_is_told_with_its_function(arch: str, checkout: Path) -> None:
    label = with_a_nop(checkout, arch)
    changed = built_in(checkout, find_machine(arch, None), compiler="clang")
    (samples,) = QemuMeter().measure(changed, choose_operations(read_operations(), ["empty_syscall"]))
    before = measured(arch)["empty_syscall"]
    told = complaint(count_cost(samples, changed), arch=arch, compiler="clang", budget=before.insns, places=Places.of(before)) or ""
    first, *table = told.splitlines()
    assert f"empty_syscall on {arch} takes {before.insns + 1} instructions, 1 more than its budget of {before.insns}" in first
    functions, lines = "\n".join(table).split("  source line")
    assert re.search(rf"^  {label} +{before.functions[label]} +{before.functions[label] + 1} +\+1$", functions, flags=re.MULTILINE), told
    assert re.search(rf"^  kernel/arch/{arch}/trap\.S:\d+ {label}: nop +0 +1 +\+1$", lines, flags=re.MULTILINE), told


def test_two_revisions_are_compared(checkout: Path) -> None:
    arch = "x86_64"
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "core.excludesFile=/dev/null")
    git("init", "-q", root=checkout)
    label = ""
    for number in range(2):
        label = with_a_nop(checkout, arch) if number else ""
        git("add", ".", root=checkout)
        git(*identity, "commit", "-qm", f"revision {number}", root=checkout)
    machine = find_machine(arch, None)
    before, after = (measure_revision(one, machine, QemuMeter(), compiler="clang", root=checkout) for one in ("HEAD~1", "HEAD"))
    found = {one.name: one for one in differences(before, after)}
    assert set(found) <= set(before) == set(after)
    empty = found["empty_syscall"]
    count = before["empty_syscall"].functions[label]
    assert (empty.before, empty.after) == (before["empty_syscall"].insns, before["empty_syscall"].insns + 1)
    assert empty.functions == (Change(label, count, count + 1),)
    assert len(list(history(build_name(arch, "clang"), root=checkout))) == 2


# ---------------------------------------------------------------- round trips a second


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_throughput_is_told(arch: str) -> None:
    ran = run_tisslab("bench", "throughput", "--arch", arch, "--json")
    record = json.loads(ran.out)
    assert record["arch"] == arch
    assert [one["name"] for one in record["results"]] == ["empty_syscall", "call_reply_0w", "call_reply_10w", "call_reply_64w"]
    assert all(one["a_second"] > 0 and one["turns"] == 5 for one in record["results"])
    assert record["results"][0]["floors"] == 1.0


# ---------------------------------------------------------------- cycles of a modelled core


@pytest.mark.parametrize("core", [core.name for core in CORES])
def test_a_modelled_core_performs_what_was_counted(core: str, tmp_path: Path) -> None:
    pytest.importorskip("rvsim", reason="rvsim is made for x86_64 hosts only")
    page = tmp_path / "page.html"
    chosen = ("--operation", "call_reply_0w", "--operation", "irq_to_handler")
    ran = run_tisslab("bench", "ipc", "--arch", "riscv64", "--engine", "rvsim", "--core", core, *chosen, "--json", "--html", page)
    assert ran.status == 0, ran.err
    assert (ran.record["engine"], ran.record["core"]) == ("rvsim", core)
    shown = {row.all("th")[0].text: row for row in read_page(page.read_text()).by_id("cycles").all("tbody")[0].all("tr")}
    for one in ran.record["results"]:
        assert one["insns"] == measured("riscv64")[one["name"]].insns
        assert 0 < one["cycles_min"] <= one["cycles"] <= one["cycles_max"]
        assert one["stalls"]["data"] > 0
        must = measured("riscv64")[one["name"]].operation.cycles.get(core, Goal()).must
        assert must is None or one["cycles_max"] <= must
        told = [int(cell.text.replace(",", "")) for cell in shown[one["name"]].all("td")[:3]]
        assert told == [one["cycles"], one["cycles_min"], one["cycles_max"]]


def test_a_core_retires_no_more_in_a_cycle_than_it_is_wide() -> None:
    pytest.importorskip("rvsim", reason="rvsim is made for x86_64 hosts only")
    core, machine = find_core(RISCV64, "p550"), target("riscv64", "clang")
    (samples,) = RvsimMeter(core).measure(machine, [Operation("nops_100", "calibration", "so many no-ops")])
    cost = count_cost(samples, machine)
    assert cost.cycles is not None
    assert 100 // 3 <= cost.cycles.least <= cost.cycles.most <= 100
    assert sum(cost.cycles.at.values()) in samples.cycles


def test_without_rvsim_it_says_what_brings_it(tmp_path: Path) -> None:
    (tmp_path / "rvsim.py").write_text("raise ImportError('it is not there')")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = run_tisslab("bench", "ipc", "--arch", "riscv64", "--engine", "rvsim", env={"PYTHONPATH": path})
    assert ran.status == 3
    assert "rvsim is not installed" in ran.complaint and "make setup" in ran.complaint


# ---------------------------------------------------------------- the command


def test_the_command_prints_a_record() -> None:
    ran = run_tisslab("bench", "ipc", "--arch", "riscv64", "--operation", "map_16_pages", "--operation", "call_reply_0w", "--json")
    record = json.loads(ran.out)
    assert {"arch", "engine", "core", "results"} == set(record)
    assert (record["arch"], record["engine"], record["core"]) == ("riscv64", "qemu", None)
    assert [one["name"] for one in record["results"]] == ["map_16_pages", "call_reply_0w"]
    pages, call = record["results"]
    assert pages["each"] == 16 and pages["insns"] == -(-pages["total_insns"] // 16)
    wanted = {"name", "insns", "kernel_insns", "cycles", "code_lines", "data_lines", "pages", "min", "max", "peer"}
    assert wanted <= set(call) and call["peer"] == 552
    assert call["min"] == call["max"] == call["insns"] > call["kernel_insns"]


def test_a_machine_without_budgets_is_measured_all_the_same() -> None:
    ran = run_tisslab("bench", "ipc", "--machine", "microvm", "--operation", "call_reply_0w", "--json")
    (call,) = json.loads(ran.out)["results"]
    assert ran.status == 0 and call["budget"] is None
    assert call["insns"] == measured("x86_64")["call_reply_0w"].insns


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_command_writes_a_page_of_what_the_record_says(arch: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    chosen = ("--operation", "map_16_pages", "--operation", "call_reply_0w")
    ran = run_tisslab("bench", "ipc", "--arch", arch, *chosen, "--json", "--html", path)
    page = read_page(path.read_text())
    rows = operation_rows(page)
    columns = {"insns": "insns", "kernel": "kernel_insns", "code": "code_lines", "data": "data_lines", "off": "interrupts_off"}
    columns |= {name: name for name in ("must", "aim", "peer", "min", "max", "pages")}
    for one in ran.record["results"]:
        row = rows.pop(one["name"])
        assert {column: row[column] for column in columns} == {column: one[name] for column, name in columns.items()}
        assert row["budget"] == -(-one["budget"] // one["each"])
    assert not rows
    functions = page.by_id("functions").all("details")[1].all("tr")
    told = {row.all("th")[0].text: int(row.all("td")[1].text.replace(",", "")) for row in functions}
    assert told == next(one["functions"] for one in ran.record["results"] if one["name"] == "call_reply_0w")
    shown = {one.text for one in page.by_id("disassembly").all("code")}
    assert shown and shown <= set(told)


def test_the_command_prints_a_table() -> None:
    ran = run_tisslab("bench", "ipc", "--arch", "x86_64", "--operation", "yield_switch")
    assert re.search(r"^yield_switch +\d+ +\d+", ran.out, flags=re.MULTILINE), ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--operation", "call_reply_0"), "there is no operation 'call_reply_0': choose empty_syscall, "),
        (("--reason", "because"), "give it with --record"),
        (("--record", "--build-type", "debug"), "budgets are of release builds"),
        (("--record", "--machine", "microvm"), "budgets are of release builds on the architecture's own machine"),
        (("--arch", "arm"), "there is no architecture 'arm'"),
        (("--engine", "bochs"), "there is no engine 'bochs': choose qemu or rvsim"),
        (("--engine", "rvsim"), "no core of x86_64 is modelled: choose --arch riscv64"),
        (("--arch", "riscv64", "--core", "p550"), "give --engine rvsim with --core"),
        (("--arch", "riscv64", "--engine", "rvsim", "--core", "p5"), "there is no core 'p5'"),
        (("--arch", "riscv64", "--engine", "rvsim", "--record"), "budgets are of instructions"),
        (("--html", "no/such/folder/page.html"), "there is no folder for 'no/such/folder/page.html'"),
    ],
)
def test_wrong_use_is_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    ran = run_tisslab("bench", "ipc", *arguments)
    assert ran.status == 2
    assert said in ran.complaint
