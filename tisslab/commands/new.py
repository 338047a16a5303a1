"""`tisslab new`: a new server that builds and answers calls."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from tisslab.commands import add_command
from tisslab.errors import EXIT_OK, BadInputError

if TYPE_CHECKING:
    from tisslab.commands import Subparsers

KINDS = ("server",)


def add_parser(subparsers: Subparsers) -> None:
    """Add `new` and its arguments."""
    parser = add_command(subparsers, "new", example="tisslab new server clock")
    parser.add_argument("kind", metavar="server", help="what to write: a server")
    parser.add_argument("name", metavar="NAME", help="its name: lower-case letters, digits and _")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Write it and say what comes next."""
    from tisslab.build import ROOT
    from tisslab.scaffold import plan_server, write_server

    if args.kind not in KINDS:
        raise BadInputError(f"there is no template for a new '{args.kind}': use 'tisslab new server NAME'")
    servers = ROOT / "servers"
    written = [str(path.relative_to(ROOT)) for path in write_server(plan_server(args.name, servers=servers), servers=servers)]
    if args.json:
        print(json.dumps({"name": args.name, "written": written}, indent=2))
    else:
        print("wrote " + ", ".join(written))
        print(f"try it: echo 'call {args.name} 1 2 3' | tisslab boot")
    return EXIT_OK
