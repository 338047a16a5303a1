"""`tisslab bench ipc`: what each operation of the kernel takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tisslab.errors import EXIT_FAILED, EXIT_OK, BadInputError
from tisslab.machine import find_core, find_machine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tisslab.commands import Subparsers
    from tisslab.cost.budgets import Budgets
    from tisslab.cost.count import Cost
    from tisslab.cost.findings import Findings
    from tisslab.cost.meter import Meter, Target
    from tisslab.machine import Machine


ENGINES = ("qemu", "rvsim")
MODELS = "rvsim"
"""The engine that models a core."""


def add_ipc(subjects: Subparsers) -> None:
    """Add what is counted for each operation."""
    ipc = subjects.add_parser(
        "ipc",
        help="what each operation takes, in instructions, beside its budget",
        description="Count the instructions of each operation from user space to user space, exactly, and hold them to their budgets.",
        epilog="example:\n  tisslab bench ipc --arch riscv64 --operation call_reply_0w",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_build_options(ipc)
    ipc.add_argument("--operation", metavar="NAME", action="append", default=[], help="this one only; may be given again")
    ipc.add_argument("--engine", metavar="E", default="qemu", help="what counts: qemu (default), or rvsim, which models a core's cycles")
    ipc.add_argument("--core", metavar="CORE", help="the core that rvsim models: p550 (default), cortex_a72, m1, in-order")
    ipc.add_argument("--record", action="store_true", help="make what is counted the budget")
    ipc.add_argument("--reason", metavar="TEXT", help="why a budget is raised: kept with the budgets")
    ipc.add_argument("--json", action="store_true", help="print a record")
    ipc.add_argument("--html", metavar="FILE", help="write a page: goals, history, functions, disassembly")
    ipc.set_defaults(measure=run_ipc)


def add_build_options(parser: argparse.ArgumentParser, *, budgeted: bool = False) -> None:
    """Add the options that say what is measured; what is budgeted is a release build on the architecture's own machine."""
    parser.add_argument("--arch", metavar="A", help="x86_64 (default) or riscv64")
    if not budgeted:
        parser.add_argument("--machine", metavar="M", help="a machine of 'tisslab machines'; default: the architecture's first")
        parser.add_argument("--build-type", metavar="T", default="release", help="release (default) or debug")
    parser.add_argument("--compiler", metavar="C", default="clang", help="of the build: clang (default) or gcc")


def run_ipc(args: argparse.Namespace) -> int:
    """Count, and print: status 1 if an operation takes more than its budget, or not the same in every round. Errors: any TissError."""
    check_recording(args)
    machine = find_machine(args.arch, args.machine)
    from tisslab.cost.budgets import build_name, read_budgets
    from tisslab.cost.count import count_cost
    from tisslab.cost.findings import gather
    from tisslab.cost.meter import built_target
    from tisslab.cost.operations import choose_operations, read_operations
    from tisslab.cost.revisions import keep_present

    operations = choose_operations(read_operations(), args.operation)
    meter = choose_meter(args.engine, args.core, machine)
    target = built_target(machine, compiler=args.compiler, build_type=args.build_type)
    costs = [count_cost(samples, target) for samples in meter.measure(target, operations)]
    if not args.operation:
        keep_present(target, costs)
    budgets = read_budgets()
    if args.record:
        record(budgets, costs, build=build_name(target.arch, target.compiler), reason=args.reason)
    held = budgets.of(build_name(target.arch, target.compiler)) if target.is_budgeted else {}
    if args.json:
        import json

        results = [cost.record(target.arch, budget=held.get(cost.operation.name)) for cost in costs]
        print(json.dumps({"arch": target.arch, "engine": meter.name, "core": meter.core, "results": results}, indent=2))
    else:
        from tisslab.report.cost import print_costs

        print_costs(target, costs, budgets=held)
    if args.html is not None:
        write_page(args.html, gather(target, meter, costs, budgets=held))
    return judge(target, costs, budgets) if held else EXIT_OK


def choose_meter(engine: str, core: str | None, machine: Machine) -> Meter:
    """Return what counts. Errors: BadInputError for a name that does not exist or a core without rvsim; ToolMissingError."""
    if engine not in ENGINES:
        raise BadInputError(f"there is no engine '{engine}': choose {' or '.join(ENGINES)}")
    if engine == MODELS:
        from tisslab.cost.rvsim import RvsimMeter

        return RvsimMeter(find_core(machine.architecture, core))
    if core is not None:
        raise BadInputError(f"a core is modelled by {MODELS} only: give --engine {MODELS} with --core")
    from tisslab.cost.qemu import QemuMeter

    return QemuMeter()


def check_recording(args: argparse.Namespace) -> None:
    """Errors: BadInputError for options that do not go together, or a page that could not be written in the end."""
    if args.reason is not None and not args.record:
        raise BadInputError("--reason says why a budget is raised: give it with --record")
    if args.record and args.engine == MODELS:
        raise BadInputError(f"budgets are of instructions, which {MODELS} does not count: leave out --engine")
    if args.record and (args.build_type != "release" or args.machine is not None):
        raise BadInputError("budgets are of release builds on the architecture's own machine: leave out --build-type and --machine")
    if args.html is not None:
        from tisslab.files import check_place

        check_place(Path(args.html))


def write_page(path: str, findings: Findings) -> None:
    """Write all that is to be told as a page. Errors: BadInputError."""
    from tisslab.files import write_whole
    from tisslab.report.cost_page import cost_page

    write_whole(Path(path), cost_page(findings))


def record(budgets: Budgets, costs: Sequence[Cost], *, build: str, reason: str | None) -> None:
    """Make what was counted the budget. Errors: BadInputError without a reason to raise one."""
    from tisslab.cost.budgets import record_costs, write_budgets

    record_costs(budgets, costs, build=build, reason=reason)
    write_budgets(budgets)


def judge(target: Target, costs: Sequence[Cost], budgets: Budgets) -> int:
    """Say what takes more than its budget, and return the status."""
    from tisslab.cost.budgets import Places, build_name, complaint
    from tisslab.report.cost import print_complaints

    build = build_name(target.arch, target.compiler)
    over = [cost for cost in costs if cost.insns > budgets.of(build).get(cost.operation.name, cost.insns)]
    told = [
        complaint(
            cost,
            arch=target.arch,
            compiler=target.compiler,
            budget=budgets.of(build)[cost.operation.name],
            places=budgets.places.get(build, {}).get(cost.operation.name, Places()),
        )
        for cost in over
    ]
    uneven = [f"{cost.operation.name} took {cost.least} to {cost.most} instructions" for cost in costs if cost.least != cost.most]
    print_complaints([*filter(None, told), *uneven])
    return EXIT_FAILED if over or uneven else EXIT_OK
