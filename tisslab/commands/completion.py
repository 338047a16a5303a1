"""`tisslab completion`: the script that teaches a shell the commands and options."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tisslab.commands import add_command
from tisslab.errors import EXIT_OK, BadInputError
from tisslab.machine import ARCHITECTURES, MACHINES

if TYPE_CHECKING:
    from tisslab.commands import Subparsers

SHELLS = ("bash", "zsh", "tcsh")
FILES = ("files", "kernel", "firmware", "initrd", "html")
"""The arguments that are files."""


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

    parser = make_parser()
    add_values(parser)
    print(shtab.complete(parser, shell=args.shell))
    return EXIT_OK


def add_values(parser: argparse.ArgumentParser) -> None:
    """Tell the parser, and those of its commands, what the values of arguments can be. Only shells ask: the commands check for themselves."""
    import shtab

    for action in parser._actions:  # argparse has no other way to go through them, and shtab goes this one
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                add_values(command)
        elif choices := values().get(action.dest):
            action.choices = choices
        elif action.dest in FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]


def values() -> dict[str, tuple[str, ...]]:
    """The values that an argument of each name can have."""
    from tisslab.accelerator import ACCELERATORS
    from tisslab.build import BUILD_TYPES, COMMANDS
    from tisslab.commands.new import KINDS

    return {
        "arch": tuple(ARCHITECTURES),
        "machine": tuple(machine.name for machine in MACHINES),
        "accel": ACCELERATORS,
        "build_type": BUILD_TYPES,
        "compiler": tuple(COMMANDS),
        "kind": KINDS,
        "shell": SHELLS,
    }
