"""The tools that the lab and the build use: what each is for, which version is known to work, which Debian package brings it.

Facts and decisions only: finding and running is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tisslab.machine import ARCHITECTURES, MACHINES


@dataclass(frozen=True)
class Tool:
    """A program, a file or a Python package.

    `command` is looked for in PATH, `file` in QEMU's data folders, `distribution` among the Python packages: one of the three is given.
    Without a needed tool nothing is built or booted for `architectures`; the others serve `make test` and debugging.
    """

    name: str
    purpose: str
    package: str
    command: str = ""
    file: str = ""
    distribution: str = ""
    least: tuple[int, ...] = ()
    needed: bool = True
    architectures: tuple[str, ...] = tuple(ARCHITECTURES)

    @property
    def install(self) -> str:
        """The command that installs it."""
        return "make setup" if self.distribution else f"apt-get install {self.package}"


@dataclass(frozen=True)
class Finding:
    """What became of a tool: path is empty if it was not found, version if it does not tell; problem is a sentence or empty."""

    tool: Tool
    path: str = ""
    version: str = ""
    problem: str = ""

    @property
    def usable(self) -> bool:
        return not self.problem


def _firmware() -> Iterable[Tool]:
    """The firmware files of QEMU's own that machines start from."""
    files: dict[str, list[str]] = {}
    for machine in MACHINES:
        if machine.firmware.endswith(".rom"):
            files.setdefault(machine.firmware, []).append(machine.architecture.name)
        elif machine.firmware == "default":
            files.setdefault("opensbi-riscv64-generic-fw_dynamic.bin", []).append(machine.architecture.name)
    for file, architectures in files.items():
        names = ", ".join(one.name for one in MACHINES if one.architecture.name in architectures and one.firmware in (file, "default"))
        yield Tool(file, f"firmware of {names}", "qemu-system-data", file=file, architectures=tuple(dict.fromkeys(architectures)))


TOOLS: tuple[Tool, ...] = (
    Tool("make", "runs the build", "make", command="make"),
    Tool("python3", "generates the ABI, packs the boot archive, runs the lab", "python3", command="python3", least=(3, 11)),
    Tool("clang", "compiles kernel and servers", "clang", command="clang", least=(14,)),
    Tool("ld.lld", "links what clang compiled", "lld", command="ld.lld", least=(14,)),
    Tool("llvm-objcopy", "cuts the firmware of virt out of its ELF file", "llvm", command="llvm-objcopy", architectures=("riscv64",)),
    *(
        Tool(one.qemu, f"runs the {name} machines", one.package, command=one.qemu, least=(7, 2), architectures=(name,))
        for name, one in ARCHITECTURES.items()
    ),
    *_firmware(),
    Tool("qemu.qmp", "talks to QEMU", "", distribution="qemu.qmp"),
    Tool("pyelftools", "reads symbols and DWARF", "", distribution="pyelftools"),
    Tool("lief", "reads the notes and relocations of images", "", distribution="lief"),
    Tool("capstone", "disassembles", "", distribution="capstone"),
    Tool("rich", "renders tables", "", distribution="rich"),
    Tool("shtab", "writes shell completion", "", distribution="shtab"),
    Tool("gcc", "the second compiler, and host-built tests", "gcc", command="gcc", least=(12,), needed=False),
    Tool(
        "riscv64-linux-gnu-gcc",
        "the second compiler for riscv64",
        "gcc-riscv64-linux-gnu",
        command="riscv64-linux-gnu-gcc",
        least=(12,),
        needed=False,
        architectures=("riscv64",),
    ),
    Tool("gdb-multiarch", "make debug", "gdb-multiarch", command="gdb-multiarch", needed=False),
    Tool("pytest", "make test", "", distribution="pytest", needed=False),
    Tool("hypothesis", "make test", "", distribution="hypothesis", needed=False),
    Tool("unicorn", "runs single functions in tests", "", distribution="unicorn", needed=False),
    Tool("rvsim", "models cores, on x86_64 hosts", "", distribution="rvsim", needed=False),
    Tool("mypy", "make lint", "", distribution="mypy", needed=False),
    Tool("ruff", "make lint", "", distribution="ruff", needed=False),
)


@dataclass(frozen=True)
class Probe:
    """How to look at this machine: each returns an empty string for what is not there.

    `find_command` and `find_file` return a path, `ask_version` what a command prints when asked, `find_distribution` a version.
    """

    find_command: Callable[[str], str]
    find_file: Callable[[str], str]
    ask_version: Callable[[str], str]
    find_distribution: Callable[[str], str]


def check(tool: Tool, probe: Probe) -> Finding:
    """Look for one tool and judge it."""
    if tool.distribution:
        version = probe.find_distribution(tool.distribution)
        return Finding(tool, tool.distribution, version) if version else Finding(tool, problem="not installed")
    path = probe.find_file(tool.file) if tool.file else probe.find_command(tool.command)
    if not path:
        return Finding(tool, problem="not found")
    if tool.file:
        return Finding(tool, path)
    version = parse_version(probe.ask_version(path))
    if not version:
        return Finding(tool, path, problem="does not tell its version: is it damaged?")
    if tool.least and as_numbers(version) < tool.least:
        return Finding(tool, path, version, problem=f"too old: {'.'.join(map(str, tool.least))} or newer is needed")
    return Finding(tool, path, version)


def parse_version(text: str) -> str:
    """Return the version in what a tool prints: what follows the word, or the first number with a dot in the first line; empty if none."""
    number = r"(?<![\w.:-])(\d+(?:\.\d+)+)"
    found = re.search(rf"version {number}", text) or re.search(number, text.partition("\n")[0])
    return found[1] if found else ""


def as_numbers(version: str) -> tuple[int, ...]:
    """`7.2.22` as (7, 2, 22), which compares as versions do."""
    return tuple(int(part) for part in version.split("."))


def missing(findings: Iterable[Finding]) -> list[Finding]:
    """Those that are needed and cannot be used."""
    return [finding for finding in findings if finding.tool.needed and not finding.usable]
