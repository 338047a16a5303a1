"""`tisslab boot`: one machine, from power on to its verdict."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tisslab.commands import add_command
from tisslab.errors import BadInputError
from tisslab.machine import Machine, find_machine

if TYPE_CHECKING:
    from tisslab.boot_plan import BootPlan
    from tisslab.commands import Subparsers
    from tisslab.outcome import Outcome

TIMEOUT = 60.0
"""Seconds that a run without a terminal gets, unless told otherwise."""

DESCRIPTION = """Boot a machine.

On a terminal: an interactive console; Ctrl-A X leaves, Ctrl-A H helps. Without one: standard input is typed into the
console once the system is ready, and at its end the system is asked to power off.

exit status: the guest's own; 2 wrong use or bad input; 3 a tool is missing; 124 timeout; 125 the machine was lost or could
not start; 130 interrupted; 255 kernel panic"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command's options."""
    parser = add_command(subparsers, "boot", example="echo 'ping 1000' | tisslab boot --arch riscv64", description=DESCRIPTION)
    parser.usage = "tisslab boot [options] [-- QEMU ARGUMENTS]"
    parser.add_argument("--arch", metavar="A", help="x86_64 (default) or riscv64")
    parser.add_argument("--machine", metavar="M", help="a machine of 'tisslab machines'; default: the architecture's first")
    parser.add_argument("--memory", metavar="SIZE", help="such as 64M (default) or 1G")
    parser.add_argument("--accel", metavar="X", default="tcg", help="tcg (default), kvm, or auto: what a probe finds quicker")
    parser.add_argument("--timeout", metavar="S", help=f"end the run after S seconds; default {TIMEOUT:g} without a terminal, none on one")
    parser.add_argument("--build-type", metavar="T", help="debug (default) or release")
    parser.add_argument("--compiler", metavar="C", help="of the build: clang (default) or gcc")
    parser.add_argument("--kernel", metavar="FILE", type=Path, help="boot this kernel instead: any that QEMU can load")
    parser.add_argument("--firmware", metavar="F", help="with --kernel: firmware to start from, 'default' for QEMU's own, 'none' for none")
    parser.add_argument("--initrd", metavar="F", type=Path, help="with --kernel: boot archive or initial RAM disk")
    parser.add_argument("--append", metavar="S", default="", help="the kernel's command line")
    parser.add_argument("--json", action="store_true", help="print a record of the run; the console then goes to standard error")


def run(args: argparse.Namespace) -> int:
    """Boot and return the exit status. Errors: any TissError."""
    timeout = parse_timeout(args.timeout)
    plan = make_boot_plan(args)
    from tisslab.boot_run import Surroundings, run_plan

    surroundings = Surroundings.find(output=2 if args.json else 1)
    if timeout is None and not surroundings.interactive:
        timeout = TIMEOUT
    outcome = run_plan(plan, surroundings, timeout=timeout)
    report(outcome, as_json=args.json, interactive=surroundings.interactive)
    return outcome.verdict.exit_status


def parse_timeout(text: str | None) -> float | None:
    """Return the seconds, None for no limit given. Errors: BadInputError."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise BadInputError(f"'{text}' is no time to wait: give --timeout a number of seconds above 0")
    return seconds


def make_boot_plan(args: argparse.Namespace) -> BootPlan:
    """Return the plan that the options ask for; what is missing of this project's build is built first."""
    machine = find_machine(args.arch, args.machine)
    from tisslab.boot_plan import BootRequest, make_plan, parse_memory

    parse_memory(args.memory, machine)  # before a build, which takes time
    return make_plan(
        BootRequest(
            machine=machine,
            build=find_build(args, machine),
            memory=args.memory,
            accelerator=args.accel,
            kernel=args.kernel,
            firmware=args.firmware,
            archive=args.initrd,
            append=args.append,
            qemu_arguments=tuple(args.after_dashes),
        )
    )


def report(outcome: Outcome, *, as_json: bool, interactive: bool) -> None:
    """Say what became of the run: a record on standard output, or what a person has to know on standard error."""
    if as_json:
        import json

        from tisslab.report.record import outcome_record

        print(json.dumps(outcome_record(outcome), indent=2))
    from tisslab.report.text import print_outcome

    print_outcome(outcome, interactive=interactive)


def find_build(args: argparse.Namespace, machine: Machine) -> Path | None:
    """Return the build to boot, made if it is missing; None with --kernel."""
    if args.kernel is not None:
        if args.build_type is not None or args.compiler is not None:
            raise BadInputError("--kernel boots a file, and --build-type and --compiler choose a build: give one or the other")
        return None
    for name in ("firmware", "initrd"):
        if getattr(args, name) is not None:
            raise BadInputError(f"--{name} goes with --kernel: give both, or neither to boot this project's own")
    from tisslab.build import ensure_build

    compiler = args.compiler or os.environ.get("COMPILER")
    return ensure_build(arch=machine.architecture.name, compiler=compiler, build_type=args.build_type)
