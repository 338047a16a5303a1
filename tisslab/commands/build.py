"""`tisslab build`: the kernel, the servers and the boot archive."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from tisslab.build import BUILD_TYPES, COMMANDS, Build, choose_build, outputs, run_build
from tisslab.commands import add_command
from tisslab.errors import EXIT_OK
from tisslab.machine import ARCHITECTURES

if TYPE_CHECKING:
    from tisslab.commands import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add `build` and its options."""
    parser = add_command(subparsers, "build", example="tisslab build --arch riscv64 --build-type release")
    parser.add_argument("--arch", metavar="A", default="all", help=f"{', '.join(ARCHITECTURES)}, or all (the default)")
    add_build_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_build_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose among an architecture's builds."""
    parser.add_argument("--build-type", metavar="T", help=f"{' or '.join(BUILD_TYPES)} (default: debug)")
    parser.add_argument("--compiler", metavar="C", help=f"{' or '.join(COMMANDS)} (default: clang)")


def parse_build(args: argparse.Namespace, arch: str) -> Build:
    """Return the build that the options mean for an architecture. Errors: BadInputError."""
    return choose_build(arch=arch, compiler=args.compiler, build_type=args.build_type)


def run(args: argparse.Namespace) -> int:
    """Build one architecture, or all of them."""
    names = ARCHITECTURES if args.arch == "all" else [args.arch]
    builds = [parse_build(args, name) for name in names]
    records = []
    for build in builds:
        seconds = round(run_build(build), 3)
        records.append({"name": build.name, "folder": str(build.folder), "seconds": seconds, "files": outputs(build)})
    if args.json:
        print(json.dumps({"builds": records}, indent=2))
    else:
        for record in records:
            print(f"{record['name']} is up to date in {record['folder']}")
    return EXIT_OK
