"""Tables for people. Colour is for terminals alone, and not where NO_COLOR is set; away from a terminal lines are as long as they need."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

UNLIMITED = 400
"""Columns where there is no terminal to fit into."""


def make_console() -> Console:
    """A console on standard output."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else UNLIMITED)


def make_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """A table without a frame; the columns in `right` are aligned to the right."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table
