"""What `tisslab image` tells of a file: plain facts, ready for JSON, of ELF files and of boot archives; sizes in bytes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tisslab import archive
from tisslab._abi import ABI_MAGIC, ArchiveSegment, ManifestServer, Right, ServerFlag
from tisslab.errors import BadInputError
from tisslab.image import EXECUTE, WRITE, Image, Symbol

PAGE = 4096
Facts = dict[str, Any]


def read_contents(path: Path) -> Facts:
    """Return the facts of a file, of the kind that it says it is.

    Errors: BadInputError if it is missing, damaged, or neither ELF nor a boot archive.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise BadInputError(f"'{path}' cannot be read: {error.strerror}") from error
    if start == ABI_MAGIC.to_bytes(8, "little"):
        return archive_facts(path, archive.validate(path))
    if start.startswith(b"\x7fELF"):
        return image_facts(Image.open(path))
    raise BadInputError(f"'{path}' is neither an ELF file nor a boot archive: give a kernel, a program or an archive.bin")


# ---------------------------------------------------------------- ELF files


def image_facts(image: Image) -> Facts:
    """Everything about an ELF file; symbols by size, the largest first."""
    entry = image.function_at(image.entry)
    violations = list(broken_pages(image))
    by_size = sorted(image.symbols.values(), key=lambda symbol: (-symbol.size, symbol.name))
    return {
        "file": str(image.path),
        "kind": "elf",
        "architecture": image.arch,
        "entry": {"address": image.entry, "symbol": entry.name if entry else None},
        "segments": [
            {
                "vaddr": segment.vaddr,
                "paddr": segment.paddr,
                "size": segment.size,
                "file_size": segment.file_size,
                "rights": segment.rights,
            }
            for segment in image.segments
        ],
        "write_xor_execute": {"holds": not violations, "violations": violations},
        "sections": [
            {"name": section.name, "address": section.address, "size": section.size, "loaded": section.loaded} for section in image.sections
        ],
        "symbols": [_symbol_facts(symbol) for symbol in by_size if symbol.size],
        "debugging_information": any(section.name == ".debug_info" for section in image.sections),
        **_lief_facts(image),
    }


def _symbol_facts(symbol: Symbol) -> Facts:
    return {"name": symbol.name, "kind": symbol.kind, "address": symbol.address, "size": symbol.size}


def broken_pages(image: Image) -> Iterator[str]:
    """The places where something is writable and executable: a segment, or a page that two segments share."""
    for segment in image.segments:
        if segment.writable_and_executable:
            yield f"the segment at {segment.vaddr:#x} is writable and executable"
    proper = [segment for segment in image.segments if segment.size and not segment.writable_and_executable]
    for one, other in itertools.combinations(proper, 2):
        shared = max(one.vaddr, other.vaddr) // PAGE
        ends = min(one.vaddr + one.size, other.vaddr + other.size)
        if shared * PAGE < ends and (one.flags | other.flags) & (WRITE | EXECUTE) == WRITE | EXECUTE:
            yield f"the page at {shared * PAGE:#x} holds parts of a writable and of an executable segment"


def _lief_facts(image: Image) -> Facts:
    """Notes and the number of relocations, which lief knows more kinds of than pyelftools does."""
    import lief

    lief.logging.disable()
    binary = lief.ELF.parse(list(image.data))
    if binary is None:
        return {"notes": [], "relocations": None}
    notes = [
        {"name": note.name.rstrip("\0"), "type": int(note.original_type), "description": bytes(note.description).hex()}
        for note in binary.notes
    ]
    return {"notes": notes, "relocations": len(list(binary.relocations))}


# ---------------------------------------------------------------- boot archives


def archive_facts(path: Path, whole: archive.Archive) -> Facts:
    """Everything about a boot archive. Writable and executable segments cannot be: `validate` refuses them."""
    return {
        "file": str(path),
        "kind": "archive",
        "architecture": archive.MACHINE_NAMES[whole.machine],
        "size": whole.size,
        "write_xor_execute": {"holds": True, "violations": []},
        "programs": [
            {
                "name": program.name,
                "entry": program.entry,
                "segments": [_segment_facts(segment) for segment in program.segments],
                "functions": len(program.functions),
            }
            for program in whole.programs
        ],
        "manifest": [_server_facts(server) for server in whole.manifest],
    }


def _segment_facts(segment: ArchiveSegment) -> Facts:
    letters = (("r", Right.READ), ("w", Right.WRITE), ("x", Right.EXECUTE))
    rights = "".join(letter if segment.rights & right else "-" for letter, right in letters)
    return {"vaddr": segment.vaddr, "size": segment.size, "file_size": segment.file_size, "rights": rights}


def _server_facts(server: ManifestServer) -> Facts:
    return {
        "name": server.name,
        "memory": server.memory,
        "priority": server.priority,
        "flags": [flag.name.lower() for flag in ServerFlag if server.flags & flag and flag.name],
        "uses": [name for name in server.uses if name],
        "devices": [name for name in server.devices if name],
    }
