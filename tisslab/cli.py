"""The command line: parse, call the command, turn what went wrong into one sentence and an exit status."""

from __future__ import annotations

import argparse
import importlib
import itertools
import os
import sys
from collections.abc import Collection, Sequence
from typing import NoReturn, cast

from tisslab import __version__
from tisslab.commands import COMMANDS
from tisslab.errors import EXIT_INTERRUPTED, EXIT_OK, BadInputError, TissError


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is a `BadInputError`: one sentence, no usage dump."""

    def error(self, message: str) -> NoReturn:
        raise BadInputError(f"{message} (see '{self.prog} --help')")


def make_parser(*, imported: Collection[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """Make the parser; the commands not in `imported` get their name and help line only, and cost no import."""
    parser = Parser(
        prog="tisslab",
        description="The TissOS lab: builds it, boots it and says what became of it.",
        epilog="example:\n  echo 'ping 1000' | tisslab boot --arch riscv64",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tisslab {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, sentence in COMMANDS.items():
        if name in imported:
            importlib.import_module(f"tisslab.commands.{name}").add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=sentence, add_help=False)
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse a command line. What follows `--` becomes `after_dashes`, for the one command that passes it on.

    Errors: BadInputError.
    """
    words, after_dashes = list(argv), []
    if "--" in words:
        place = words.index("--")
        words, after_dashes = words[:place], words[place + 1 :]
    named = next((word for word in words if not word.startswith("-")), "")
    if not named and words and words[0] not in ("-h", "--help", "--version"):
        raise BadInputError(f"there is no option '{words[0]}' (see 'tisslab --help')")
    if named and named not in COMMANDS:
        raise BadInputError(f"there is no command '{named}': choose {', '.join(COMMANDS)}")
    args, unknown = make_parser(imported=[named]).parse_known_args(words)
    if unknown:
        raise BadInputError(f"unrecognized arguments: {' '.join(unknown)} (see 'tisslab {named} --help')")
    if after_dashes and args.command != "boot":
        raise BadInputError(f"'{args.command}' takes nothing after '--': only 'boot' passes arguments on to QEMU")
    args.after_dashes = after_dashes
    return args


def report_error(error: TissError, *, as_json: bool) -> None:
    """Print the one sentence, and for --json the record too, so that a program always finds one on standard output."""
    if as_json:
        import json

        print(json.dumps({"error": str(error), "exit_status": error.exit_status}))
    print(f"tisslab: {error}", file=sys.stderr)


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit status; every `TissError` has been printed."""
    as_json = "--json" in itertools.takewhile(lambda word: word != "--", argv)  # wrong use, which has no parsed options, is told so too
    try:
        args = parse(argv)
        module = importlib.import_module(f"tisslab.commands.{args.command}")
        return cast(int, module.run(args))
    except TissError as error:
        report_error(error, as_json=as_json)
        return error.exit_status
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def open_standard_streams() -> None:
    """Open those of the three standard streams that the caller closed: their numbers would go to the next files that are opened."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
            setattr(sys, name, os.fdopen(number, mode))


def main(argv: Sequence[str] | None = None) -> int:
    """Run `tisslab` and return its exit status. A reader that went away (`tisslab ... | head`) is no error."""
    open_standard_streams()
    try:
        status = run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
