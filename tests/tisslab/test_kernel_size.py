"""tisslab.kernel_size: what counts as a line, and that a bound which does not hold is told."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest

from tisslab.build import ROOT
from tisslab.kernel_size import LINES_MOST, TEXT_MOST, KernelSize, Lines, Text, count_lines, kernel_lines


@pytest.mark.parametrize(
    ("lines", "source"),
    [
        (0, ""),
        (0, "\n   \n\t\n"),
        (1, "int a; /* said */ // and said\n"),
        (0, "/* one\n * two\n */\n// three\n"),
        (2, "int a; /* one\n two */ int b;\n"),
        (1, 'char *text = "/* no comment";\n/* one */\n'),
        (1, "char c = '\"'; /* one\n two */\n"),
        (2, "#define TWO \\\n    2\n"),
        (1, "a = b /* here */ / c;\n\n"),
    ],
)
def test_a_line_of_c_counts(lines: int, source: str) -> None:
    assert count_lines(source, assembly=False) == lines


@pytest.mark.parametrize(
    ("lines", "source"),
    [
        (1, "#include <cpu.h>\n    ret\n"),
        (1, "/* one\n * #two\n */\n1:  jmp 1b /* three */\n"),
        (1, "    li a0, 1 # a word\n  # alone\n"),
    ],
)
def test_a_line_of_assembly_counts(lines: int, source: str) -> None:
    assert count_lines(source, assembly=True) == lines


@pytest.mark.skipif(shutil.which("cloc") is None, reason="compares with cloc, which nothing else needs")
def test_cloc_counts_the_same() -> None:
    command = ["cloc", "--quiet", "--csv", "--by-file", "--skip-uniqueness", "--include-ext=c,h,S", str(ROOT / "kernel")]
    rows = csv.reader(io.StringIO(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    told = {Path(row[1]): int(row[4]) for row in rows if len(row) > 4 and row[4].isdecimal() and row[1]}
    assert len(told) > 50
    assert told == {path: count_lines(path.read_text(), assembly=path.suffix == ".S") for path in told}


def test_lines_are_told_by_folder(tmp_path: Path) -> None:
    for name in ("cap.c", "cap.h", "arch/one/trap.S", "arch/one/trap.c", "arch/two/trap.c", "abi/gen.py", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a\n")
    assert kernel_lines(tmp_path) == Lines(portable=2, architectures={"one": 2, "two": 1})


def test_a_bound_that_does_not_hold_is_told() -> None:
    text = Text("x86_64", "gcc", TEXT_MOST)
    assert KernelSize(Lines(7, {"one": 2, "two": 1}), (text,)).broken() == []
    assert KernelSize(Lines(69, {"one": 31}), ()).broken() == ["69.0 % of the kernel's lines are portable, less than 70 %"]
    assert KernelSize(Lines(LINES_MOST, {"one": 1}), ()).broken() == [f"the kernel has {LINES_MOST + 1} lines, more than {LINES_MOST}"]
    large = Text("x86_64", "gcc", TEXT_MOST + 1)
    assert KernelSize(Lines(1, {}), (text, large)).broken() == [
        f"the text of x86_64 by gcc has {TEXT_MOST + 1} bytes, more than {TEXT_MOST}"
    ]
