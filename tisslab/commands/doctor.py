"""`tisslab doctor`: which tools are found, what each is for and how to install it."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tisslab.commands import add_command
from tisslab.errors import EXIT_OK, EXIT_TOOL_MISSING
from tisslab.machine import ARCHITECTURES, find_architecture
from tisslab.tools import TOOLS, Finding, Probe, check, missing

if TYPE_CHECKING:
    from tisslab.commands import Subparsers

VERSION_TIMEOUT = 10
"""Seconds that a tool may take to tell its version."""


def add_parser(subparsers: Subparsers) -> None:
    """Add `doctor` and its options."""
    parser = add_command(subparsers, "doctor", example="tisslab doctor --arch riscv64")
    parser.add_argument("--arch", metavar="A", help=f"only what this architecture needs: {', '.join(ARCHITECTURES)}")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Check every tool; 3 if one that is needed cannot be used."""
    if args.arch is not None:
        find_architecture(args.arch)
    wanted = [tool for tool in TOOLS if args.arch is None or args.arch in tool.architectures]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        findings = list(pool.map(lambda tool: check(tool, PROBE), wanted))
    if args.json:
        print(json.dumps({"ok": not missing(findings), "tools": [_record(finding) for finding in findings]}, indent=2))
    else:
        _render(findings)
    return EXIT_TOOL_MISSING if missing(findings) else EXIT_OK


def _record(finding: Finding) -> dict[str, object]:
    tool = finding.tool
    return {
        "name": tool.name,
        "purpose": tool.purpose,
        "needed": tool.needed,
        "path": finding.path or None,
        "version": finding.version or None,
        "problem": finding.problem or None,
        "install": None if finding.usable else tool.install,
    }


def _render(findings: Sequence[Finding]) -> None:
    from tisslab.report.tools import render_findings

    render_findings(findings)


# ---------------------------------------------------------------- looking at this machine


def _find_file(name: str) -> str:
    folders = [Path("/usr/local/share/qemu"), Path("/usr/share/qemu"), Path("/usr/share/seabios")]
    return next((str(folder / name) for folder in folders if (folder / name).is_file()), "")


def _ask_version(path: str) -> str:
    command = [path, "--version"]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=VERSION_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def _find_distribution(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


PROBE = Probe(lambda name: shutil.which(name) or "", _find_file, _ask_version, _find_distribution)
