"""tisslab.archive: an archive made here is read as it was meant, and every damage is refused in a sentence of its own."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from tisslab import _abi, archive
from tisslab._abi import ArchiveEntry, ArchiveHeader, ManifestServer, Right, ServerFlag, Symbol
from tisslab.errors import BadInputError

PAGE = 4096
Segment = tuple[int, int, int, int, int]
CODE: Segment = (0x400000, PAGE, 3 * PAGE, 100, Right.READ | Right.EXECUTE)
DATA: Segment = (0x401000, 2 * PAGE, 0, 0, Right.READ | Right.WRITE)


def entry(
    name: bytes, *, kind: int = 0, start: int = 0x400010, segments: tuple[Segment, ...] = (), offset: int = 0, size: int = 0
) -> bytes:
    head = struct.pack("<32sIIQQQ", name, kind, len(segments), start, offset, size)
    return head + b"".join(struct.pack("<5Q", *segment) for segment in segments).ljust(4 * 40, b"\0")


def server(name: bytes) -> bytes:
    text = struct.pack("<32sQII", name, 1 << 17, 100, ServerFlag.PROVIDES | ServerFlag.RESTART)
    return (text + b"names".ljust(32, b"\0")).ljust(ManifestServer.SIZE, b"\0")


PROGRAM = entry(b"echo", segments=(CODE, DATA))
MANIFEST = entry(b"manifest", kind=1, offset=PAGE, size=ManifestServer.SIZE)
NAMES = b"main\0helper\0"
SYMBOLS_SIZE = 2 * Symbol.SIZE + len(NAMES)
SYMBOLS = entry(b"echo", kind=2, offset=2 * PAGE, size=SYMBOLS_SIZE)


def symbols(*, names_at: int = 2 * Symbol.SIZE) -> bytes:
    return struct.pack("<QIIQII", 0x400010, 16, names_at, 0x400020, 32, names_at + 5) + NAMES


def sealed(data: bytes, **changes: int) -> bytes:
    """Give an archive its header; what is changed is sealed in, so only the change itself is wrong."""
    values = {"magic": _abi.ABI_MAGIC, "version": _abi.ABI_VERSION, "count": 3, "size": len(data), "machine": 62} | changes
    zero_sum = struct.pack("<QIIQQQ24x", values["magic"], values["version"], values["count"], values["size"], 0, values["machine"])
    total = 0
    for (word,) in struct.iter_unpack("<Q", zero_sum + data[ArchiveHeader.SIZE :]):  # the definition in abi.toml, word by word
        total = ((total << 1 & 0xFFFF_FFFF_FFFF_FFFF | total >> 63) + word) & 0xFFFF_FFFF_FFFF_FFFF
    place = ArchiveHeader.OFFSETS["sum"]
    return zero_sum[:place] + struct.pack("<Q", total) + zero_sum[place + 8 :] + data[ArchiveHeader.SIZE :]


def make(
    *entries: bytes, manifest: bytes = server(b"echo"), symbol_file: bytes | None = None, code: bytes = b"\x90" * 100, **changes: int
) -> bytes:
    table = bytes(ArchiveHeader.SIZE) + b"".join(entries or (PROGRAM, MANIFEST, SYMBOLS))
    pages = (table, manifest, symbols() if symbol_file is None else symbol_file, code)
    return sealed(b"".join(page.ljust(PAGE, b"\0") for page in pages), **changes)


def test_a_whole_archive_is_read() -> None:
    whole = archive.validate(make(), machine=62)
    assert (whole.machine, whole.size) == (62, 4 * PAGE)
    (program,) = whole.programs
    assert (program.name, program.entry, len(program.segments)) == ("echo", 0x400010, 2)
    assert program.functions == (archive.Function("main", 0x400010, 16), archive.Function("helper", 0x400020, 32))
    (started,) = whole.manifest
    assert (started.name, started.memory, started.uses[0]) == ("echo", 1 << 17, "names")


def test_pages_of_zeroes_are_summed_as_defined() -> None:
    """`checksum` skips them; `sealed` does not."""
    holes = make() + bytes(5 * PAGE) + b"\1".ljust(PAGE, b"\0")
    assert archive.validate(sealed(holes), machine=None).size == 10 * PAGE


def test_the_structures_are_as_large_as_this_test_makes_them() -> None:
    assert len(PROGRAM) == ArchiveEntry.SIZE


def test_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "archive.bin"
    with pytest.raises(
        BadInputError, match=re.escape(f"the boot archive '{path}' cannot be read: No such file or directory; 'tisslab build'")
    ):
        archive.validate(path)
    path.write_bytes(make())
    assert archive.validate(path, machine=62).programs
    path.write_bytes(make()[:-1])
    with pytest.raises(BadInputError, match=re.escape(f"the boot archive '{path}' is cut short")):
        archive.validate(path)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 300, PAGE, 4 * PAGE - 1])
def test_cut_short(size: int) -> None:
    with pytest.raises(BadInputError, match="is cut short"):
        archive.validate(make()[:size])


def test_every_flipped_byte_is_noticed() -> None:
    whole = make()
    for place in (*range(700), *range(PAGE, 4 * PAGE, 61)):
        if any(whole[place : place + 1]) or place % 3 == 0:
            damaged = whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :]
            with pytest.raises(BadInputError):
                archive.validate(damaged)


WRONG_SEGMENTS = {
    "not page-aligned": (0x400010, PAGE, 3 * PAGE, 100, 5),
    "an odd size": (0x400000, 100, 3 * PAGE, 100, 5),
    "outside the archive": (0x400000, PAGE, 3 * PAGE, PAGE + 1, 5),
    "at an offset far outside": (0x400000, PAGE, 1 << 63, 100, 5),
    "more in the file than in memory": (0x400000, 0, 3 * PAGE, 100, 5),
    "in the kernel's half": (1 << 47, PAGE, 3 * PAGE, 100, 5),
}


@pytest.mark.parametrize("segment", WRONG_SEGMENTS.values(), ids=WRONG_SEGMENTS)
def test_segments_out_of_order(segment: Segment) -> None:
    program = entry(b"echo", segments=(segment,), start=segment[0])
    with pytest.raises(BadInputError, match=r"is not in order, in program 'echo'"):
        archive.validate(make(program, MANIFEST, SYMBOLS))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (make(magic=1), "is no boot archive: it does not start with the magic number"),
        (make(version=99), "is of ABI version 99, and this lab knows version"),
        (make(size=5 * PAGE), "is cut short: its header says"),
        (make(size=PAGE), "is damaged: its header says"),
        (make(machine=40), "is for ELF machine 40, which this lab does not know"),
        (make(machine=243), "is for riscv64, and x86_64 was to boot"),
        (make(count=0), "says that it has 0 entries, which do not fit"),
        (make(count=10_000), "says that it has 10000 entries, which do not fit"),
        (make(count=256), "says that it has 256 entries|an entry without a proper name"),
        (make(PROGRAM, MANIFEST, PROGRAM), "has two entries of the name 'echo'"),
        (make(PROGRAM, SYMBOLS, entry(b"x", segments=(CODE,))), "holds 0 manifests"),
        (make(entry(b"", segments=(CODE,)), MANIFEST, SYMBOLS), "has an entry without a proper name, number 0"),
        (make(entry(b"a\x01b", segments=(CODE,)), MANIFEST, SYMBOLS), "has an entry without a proper name"),
        (make(entry(b"echo", kind=7), MANIFEST, SYMBOLS), "has an entry of the unknown kind 7, 'echo'"),
        (make(entry(b"echo"), MANIFEST, SYMBOLS), "has a program of 0 segments, 'echo'"),
        (make(entry(b"echo", segments=((*CODE[:4], 7),)), MANIFEST, SYMBOLS), "is writable and executable, in program 'echo'"),
        (make(entry(b"echo", segments=(CODE,), start=0x500000), MANIFEST, SYMBOLS), "starts at 0x500000, outside its code"),
        (make(PROGRAM, entry(b"manifest", kind=1, offset=PAGE, size=9 * PAGE), SYMBOLS), "has a file that lies outside it, 'manifest'"),
        (make(PROGRAM, entry(b"manifest", kind=1, offset=8, size=8), SYMBOLS), "has a file that lies outside it, 'manifest'"),
        (make(PROGRAM, entry(b"manifest", kind=1, offset=PAGE, size=100), SYMBOLS), "has a manifest of 100 bytes"),
        (make(manifest=server(b"ghost")), "has a manifest that names the server 'ghost', and no such program"),
        (make(symbol_file=symbols(names_at=7)), "has a damaged table of functions, of 'echo'"),
        (make(symbol_file=symbols()[:28] + struct.pack("<I", 4) + NAMES), "has a damaged table of functions, of 'echo'"),
        (make(symbol_file=symbols(names_at=1 << 20)), "has a damaged table of functions, of 'echo'"),
        (make(PROGRAM, MANIFEST, entry(b"echo", kind=2, offset=2 * PAGE, size=8)), "has a damaged table of functions, of 'echo'"),
        (make(PROGRAM, MANIFEST, entry(b"echo", kind=2, offset=2 * PAGE, size=SYMBOLS_SIZE - 1)), "has a damaged table of functions"),
    ],
)
def test_each_damage_has_its_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(BadInputError, match=f"the boot archive .*({sentence}).*; 'tisslab build' makes it anew"):
        archive.validate(content, machine=62)
