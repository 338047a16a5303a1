"""`tisslab doctor`, rendered."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tisslab.report.tables import make_console, make_table
from tisslab.tools import Finding, missing


def render_findings(findings: Sequence[Finding]) -> None:
    """Print a line for each tool, and below them what to do."""
    console = make_console()
    table = make_table("", "tool", "version", "what for", "where, or how to install")
    for finding in findings:
        tool = finding.tool
        if finding.usable:
            mark, last = Text("ok", "green"), finding.path
        else:
            mark = Text("missing", "bold red") if tool.needed else Text("without", "yellow")
            last = f"{finding.problem}: {tool.install}"
        table.add_row(mark, tool.name, finding.version, tool.purpose, "" if finding.usable and tool.distribution else last)
    console.print(table)
    lacking = missing(findings)
    if not lacking:
        console.print("\nEverything that is needed is here.")
        return
    names = ", ".join(finding.tool.name for finding in lacking)
    console.print(f"\n{len(lacking)} needed and not usable: {names}. 'make setup' installs everything.")
