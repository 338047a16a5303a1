"""`tisslab machines`: which machines there are."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tisslab.commands import add_command
from tisslab.machine import MACHINES, find_architecture, machines_of

if TYPE_CHECKING:
    from tisslab.commands import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command's options."""
    parser = add_command(subparsers, "machines", example="tisslab machines --arch riscv64")
    parser.add_argument("--arch", metavar="A", help="only this architecture's: x86_64 or riscv64")
    parser.add_argument("--json", action="store_true", help="print a list of records")


def run(args: argparse.Namespace) -> int:
    """Print the machines."""
    machines = MACHINES if args.arch is None else machines_of(find_architecture(args.arch))
    if args.json:
        import json

        from tisslab.report.record import machine_record

        print(json.dumps([machine_record(machine) for machine in machines], indent=2))
    else:
        from tisslab.report.text import print_machines

        print_machines(machines)
    return 0
