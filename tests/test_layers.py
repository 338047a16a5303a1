"""Who may know whom: one table of rules over the source tree, and a made-up file for each rule that breaks it.

Add a rule as a row of `RULES` with a row of `BROKEN`; a rule that no file falls under, or that cannot fail, fails here.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

import pytest

ROOT = Path(__file__).resolve().parent.parent
ARCHITECTURE_NAMES = {"x86_64": r"x86|amd64|\bi386\b", "riscv64": r"risc-?v|\brv(32|64)"}
ANY_ARCHITECTURE = "|".join(ARCHITECTURE_NAMES.values())
FREESTANDING = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdnoreturn.h", "limits.h"}

Violation = tuple[int, str]
"""(line, what is wrong there)"""
Check = Callable[[PurePath, str], Iterable[Violation]]


@dataclass(frozen=True)
class Rule:
    """What the files of some patterns must not do; patterns are of PurePath.match, relative to the project."""

    name: str
    files: tuple[str, ...]
    check: Check
    but: tuple[str, ...] = ()

    def holds_for(self, path: PurePath) -> bool:
        return any(_matches(path, pattern) for pattern in self.files) and not any(_matches(path, pattern) for pattern in self.but)


def _matches(path: PurePath, pattern: str) -> bool:
    """`*` stays within a folder, `**` does not."""
    parts = (re.escape(part).replace(r"\*", "[^/]*") for part in pattern.split("**/"))
    return re.fullmatch("(.*/)?".join(parts), str(path)) is not None


# ---------------------------------------------------------------- C


def never_says(pattern: str, what: str) -> Check:
    """The text, comments included, has no match of a pattern."""

    def check(path: PurePath, text: str) -> Iterator[Violation]:
        for number, line in enumerate(text.splitlines(), 1):
            found = re.search(pattern, line, re.IGNORECASE)
            if found:
                yield number, f"{what}: {found[0]}"

    return check


def never_names_another_architecture(path: PurePath, text: str) -> Iterator[Violation]:
    """A folder of one architecture knows the others not even by name."""
    own = path.parts[path.parts.index("arch") + 1]
    others = "|".join(pattern for name, pattern in ARCHITECTURE_NAMES.items() if name != own)
    yield from never_says(others, "names another architecture")(path, text)


def has_no_conditionals(path: PurePath, text: str) -> Iterator[Violation]:
    """No #if; a header's guard, and what of a header assembly cannot read, are no conditions of the build."""
    guard = re.sub(r"\W", "_", path.name).upper()
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r"\s*#\s*(?:if|ifdef|ifndef|elif|elifdef)\b\s*(.*)", line)
        if found and not (path.suffix == ".h" and found[1].strip() in (guard, "__ASSEMBLER__")):
            yield number, f"has a conditional: {line.strip()}"


