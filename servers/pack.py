#!/usr/bin/env python3
"""Pack programs and the manifest into the boot archive that the machine gets as its initial RAM disk.

    python3 servers/pack.py --manifest servers/manifest.toml --machine 62 --out archive.bin init=init.elf console=console.elf ...
    python3 servers/pack.py --no-servers --machine 62 --out archive.bin init=test.elf

The format is kernel/abi/abi.toml's: struct archive_header, its entries, then page-aligned contents. Standard library only.
Exit status: 0 done, 2 wrong use or bad input; the archive is replaced in one step or not at all.
"""

from __future__ import annotations

import argparse
import contextlib
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "kernel" / "abi"))

from interface import AbiError, Interface, Structure, load
from output import replace
from packer.elf import Program, read_program
from packer.errors import PackError
from packer.manifest import Server, read_manifest

WORD = 1 << 64


@dataclass(frozen=True)
class Content:
    """An entry of the archive before its place is known: segments for a program, data for a file."""

    name: str
    kind: int
    program: Program | None
    data: bytes


def encode(structure: Structure, values: dict[str, object]) -> bytes:
    """Lay a structure out: numbers, text, bytes (already laid out) or lists of these by field name; what is not given is zero."""
    out = bytearray(structure.size)
    for field in structure.fields:
        value = values.get(field.name, b"")
        count = field.counts[0] if field.counts and (field.element != "char" or len(field.counts) > 1) else 1
        size = field.size // count
        items = value if isinstance(value, list) else [value]
        if len(items) > count:
            raise PackError(f"struct {structure.name} has room for {count} {field.name}, and {len(items)} were given")
        for index, item in enumerate(items):
            data = item.to_bytes(size, "little") if isinstance(item, int) else item.encode() if isinstance(item, str) else item
            if len(data) > size or (isinstance(item, str) and len(data) == size):
                raise PackError(f"{item!r} is too long: struct {structure.name} keeps {size - 1} bytes of {field.name}")
            at = field.offset + index * size
            out[at : at + len(data)] = data
    return bytes(out)


def round_up(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def symbols(interface: Interface, program: Program) -> bytes:
    """The functions of a program as the archive keeps them: struct symbol[], sorted by address, then their names in the same order."""
    structure = interface.structure("symbol")
    table, names = bytearray(), bytearray()
    start = structure.size * len(program.functions)
    for function in program.functions:
        values: dict[str, object] = {"address": function.address, "size": function.size, "name": start + len(names)}
        table += encode(structure, values)
        names += function.name.encode() + b"\0"
    return bytes(table + names)


def manifest_bytes(interface: Interface, servers: list[Server]) -> bytes:
    structure = interface.structure("manifest_server")
    flags = {item.name: item.value for name, _, values in interface.constants if name == "server_flag" for item in values}
    out = b""
    for server in servers:
        values: dict[str, object] = {
            "name": server.name,
            "memory": server.memory,
            "priority": server.priority,
            "flags": sum(flags[flag] for flag in server.flags),
            "uses": list(server.uses),
            "devices": list(server.devices),
        }
        out += encode(structure, values)
    return out


def checksum(data: bytes) -> int:
    """The archive's sum, its own field taken as 0: rotate left by one and add each word."""
    total = 0
    for (word,) in struct.iter_unpack("<Q", data):
        total = (((total << 1) & (WORD - 1) | total >> 63) + word) % WORD
    return total


def archive(interface: Interface, *, machine: int, programs: dict[str, Program], servers: list[Server]) -> bytes:
    """The archive's bytes. Raises PackError if something does not fit its format."""
    kinds = {item.name: item.value for name, _, values in interface.constants if name == "archive_kind" for item in values}
    page = 1 << interface.layout["page_bits"]
    header, entry = interface.structure("archive_header"), interface.structure("archive_entry")
    contents = [Content(name, kinds["program"], program, b"") for name, program in programs.items()]
    contents += [Content(name, kinds["symbols"], None, symbols(interface, program)) for name, program in programs.items()]
    contents.append(Content("manifest", kinds["manifest"], None, manifest_bytes(interface, servers)))
    body = bytearray(round_up(header.size + entry.size * len(contents), page))
    entries = b""
    for content in contents:
        values: dict[str, object] = {"name": content.name, "kind": content.kind}
        if content.program:
            values |= {"segments": len(content.program.segments), "entry": content.program.entry, "segment": []}
            for segment in content.program.segments:
                place: dict[str, object] = {"vaddr": segment.vaddr, "size": round_up(segment.size, page), "rights": segment.rights}
                place |= {"offset": len(body) if segment.data else 0, "file_size": len(segment.data)}
                values["segment"].append(encode(interface.structure("archive_segment"), place))  # type: ignore[attr-defined]
                body += segment.data.ljust(round_up(len(segment.data), page), b"\0")
        else:
            values |= {"offset": len(body), "size": len(content.data)}
            body += content.data.ljust(round_up(len(content.data), page), b"\0")
        entries += encode(entry, values)
    head: dict[str, object] = {"magic": interface.magic, "version": interface.version, "count": len(contents), "size": len(body)}
    head["machine"] = machine
    body[header.size : header.size + len(entries)] = entries
    body[: header.size] = encode(header, head)
    body[: header.size] = encode(header, head | {"sum": checksum(bytes(body))})
    return bytes(body)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pack.py", description="Pack programs and the manifest into the boot archive.")
    servers = parser.add_mutually_exclusive_group(required=True)
    servers.add_argument("--manifest", type=Path, metavar="FILE", help="which server starts with what")
    servers.add_argument("--no-servers", action="store_true", help="the manifest is empty: the program init is all that runs, as in a test")
    parser.add_argument("--machine", required=True, type=int, metavar="N", help="ELF machine number: 62 x86_64, 243 riscv64")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the archive")
    parser.add_argument("programs", nargs="+", metavar="NAME=ELF", help="a program and its file")
    return parser.parse_args(arguments)


def read_programs(words: list[str], *, machine: int, interface: Interface) -> dict[str, Program]:
    """The programs by name. Raises PackError."""
    programs: dict[str, Program] = {}
    most = next(field.counts[0] for field in interface.structure("archive_entry").fields if field.name == "segment")
    rights = {right.name: right.value for right in interface.rights}
    for word in words:
        name, equals, file = word.partition("=")
        if not equals or not name or not file:
            raise PackError(f"{word!r} is not NAME=ELF: give each program's name and file")
        if name in programs:
            raise PackError(f"the program {name} is given twice: give it once")
        programs[name] = read_program(Path(file), machine=machine, page=1 << interface.layout["page_bits"], rights=rights)
        if len(programs[name].segments) > most:
            raise PackError(
                f"{file} has {len(programs[name].segments)} segments to load, and the archive takes {most}: link with linker/server.lds.S"
            )
    if "init" not in programs:
        raise PackError("the program init is missing: it is the one that the kernel starts")
    return programs


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    reason = options.out.with_name(f"{options.out.name}.refused")
    try:
        reason.unlink(missing_ok=True)
        interface = load()
        programs = read_programs(options.programs, machine=options.machine, interface=interface)
        servers = [] if options.no_servers else read_manifest(options.manifest, programs=programs, interface=interface)
        replace(options.out, archive(interface, machine=options.machine, programs=programs, servers=servers))
    except (PackError, AbiError) as error:
        print(f"pack.py: {error}", file=sys.stderr)
        with contextlib.suppress(OSError):
            reason.write_text(f"{error}\n")  # for who ran make and has only its status
        return 2
    except OSError as error:
        print(f"pack.py: {error.filename or options.out}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
