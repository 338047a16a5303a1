"""`tisslab completion`: the script that teaches a shell the commands and options."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tisslab.commands import add_command
from tisslab.errors import EXIT_OK, BadInputError

if TYPE_CHECKING:
    from tisslab.commands import Subparsers

SHELLS = ("bash", "zsh", "tcsh")


def add_parser(subparsers: Subparsers) -> None:
    """Add `completion` and its argument."""
    parser = add_command(subparsers, "completion", example="tisslab completion bash >~/.local/share/bash-completion/completions/tisslab")
    parser.add_argument("shell", metavar="SHELL", help=", ".join(SHELLS))


def run(args: argparse.Namespace) -> int:
    """Print the script; it knows every command that this version has."""
    if args.shell not in SHELLS:
        raise BadInputError(f"there is no completion for the shell '{args.shell}': choose {', '.join(SHELLS)}")
    import shtab

    from tisslab.cli import make_parser

    print(shtab.complete(make_parser(), shell=args.shell))
    return EXIT_OK
