"""How large the kernel is, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tisslab.kernel_size import LINES_MOST, PORTABLE_LEAST, TEXT_MOST
from tisslab.report.tables import make_console, make_table

if TYPE_CHECKING:
    from tisslab.kernel_size import KernelSize


def print_size(size: KernelSize) -> None:
    """Print what `tisslab bench size` counted, each figure beside its bound."""
    table = make_table("what", "is", "bound", right=("is", "bound"))
    table.add_row("lines of C and assembly", str(size.lines.total), f"<= {LINES_MOST}")
    table.add_row("of these portable", str(size.lines.portable), "")
    for arch, lines in size.lines.architectures.items():
        table.add_row(f"of {arch}", str(lines), "")
    table.add_row("portable share, %", f"{size.lines.portable_share:.1f}", f">= {PORTABLE_LEAST}")
    for text in size.texts:
        table.add_row(f"bytes of text, {text.arch} by {text.compiler}", str(text.size), f"<= {TEXT_MOST}")
    make_console().print(table)
    for sentence in size.broken():
        make_console().print(sentence, style="red")
