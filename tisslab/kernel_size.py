"""How large the kernel is: its lines of source, what share of them every architecture runs, and the text that it links to.

Lines are counted as cloc does: a line counts if it holds more than blanks and comments. In assembly cloc takes a line that begins with `#`
for a comment, so a preprocessor's line does not count there; in C it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tisslab.build import COMMANDS, ROOT, ensure_build
from tisslab.image import WRITE, Image
from tisslab.machine import ARCHITECTURES

LINES_MOST = 9000
"""Of C and assembly, both architectures together."""
PORTABLE_LEAST = 70
"""Percent of the lines that are no architecture's."""
TEXT_MOST = 48 << 10
"""Bytes of a release build's code and constants."""

SUFFIXES = (".c", ".h", ".S")
TOKEN = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
"""A comment, or a text or a character that could look as if it held one."""
ASSEMBLY_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)


@dataclass(frozen=True)
class Lines:
    """Lines of source: of the portable kernel, and by architecture."""

    portable: int
    architectures: Mapping[str, int]

    @property
    def total(self) -> int:
        return self.portable + sum(self.architectures.values())

    @property
    def portable_share(self) -> float:
        """In percent."""
        return 100 * self.portable / self.total


@dataclass(frozen=True)
class Text:
    """The bytes of a release build's segments that are not writable."""

    arch: str
    compiler: str
    size: int


@dataclass(frozen=True)
class KernelSize:
    """All figures."""

    lines: Lines
    texts: tuple[Text, ...]

    def broken(self) -> list[str]:
        """A sentence for each bound that does not hold."""
        lines = self.lines
        told = [f"the kernel has {lines.total} lines, more than {LINES_MOST}"] if lines.total > LINES_MOST else []
        if lines.portable_share < PORTABLE_LEAST:
            told.append(f"{lines.portable_share:.1f} % of the kernel's lines are portable, less than {PORTABLE_LEAST} %")
        large = (text for text in self.texts if text.size > TEXT_MOST)
        return told + [f"the text of {text.arch} by {text.compiler} has {text.size} bytes, more than {TEXT_MOST}" for text in large]

    def record(self) -> dict[str, Any]:
        """What `--json` prints."""
        lines, share = self.lines, round(self.lines.portable_share, 1)
        return {
            "lines": {
                "total": lines.total,
                "portable": lines.portable,
                "architectures": dict(lines.architectures),
                "portable_share": share,
            },
            "text": [{"arch": text.arch, "compiler": text.compiler, "bytes": text.size} for text in self.texts],
            "bounds": {"lines": LINES_MOST, "portable_share": PORTABLE_LEAST, "text": TEXT_MOST},
        }


def measure_size() -> KernelSize:
    """Count the lines and build every release. Errors: as of ensure_build."""
    texts = (text_of(arch, compiler) for arch in ARCHITECTURES for compiler in COMMANDS)
    return KernelSize(kernel_lines(ROOT / "kernel"), tuple(texts))


def kernel_lines(kernel: Path) -> Lines:
    """Count the lines of a kernel's folder."""
    folders = sorted(path for path in (kernel / "arch").iterdir() if path.is_dir())
    return Lines(_lines_in(kernel.glob("*")), {folder.name: _lines_in(folder.rglob("*")) for folder in folders})


def _lines_in(paths: Iterable[Path]) -> int:
    return sum(count_lines(path.read_text(), assembly=path.suffix == ".S") for path in paths if path.suffix in SUFFIXES)


def count_lines(source: str, *, assembly: bool) -> int:
    """Lines that hold more than blanks and comments."""
    if assembly:
        source = ASSEMBLY_COMMENT.sub("", source)
    return sum(1 for line in TOKEN.sub(_without_comment, source).splitlines() if line.strip())


def _without_comment(token: re.Match[str]) -> str:
    """A comment's line breaks, so that it joins no lines; anything else as it is."""
    return "\n" * token[0].count("\n") if token[0].startswith(("/*", "//")) else token[0]


def text_of(arch: str, compiler: str) -> Text:
    """Build a release, and return its text. Errors: as of ensure_build."""
    kernel = Image.open(ensure_build(arch=arch, compiler=compiler, build_type="release") / "kernel.elf")
    return Text(arch, compiler, sum(segment.file_size for segment in kernel.segments if not segment.flags & WRITE))
