"""`tisslab bench`: how long things take."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tisslab.commands import add_command
from tisslab.commands.bench_ipc import add_ipc
from tisslab.commands.bench_revisions import add_compare, add_throughput
from tisslab.commands.bench_size import add_size
from tisslab.errors import EXIT_FAILED, EXIT_OK, BadInputError
from tisslab.machine import find_machine

if TYPE_CHECKING:
    from collections.abc import Callable

    from tisslab.commands import Subparsers

ROUNDS_MOST = 1000


def add_parser(subparsers: Subparsers) -> None:
    """Add the command and what it can measure."""
    bench = add_command(subparsers, "bench", example="tisslab bench boot --arch riscv64 --json")
    subjects = bench.add_subparsers(dest="subject", metavar="SUBJECT", required=True)
    boot = subjects.add_parser(
        "boot",
        help="from exec of QEMU to user space's first byte and to the prompt",
        description="Measure how long a boot takes, and how much of that is QEMU's own: medians, taken in turn.",
        epilog="example:\n  tisslab bench boot --arch x86_64 --machine microvm",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    boot.add_argument("--arch", metavar="A", help="x86_64 (default) or riscv64")
    boot.add_argument("--machine", metavar="M", help="a machine of 'tisslab machines'; default: the architecture's first")
    boot.add_argument("--build-type", metavar="T", default="release", help="release (default) or debug")
    boot.add_argument("--compiler", metavar="C", default="clang", help="of the build: clang (default) or gcc")
    boot.add_argument("--rounds", metavar="N", default="10", help="how many of each; default 10")
    boot.add_argument("--json", action="store_true", help="print a record")
    boot.set_defaults(measure=run_boot)
    startup = subjects.add_parser(
        "startup",
        help="'tisslab --help' beside bare Python",
        description="Measure how long the command line takes to start, and bare Python in turn: medians.",
        epilog="example:\n  tisslab bench startup --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    startup.add_argument("--rounds", metavar="N", default="10", help="how many of each; default 10")
    startup.add_argument("--json", action="store_true", help="print a record")
    startup.set_defaults(measure=run_startup)
    add_worst(subjects)
    add_ipc(subjects)
    add_size(subjects)
    add_compare(subjects)
    add_throughput(subjects)


def add_worst(subjects: Subparsers) -> None:
    """Add what is measured in the kernel."""
    worst = subjects.add_parser(
        "worst",
        help="the longest entry into the kernel, in instructions, for each system call",
        description="Count the instructions of the longest entry for each call, over the guest suite and states that are built to be bad.",
        epilog="example:\n  tisslab bench worst --arch riscv64 --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    worst.add_argument("--arch", metavar="A", help="x86_64 (default) or riscv64")
    worst.add_argument("--machine", metavar="M", help="a machine of 'tisslab machines'; default: the architecture's first")
    worst.add_argument("--compiler", metavar="C", default="clang", help="of the release build: clang (default) or gcc")
    worst.add_argument("--bad", action="store_true", help="only the states that are built to be bad")
    worst.add_argument("--json", action="store_true", help="print a record")
    worst.set_defaults(measure=run_worst)


def parse_rounds(text: str) -> int:
    """Return the number of rounds. Errors: BadInputError."""
    if not text.isdecimal() or not 1 <= int(text) <= ROUNDS_MOST:
        raise BadInputError(f"'{text}' is no number of rounds: give --rounds 1 to {ROUNDS_MOST}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Measure and print. Errors: any TissError."""
    measure: Callable[[argparse.Namespace], int] = args.measure
    return measure(args)


def run_startup(args: argparse.Namespace) -> int:
    """Measure how long the command line takes to start. Errors: BadInputError."""
    from tisslab.startup import measure_startup

    times = measure_startup(rounds=parse_rounds(args.rounds))
    if args.json:
        import json

        print(json.dumps(times.record(), indent=2))
    else:
        print(f"tisslab --help {times.help_ms} ms, bare Python {times.python_ms} ms, {times.ratio} times that (medians of {times.rounds})")
    return 0


def run_worst(args: argparse.Namespace) -> int:
    """Measure the longest entries into the kernel: status 1 if one is longer than the bound. Errors: any TissError."""
    machine = find_machine(args.arch, args.machine)
    from tisslab.worst import BOUND, all_states, bad_states, measure_worst

    results = measure_worst(machine, bad_states() if args.bad else all_states(), compiler=args.compiler)
    if args.json:
        import json

        print(json.dumps({"arch": machine.architecture.name, "results": [one.record() for one in results]}, indent=2))
    else:
        from tisslab.report.text import print_worst

        print_worst(machine, results)
    return EXIT_FAILED if any(one.insns > BOUND for one in results) else EXIT_OK


def run_boot(args: argparse.Namespace) -> int:
    """Measure how long a boot takes. Errors: any TissError."""
    rounds = parse_rounds(args.rounds)
    machine = find_machine(args.arch, args.machine)
    from tisslab.bench import measure_boot
    from tisslab.build import ensure_build

    folder = ensure_build(arch=machine.architecture.name, compiler=args.compiler, build_type=args.build_type)
    times = measure_boot(machine, folder, build_type=args.build_type, rounds=rounds)
    if args.json:
        import json

        print(json.dumps(times.record(), indent=2))
    else:
        from tisslab.report.text import print_boot_times

        print_boot_times(times)
    return 0
