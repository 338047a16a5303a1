#!/usr/bin/env python3
"""Make everything that comes from abi.toml: C and assembly headers, user stubs, the Python module, the reference page.

    python3 kernel/abi/gen.py --arch x86_64 --out build/gen          # tiss/abi.h, tiss/registers.h, tiss/syscalls.h
    python3 kernel/abi/gen.py --python tisslab/_abi.py --docs docs/abi.md
    python3 kernel/abi/gen.py --check                                # are the committed outputs current?

Standard library only. A file is replaced in one step, and only when its content changed, so that make rebuilds nothing for nothing.
Exit status: 0 done or current, 1 a committed output is stale, 2 wrong use or a mistake in abi.toml.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from emit_c import abi_header, registers_header
from emit_docs import reference
from emit_python import module
from emit_stubs import syscalls_header
from interface import SOURCE, AbiError, Interface, load
from output import replace

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "tisslab" / "_abi.py"
DOCS = ROOT / "docs" / "abi.md"


def write(path: Path, text: str) -> None:
    """Replace a file's content in one step, if it differs. Raises OSError; nothing is half-written then."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, text.encode())


def outputs(interface: Interface, options: argparse.Namespace) -> dict[Path, str]:
    """Path and text of each output that the options ask for. Raises AbiError."""
    made: dict[Path, str] = {}
    if options.arch:
        if options.arch not in interface.registers:
            known = ", ".join(interface.registers)
            raise AbiError(f"unknown architecture {options.arch!r}: abi.toml has {known}")
        folder = Path(options.out) / "tiss"
        made[folder / "abi.h"] = abi_header(interface, options.arch)
        made[folder / "registers.h"] = registers_header(interface, options.arch)
        made[folder / "syscalls.h"] = syscalls_header(interface, options.arch)
    if options.python:
        made[Path(options.python)] = module(interface)
    if options.docs:
        made[Path(options.docs)] = reference(interface)
    return made


def stale(made: dict[Path, str]) -> list[Path]:
    """Those outputs whose file is missing or differs."""
    return [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gen.py", description="Make what comes from kernel/abi/abi.toml.")
    parser.add_argument("--abi", default=SOURCE, type=Path, metavar="FILE", help="the declaration (default: abi.toml beside this)")
    parser.add_argument("--arch", metavar="A", help="architecture of the headers, with --out")
    parser.add_argument("--out", metavar="DIR", help="folder that receives tiss/*.h")
    parser.add_argument("--python", metavar="FILE", help="write the Python module")
    parser.add_argument("--docs", metavar="FILE", help="write the reference page")
    parser.add_argument("--check", action="store_true", help="write nothing: say which outputs are stale (default: the committed ones)")
    options = parser.parse_args(arguments)
    if bool(options.arch) != bool(options.out):
        parser.error("--arch and --out go together")
    if options.check and not (options.arch or options.python or options.docs):
        options.python, options.docs = PYTHON, DOCS
    if not (options.arch or options.python or options.docs):
        parser.error("nothing to do: give --arch and --out, --python, --docs or --check")
    return options


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        made = outputs(load(options.abi), options)
        if options.check:
            old = stale(made)
            for path in old:
                print(
                    f"gen.py: {path} is not what abi.toml says: run python3 kernel/abi/gen.py --python tisslab/_abi.py --docs docs/abi.md",
                    file=sys.stderr,
                )
            return 1 if old else 0
        for path, text in made.items():
            write(path, text)
    except AbiError as error:
        print(f"gen.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"gen.py: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
