"""`tisslab bench compare` and `tisslab bench throughput`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tisslab.commands.bench_ipc import add_build_options
from tisslab.errors import EXIT_OK
from tisslab.machine import find_machine

if TYPE_CHECKING:
    from tisslab.commands import Subparsers

PRESENT = "this checkout"


def add_compare(subjects: Subparsers) -> None:
    """Add the comparison of two revisions."""
    compare = subjects.add_parser(
        "compare",
        help="what changed between two revisions, by operation and function",
        description="Build two revisions, count what each operation takes, and show what changed. What was counted is kept by commit.",
        epilog="example:\n  tisslab bench compare HEAD~1 --arch riscv64",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare.add_argument("before", metavar="REV", help="a revision of git's")
    compare.add_argument("after", metavar="REV", nargs="?", help="the later one; default: the checkout as it is")
    add_build_options(compare, budgeted=True)
    compare.add_argument("--json", action="store_true", help="print a record")
    compare.set_defaults(measure=run_compare)


def add_throughput(subjects: Subparsers) -> None:
    """Add what is timed."""
    throughput = subjects.add_parser(
        "throughput",
        help="round trips a second, beside the empty system call",
        description="Time calls and their answers with 0, 10 and 64 words, in turn with the empty system call: medians, held to nothing.",
        epilog="example:\n  tisslab bench throughput --arch riscv64",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_build_options(throughput)
    throughput.add_argument("--json", action="store_true", help="print a record")
    throughput.set_defaults(measure=run_throughput)


def run_compare(args: argparse.Namespace) -> int:
    """Count two revisions and print what changed. Errors: any TissError."""
    machine = find_machine(args.arch, None)
    from tisslab.cost.kept import find_commit
    from tisslab.cost.qemu import QemuMeter
    from tisslab.cost.revisions import differences, measure_present, measure_revision

    for revision in filter(None, (args.before, args.after)):
        find_commit(revision)
    meter = QemuMeter()
    before = measure_revision(args.before, machine, meter, compiler=args.compiler)
    if args.after is None:
        after = measure_present(machine, meter, compiler=args.compiler)
    else:
        after = measure_revision(args.after, machine, meter, compiler=args.compiler)
    found = differences(before, after)
    names = (args.before, args.after or PRESENT)
    if args.json:
        import json

        record = {"arch": machine.architecture.name, "before": names[0], "after": names[1], "changed": [one.record() for one in found]}
        print(json.dumps(record, indent=2))
    else:
        from tisslab.report.cost import print_differences

        print_differences(found, names=names, arch=machine.architecture.name)
    return EXIT_OK


def run_throughput(args: argparse.Namespace) -> int:
    """Time round trips and print. Errors: any TissError."""
    machine = find_machine(args.arch, args.machine)
    from tisslab.cost.meter import built_target
    from tisslab.cost.throughput import measure_throughput

    target = built_target(machine, compiler=args.compiler, build_type=args.build_type)
    results = measure_throughput(target)
    if args.json:
        import json

        print(json.dumps({"arch": target.arch, "results": [one.record() for one in results]}, indent=2))
    else:
        from tisslab.report.cost import print_rates

        print_rates(target, results)
    return EXIT_OK
