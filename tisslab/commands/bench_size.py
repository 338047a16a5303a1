"""`tisslab bench size`: how large the kernel is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tisslab.errors import EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from tisslab.commands import Subparsers


def add_size(subjects: Subparsers) -> None:
    """Add what is counted of the kernel itself."""
    size = subjects.add_parser(
        "size",
        help="the kernel's lines of source, and its text by every compiler, beside their bounds",
        description="Count the kernel's lines of C and assembly as cloc does, and the bytes of code and constants of every release build.",
        epilog="example:\n  tisslab bench size --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    size.add_argument("--json", action="store_true", help="print a record")
    size.set_defaults(measure=run_size)


def run_size(args: argparse.Namespace) -> int:
    """Measure and print: status 1 if a bound does not hold. Errors: any TissError."""
    from tisslab.kernel_size import measure_size

    size = measure_size()
    if args.json:
        import json

        print(json.dumps(size.record(), indent=2))
    else:
        from tisslab.report.size import print_size

        print_size(size)
    return EXIT_FAILED if size.broken() else EXIT_OK
