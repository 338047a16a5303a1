"""Reports for people. rich decides about colour: none where the output is no terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from tisslab.machine import Machine
from tisslab.report.tables import make_console, make_table
from tisslab.verdict import Kind

if TYPE_CHECKING:
    from tisslab.bench import BootTimes
    from tisslab.outcome import Outcome
    from tisslab.postmortem import CrashReport, PanicReport
    from tisslab.worst import Longest

REGISTERS_A_LINE = 4


def standard_error() -> Console:
    """Where a report on a run goes: standard output belongs to the guest's console, or to the record."""
    return Console(stderr=True, soft_wrap=True, highlight=False)


def print_outcome(outcome: Outcome, *, interactive: bool) -> None:
    """Say what has to be said at the end of a run: nothing if the guest ended by itself and somebody else shows the status."""
    console = standard_error()
    if outcome.panic is not None:
        print_panic(console, outcome.panic)
    verdict = outcome.verdict
    if verdict.kind is Kind.PANICKED:
        return
    if verdict.kind not in (Kind.EXITED, Kind.LEFT):
        console.print(f"tisslab: {verdict.sentence}", markup=False)
    elif interactive:
        console.print(f"[dim]{escape(verdict.sentence)}, after {outcome.wall_ms / 1000:.1f} s[/dim]")


def print_panic(console: Console, report: PanicReport) -> None:
    """Print the violated fact, the registers and the calls."""
    console.print(f"[bold red]kernel panic:[/bold red] {escape(report.panic.message)}")
    names = list(report.registers)
    width = max((len(name) for name in names), default=0)
    for start in range(0, len(names), REGISTERS_A_LINE):
        line = names[start : start + REGISTERS_A_LINE]
        console.print("  " + "  ".join(f"{name:>{width}} {report.registers[name]:016x}" for name in line), markup=False)
    for number, call in enumerate(report.calls):
        place = f" at {call.file}:{call.line}" if call.file else ""
        inlined = " [dim](inlined)[/dim]" if call.inlined else ""
        function = escape(call.function or "?")
        console.print(f"  [dim]#{number:<2} {call.address:#018x}[/dim] [bold]{function}[/bold]{inlined}{escape(place)}")


def print_crash(report: CrashReport) -> None:
    """Print a server's crash while the system goes on."""
    standard_error().print(f"[yellow]tisslab:[/yellow] {escape(report.sentence)}")


def print_machines(machines: Sequence[Machine]) -> None:
    """Print a table of machines."""
    table = make_table("machine", "architecture", "what it is", "memory", right=("memory",))
    for machine in machines:
        default = " (default)" if machine.architecture.default_machine == machine.name else ""
        table.add_row(machine.name, machine.architecture.name, machine.summary + default, f"{machine.memory >> 20}M")
    make_console().print(table)


def print_boot_times(times: BootTimes) -> None:
    """Print what `tisslab bench boot` measured."""
    table = make_table("measure", "median ms", "what it is", right=("median ms",))
    table.add_row("boot_ms", f"{times.boot_ms:.1f}", "from exec of QEMU to the first byte that user space writes")
    table.add_row("ready_ms", f"{times.ready_ms:.1f}", "to the shell's prompt, every server up")
    table.add_row("floor_ms", f"{times.floor_ms:.1f}", "from exec to the exit of a payload of a few instructions")
    table.add_row("over_floor_ms", f"{times.over_floor_ms:.1f}", "boot_ms - floor_ms")
    table.add_row("ready_over_floor_ms", f"{times.ready_over_floor_ms:.1f}", "ready_ms - floor_ms")
    console = make_console()
    console.print(f"{times.machine.architecture.name} {times.machine.name}, {times.build_type}, medians of {times.rounds} taken in turn")
    console.print(table)


def print_worst(machine: Machine, results: Sequence[Longest]) -> None:
    """Print what `tisslab bench worst` measured."""
    table = make_table("entry", "instructions", "state", right=("instructions",))
    for one in results:
        table.add_row(one.name, str(one.insns), one.state)
    console = make_console()
    console.print(f"{machine.architecture.name} {machine.name}, release: the longest entry into the kernel")
    console.print(table)
