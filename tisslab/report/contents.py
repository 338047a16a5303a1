"""`tisslab image`, rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tisslab.report.tables import make_console, make_table

if TYPE_CHECKING:
    from rich.console import Console

    from tisslab.contents import Facts


def render_contents(facts: Facts, *, symbols: int) -> None:
    """Print the facts of one file, and of an ELF file the largest symbols."""
    console = make_console()
    console.print(Text(facts["file"], "bold"), Text(f"{facts['kind']}, {facts['architecture']}", "dim"))
    if facts["kind"] == "elf":
        _render_image(console, facts, symbols)
    else:
        _render_archive(console, facts)
    broken = facts["write_xor_execute"]["violations"]
    console.print(Text("W^X holds", "green") if not broken else Text("W^X is broken: " + "; ".join(broken), "bold red"))
    console.print()


def _render_image(console: Console, facts: Facts, symbols: int) -> None:
    entry = facts["entry"]
    console.print(f"entry {entry['address']:#x} {entry['symbol'] or ''}".rstrip())
    table = make_table("segment", "physical", "bytes", "in file", "rights", right=("bytes", "in file"))
    for segment in facts["segments"]:
        sizes = (f"{segment['size']:,}", f"{segment['file_size']:,}")
        table.add_row(f"{segment['vaddr']:#x}", f"{segment['paddr']:#x}", *sizes, segment["rights"])
    console.print(table)
    table = make_table("section", "address", "bytes", right=("bytes",))
    for section in facts["sections"]:
        table.add_row(section["name"], f"{section['address']:#x}" if section["loaded"] else "", f"{section['size']:,}")
    console.print(table)
    if symbols and facts["symbols"]:
        table = make_table(
            f"largest {min(symbols, len(facts['symbols']))} of {len(facts['symbols'])} symbols",
            "kind",
            "address",
            "bytes",
            right=("bytes",),
        )
        for symbol in facts["symbols"][:symbols]:
            table.add_row(symbol["name"], symbol["kind"], f"{symbol['address']:#x}", f"{symbol['size']:,}")
        console.print(table)
    for note in facts["notes"]:
        console.print(f"note {note['name']} type {note['type']}: {note['description']}", markup=False)
    if facts["relocations"]:
        console.print(f"{facts['relocations']} relocations")
    if not facts["debugging_information"]:
        console.print("no debugging information: backtraces will have names only")


def _render_archive(console: Console, facts: Facts) -> None:
    console.print(f"{facts['size']:,} bytes")
    table = make_table("program", "entry", "segments", "bytes", "functions", right=("bytes", "functions"))
    for program in facts["programs"]:
        segments = " ".join(f"{segment['vaddr']:#x} {segment['rights']}" for segment in program["segments"])
        size = sum(segment["size"] for segment in program["segments"])
        table.add_row(program["name"], f"{program['entry']:#x}", segments, f"{size:,}", str(program["functions"]))
    console.print(table)
    table = make_table("server", "memory", "priority", "flags", "uses", "devices", right=("memory", "priority"))
    for server in facts["manifest"]:
        lists = (" ".join(server[key]) for key in ("flags", "uses", "devices"))
        table.add_row(server["name"], f"{server['memory']:,}", str(server["priority"]), *lists)
    console.print(table)
