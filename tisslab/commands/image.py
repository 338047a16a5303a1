"""`tisslab image`: what is in a kernel, a program or a boot archive."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from tisslab.commands import add_command
from tisslab.commands.build import add_build_options, parse_build
from tisslab.errors import EXIT_FAILED, EXIT_OK, BadInputError

if TYPE_CHECKING:
    from tisslab.commands import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add `image` and its options."""
    parser = add_command(subparsers, "image", example="tisslab image --arch riscv64 --symbols 20")
    parser.add_argument("files", metavar="FILE", nargs="*", help="ELF files and boot archives")
    parser.add_argument("--arch", metavar="A", help="the kernel and the boot archive that were built for an architecture")
    add_build_options(parser)
    parser.add_argument("--symbols", metavar="N", type=int, default=10, help="show the N largest symbols (default: 10)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with every symbol")


def run(args: argparse.Namespace) -> int:
    """Tell of each file; 1 if one of them has memory that is writable and executable."""
    from tisslab.contents import read_contents

    if args.symbols < 0:
        raise BadInputError(f"--symbols {args.symbols} is no number of symbols: give 0 or more")
    images = [read_contents(path) for path in _paths(args)]
    if args.json:
        print(json.dumps({"images": images}, indent=2))
    else:
        from tisslab.report.contents import render_contents

        for facts in images:
            render_contents(facts, symbols=args.symbols)
    return EXIT_OK if all(facts["write_xor_execute"]["holds"] for facts in images) else EXIT_FAILED


def _paths(args: argparse.Namespace) -> list[Path]:
    if bool(args.files) == (args.arch is not None):
        raise BadInputError("give either files or --arch, for example 'tisslab image --arch riscv64'")
    if args.files:
        return [Path(name) for name in args.files]
    build = parse_build(args, args.arch)
    if not (build.folder / "kernel.elf").is_file():
        command = f"tisslab build --arch {build.arch} --compiler {build.compiler} --build-type {build.build_type}"
        raise BadInputError(f"there is no build {build.name}: make it by '{command}'")
    return [build.folder / "kernel.elf", build.folder / "archive.bin"]
