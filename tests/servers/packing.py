"""What the tests of the boot archive's packer share: small programs made by hand, and a run of pack.py."""

from __future__ import annotations

import struct
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "servers" / "pack.py"
PAGE = 4096
BASE = 0x400000
READ, WRITE, EXECUTE = 4, 2, 1  # ELF's own bits


@dataclass(frozen=True)
class Load:
    """A segment of a hand-made program: ELF flags, content, bytes in memory."""

    vaddr: int
    flags: int
    data: bytes
    size: int


TEXT = Load(BASE, READ | EXECUTE, b"\x90" * 100, 100)
DATA = Load(BASE + PAGE, READ | WRITE, b"data", PAGE + 8)


def elf(
    loads: tuple[Load, ...] = (TEXT, DATA), *, machine: int = 62, entry: int = BASE, functions: tuple[tuple[str, int, int], ...] = ()
) -> bytes:
    """An ELF64 executable of these segments and functions (name, address, size)."""
    names, symbols = b"\0", struct.pack("<IBBHQQ", 0, 0, 0, 0, 0, 0)
    for name, address, size in functions:
        symbols += struct.pack("<IBBHQQ", len(names), 0x12, 0, 1, address, size)
        names += name.encode() + b"\0"
    contents = b"".join(load.data for load in loads) + symbols + names
    start = 64 + 56 * len(loads)
    at, headers = start, b""
    for load in loads:
        headers += struct.pack("<IIQQQQQQ", 1, load.flags, at, load.vaddr, load.vaddr, len(load.data), load.size, PAGE)
        at += len(load.data)
    sections = struct.pack("<IIQQQQIIQQ", *[0] * 10)
    sections += struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, at, len(symbols), 2, 0, 8, 24)
    sections += struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, at + len(symbols), len(names), 0, 0, 1, 0)
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    table = start + len(contents)
    head = struct.pack("<16sHHIQQQIHHHHHH", identity, 2, machine, 1, entry, 64, table, 0, 64, 56, len(loads), 64, 3, 0)
    return head + headers + contents + sections


@dataclass(frozen=True)
class Packed:
    """What a run of pack.py came to; `archive` is None if it left none."""

    status: int
    error: str
    archive: bytes | None


@dataclass(frozen=True)
class Packer:
    """Runs pack.py in a folder of its own."""

    folder: Path
    machine: int = 62

    def on(self, machine: int) -> Packer:
        return replace(self, machine=machine)

    def run(self, manifest: str, programs: dict[str, bytes], *more: str) -> Packed:
        words = []
        for name, data in programs.items():
            (self.folder / f"{name}.elf").write_bytes(data)
            words.append(f"{name}={self.folder / name}.elf")
        (self.folder / "manifest.toml").write_text(manifest)
        out = self.folder / "archive.bin"
        command = [sys.executable, str(PACK), "--manifest", str(self.folder / "manifest.toml"), "--machine", str(self.machine)]
        result = subprocess.run([*command, "--out", str(out), *words, *more], capture_output=True, text=True, check=False)
        assert not list(self.folder.glob(".archive*")), "a temporary file is left"
        return Packed(result.returncode, result.stderr, out.read_bytes() if out.exists() else None)
