"""`tisslab build`: the kernel, the servers and the boot archive."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from tisslab.build import BUILD_TYPES, COMPILERS, Build, outputs, run_build
from tisslab.commands import add_command
from tisslab.errors import EXIT_OK, BadInputError
from tisslab.machine import ARCHITECTURES, find_architecture

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
    parser.add_argument("--build-type", metavar="T", default="debug", help=f"{' or '.join(BUILD_TYPES)} (default: debug)")
    parser.add_argument("--compiler", metavar="C", default="clang", help=f"{' or '.join(COMPILERS)} (default: clang)")


def parse_build(args: argparse.Namespace, arch: str) -> Build:
    """Return the build that the options mean. Errors: BadInputError."""
    if args.build_type not in BUILD_TYPES:
        raise BadInputError(f"there is no build type '{args.build_type}': choose {' or '.join(BUILD_TYPES)}")
    if args.compiler not in COMPILERS:
        raise BadInputError(f"there is no compiler '{args.compiler}': choose {' or '.join(COMPILERS)}")
    return Build(find_architecture(arch).name, args.compiler, args.build_type)


def run(args: argparse.Namespace) -> int:
    """Build one architecture, or all of them."""
    builds = [parse_build(args, arch) for arch in (ARCHITECTURES if args.arch == "all" else [args.arch])]
    records = []
    for build in builds:
        print(f"build {build.name} ...", file=sys.stderr, flush=True)
        started = time.monotonic()
        run_build(build)
        seconds = time.monotonic() - started
        print(f"build {build.name} done in {seconds:.1f} s", file=sys.stderr)
        records.append({"name": build.name, "folder": str(build.folder), "seconds": round(seconds, 3), "files": outputs(build)})
    if args.json:
        print(json.dumps({"builds": records}, indent=2))
    return EXIT_OK
