"""The commands of `tisslab`, one module each.

A module `tisslab.commands.<name>` has two functions: `add_parser(subparsers)`, which calls `add_command` and adds its options, and
`run(args)`, which does the work and returns the exit status. It is imported only when its command is asked for, so that
`tisslab --help` costs no more than argparse does; what is slow (rich, asyncio, elftools) is imported inside `run`'s path.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

COMMANDS: Mapping[str, str] = {
    "doctor": "say which tools are found, what each is for and how to install it",
    "build": "build the kernel, the servers and the boot archive",
    "boot": "boot a machine: a console on a terminal, a script without one",
    "machines": "list the machines that can be booted",
    "image": "show what is in a kernel, a program or a boot archive",
    "new": "write a new server that builds and answers calls",
    "bench": "measure",
    "completion": "print the completion script of a shell",
}
"""Every command and its one line in `tisslab --help`."""


def add_command(subparsers: Subparsers, name: str, *, example: str, description: str | None = None) -> argparse.ArgumentParser:
    """Add the parser of command `name`, with its line of `COMMANDS` as help and an example at the end of its `--help`."""
    sentence = description or COMMANDS[name][0].upper() + COMMANDS[name][1:] + "."
    return subparsers.add_parser(
        name,
        help=COMMANDS[name],
        description=sentence,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