def includes_only(allowed: Callable[[PurePath, str], bool]) -> Check:
    """Every #include is one that `allowed(path of the file, what it includes)` lets pass."""

    def check(path: PurePath, text: str) -> Iterator[Violation]:
        for number, line in enumerate(text.splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if found and not allowed(path, found[1]):
                yield number, f"includes {found[1]}"

    return check


def kernel_may_include(path: PurePath, name: str) -> bool:
    """Headers of kernel/ and of the same architecture, by name alone, and the generated ABI."""
    return "/" not in name or name in ("tiss/abi.h", "tiss/registers.h", "tiss/offsets.h")


def server_may_include(path: PurePath, name: str) -> bool:
    """The library, the server's own headers, another server's protocol (`echo/echo.h`), the generated ABI."""
    if name in FREESTANDING or name in ("tiss/abi.h", "tiss/syscalls.h", "tiss/registers.h"):
        return True
    if "/" in name:
        server, _, header = name.partition("/")
        return header == f"{server}.h" and server not in ("kernel", "tiss", "..")
    return name in ("tiss.h", "arch.h", "debug.h") or (ROOT / path.parent / name).is_file()


def guest_may_include(path: PurePath, name: str) -> bool:
    """What a server may, and headers of tests/guest/lib: the kernel's own are not to be had."""
    library = ROOT / "tests" / "guest" / "lib"
    return server_may_include(path, name) or any((folder / name).is_file() for folder in (library, *(library / "arch").iterdir()))


def has_at_most(lines: int) -> Check:
    """A file that has grown beyond this is split by subject."""

    def check(path: PurePath, text: str) -> Iterator[Violation]:
        if text.count("\n") > lines:
            yield lines + 1, f"goes on beyond {lines} lines"

    return check


# ---------------------------------------------------------------- Python


def imported_modules(text: str, *, at_run_time: bool = False) -> Iterator[tuple[int, str]]:
    """(line, module) of each import; without those for type checkers only if at_run_time."""
    tree = ast.parse(text)
    skipped: set[int] = set()
    if at_run_time:
        blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")]
        skipped = {id(inner) for block in blocks for statement in block.body for inner in ast.walk(statement)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names if module == "tisslab")


def never_imports(*modules: str) -> Check:
    """None of these modules nor anything below them, not even inside a function."""

    def check(path: PurePath, text: str) -> Iterator[Violation]:
        for number, module in imported_modules(text):
            if any(module == one or module.startswith(f"{one}.") for one in modules):
                yield number, f"imports {module}"

    return check


def imports_standard_library_and_siblings(path: PurePath, text: str) -> Iterator[Violation]:
    """The build needs no package: only the standard library and modules of this project's build."""
    places = [ROOT / path.parent, *(ROOT / folder for folder in ("kernel/abi", "servers", "servers/packer"))]
    for number, module in imported_modules(text):
        top = module.split(".")[0]
        if top not in sys.stdlib_module_names and not any((place / f"{top}.py").is_file() or (place / top).is_dir() for place in places):
            yield number, f"imports {module}"


OUTSIDE = {"os", "io", "subprocess", "socket", "asyncio", "selectors", "select", "mmap", "shutil", "tempfile", "threading", "time"}
PURE = ("_abi", "machine", "errors", "events", "wire", "verdict", "payload", "backtrace", "dwarf", "tools", "inspect")


def is_pure(path: PurePath, text: str) -> Iterator[Violation]:
    """No input, no output, no clock, no third party; of tisslab only what is pure as well."""
    for number, module in imported_modules(text, at_run_time=True):
        top = module.split(".")[0]
        if top in OUTSIDE:
            yield number, f"imports {module}"
        elif top == "tisslab":
            if module != "tisslab" and module.split(".")[1] not in PURE:
                yield number, f"imports {module}, which is not pure"
        elif top not in sys.stdlib_module_names:
            yield number, f"imports {module}"


def compares_no_architecture(path: PurePath, text: str) -> Iterator[Violation]:
    """`if arch == "x86_64"` means a field that the tables lack."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare):
            constants = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
            if constants & {*ARCHITECTURE_NAMES}:
                yield node.lineno, f"compares with an architecture: {ast.unparse(node)}"


# ---------------------------------------------------------------- the table

KERNEL = ("kernel/*.c", "kernel/*.h")
ARCH = ("kernel/arch/**/*.c", "kernel/arch/**/*.h", "kernel/arch/**/*.S", "servers/lib/arch/**/*.*")
GUEST = ("tests/guest/*.c", "tests/guest/lib/*.c", "tests/guest/lib/*.h")
GUEST_ARCH = ("tests/guest/lib/arch/**/*.*",)
SERVERS = ("servers/**/*.c", "servers/**/*.h")

RULES = (
    Rule("the kernel has no #if", KERNEL, has_no_conditionals),
    Rule("the kernel names no architecture", KERNEL, never_says(ANY_ARCHITECTURE, "names an architecture")),
    Rule("the kernel includes its own headers and the ABI", (*KERNEL, *ARCH[:3]), includes_only(kernel_may_include)),
    Rule("an architecture names no other", ARCH, never_names_another_architecture),
    Rule("servers name no architecture", SERVERS, never_says(ANY_ARCHITECTURE, "names an architecture"), but=("servers/lib/arch/**/*.*",)),
    Rule("servers see the ABI and servers/lib", SERVERS, includes_only(server_may_include)),
    Rule("an architecture of the guest suite names no other", GUEST_ARCH, never_names_another_architecture),
    Rule("guest cases have no #if", GUEST, has_no_conditionals),
    Rule("guest cases name no architecture", GUEST, never_says(ANY_ARCHITECTURE, "names an architecture")),
    Rule("guest cases see the ABI, servers/lib and their own library", (*GUEST, *GUEST_ARCH), includes_only(guest_may_include)),
    Rule("a guest program has at most 400 lines", GUEST, has_at_most(400)),
    Rule("the build needs the standard library only", ("kernel/abi/**/*.py", "servers/**/*.py"), imports_standard_library_and_siblings),
    Rule("the build does without the lab", ("kernel/**/*.py", "servers/**/*.py"), never_imports("tisslab")),
    Rule("what is pure stays pure", ("tisslab/inspect/*.py", *(f"tisslab/{name}.py" for name in PURE)), is_pure),
    Rule(
        "only reports and commands use rich",
        ("tisslab/**/*.py",),
        never_imports("rich"),
        but=("tisslab/report/*.py", "tisslab/commands/*.py"),
    ),
    Rule("only the engine talks QMP", ("tisslab/**/*.py",), never_imports("qemu"), but=("tisslab/engine/*.py",)),
    Rule(
        "only who reads ELF files knows pyelftools",
        ("tisslab/**/*.py",),
        never_imports("elftools"),
        but=("tisslab/image.py", "tisslab/dwarf_reader.py", "tisslab/elf_errors.py"),
    ),
    Rule("only its engine knows rvsim", ("tisslab/**/*.py",), never_imports("rvsim"), but=("tisslab/engine/rvsim.py",)),
    Rule("only who disassembles knows capstone", ("tisslab/**/*.py",), never_imports("capstone"), but=("tisslab/disassembly.py",)),
    Rule(
        "only machine compares architectures", ("tisslab/**/*.py",), compares_no_architecture, but=("tisslab/machine.py", "tisslab/_abi.py")
    ),
)

BROKEN = {
    "the kernel has no #if": ("kernel/cap.c", "#ifdef DEBUG\nint x;\n#endif\n"),
    "the kernel names no architecture": ("kernel/cap.c", "/* as on RISC-V */\n"),
    "the kernel includes its own headers and the ABI": ("kernel/cap.c", '#include "arch/x/cpu.h"\n'),
    "an architecture names no other": ("kernel/arch/riscv64/trap.c", "// unlike x86_64\n"),
    "servers name no architecture": ("servers/echo/main.c", "int riscv_only;\n"),
    "servers see the ABI and servers/lib": ("servers/echo/main.c", '#include "../../kernel/cap.h"\n'),
    "an architecture of the guest suite names no other": ("tests/guest/lib/arch/riscv64/worker.S", "# unlike x86_64\n"),
    "guest cases have no #if": ("tests/guest/cap.c", "#ifdef DEBUG\n#endif\n"),
    "guest cases name no architecture": ("tests/guest/lib/space.c", "/* riscv64 alone */\n"),
    "guest cases see the ABI, servers/lib and their own library": ("tests/guest/cap.c", '#include "thread.h"\n'),
    "a guest program has at most 400 lines": ("tests/guest/cap.c", "\n" * 401),
    "the build needs the standard library only": ("servers/pack.py", "import elftools.elf\n"),
    "the build does without the lab": ("kernel/abi/gen.py", "def f():\n    from tisslab import image\n"),
    "what is pure stays pure": ("tisslab/wire.py", "import subprocess\n"),
    "only reports and commands use rich": ("tisslab/image.py", "def f():\n    from rich.table import Table\n"),
    "only the engine talks QMP": ("tisslab/session.py", "import qemu.qmp\n"),
    "only who reads ELF files knows pyelftools": ("tisslab/session.py", "from elftools.elf.elffile import ELFFile\n"),
    "only its engine knows rvsim": ("tisslab/cost/rvsim.py", "def f():\n    import rvsim\n"),
    "only who disassembles knows capstone": ("tisslab/cost/listing.py", "def f():\n    import capstone\n"),
    "only machine compares architectures": ("tisslab/session.py", 'if machine.arch in ("x86_64",):\n    pass\n'),
}


def source_files() -> list[PurePath]:
    """Every file of the project that a rule may be about, relative to it."""
    suffixes = {".c", ".h", ".S", ".py"}
    folders = ("kernel", "servers", "tisslab", "tests/guest")
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)
    return sorted(PurePath(path.relative_to(ROOT)) for path in found)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_tree_obeys(rule: Rule) -> None:
    files = [path for path in source_files() if rule.holds_for(path)]
    assert files, "no file falls under this rule: are its patterns right?"
    violations = [f"{path}:{line}: {what}" for path in files for line, what in rule.check(path, (ROOT / path).read_text())]
    assert not violations, "\n".join(violations)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_can_fail(rule: Rule) -> None:
    path, text = BROKEN[rule.name]
    assert rule.holds_for(PurePath(path))
    assert list(rule.check(PurePath(path), text))


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        ("the kernel has no #if", "kernel/cap.h", "#ifndef CAP_H\n#define CAP_H\n#ifndef __ASSEMBLER__\n#endif\n#endif\n"),
        ("an architecture names no other", "kernel/arch/riscv64/trap.c", "// RISC-V\n"),
        (
            "servers see the ABI and servers/lib",
            "servers/shell/talk.c",
            '#include <tiss/abi.h>\n#include "echo/echo.h"\n#include <stdint.h>\n',
        ),
        ("what is pure stays pure", "tisslab/wire.py", "import struct\nfrom tisslab import _abi\nfrom tisslab.errors import TissError\n"),
        ("what is pure stays pure", "tisslab/tools.py", "if TYPE_CHECKING:\n    import subprocess\n"),
        ("only machine compares architectures", "tisslab/image.py", 'names = ("x86_64", "riscv64")\n'),
    ],
)
def test_the_rule_lets_pass_what_is_right(rule: str, path: str, text: str) -> None:
    (one,) = [candidate for candidate in RULES if candidate.name == rule]
    assert list(one.check(PurePath(path), text)) == []


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("kernel/*.c", "kernel/cap.c", True),
        ("kernel/*.c", "kernel/arch/riscv64/trap.c", False),
        ("kernel/arch/**/*.c", "kernel/arch/riscv64/trap.c", True),
        ("servers/**/*.c", "servers/lib/arch/riscv64/crt0.c", True),
        ("tisslab/**/*.py", "tisslab/cli.py", True),
        ("tisslab/wire.py", "tisslab/engine/wire.py", False),
    ],
)
def test_patterns(pattern: str, path: str, *, expected: bool) -> None:
    assert _matches(PurePath(path), pattern) is expected
