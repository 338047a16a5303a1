"""tisslab.dwarf_cache: an index comes back as it was, and no state of the disk stops a look-up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tisslab import dwarf_cache, dwarf_reader
from tisslab.dwarf import DwarfIndex, Field, Function, Inlined, Line, Structure
from tisslab.image import Image

INDEX = DwarfIndex(
    files=("a.c", "b.h"),
    lines=(Line(16, 0, 3), Line(32, 0, -1)),
    functions=(Function(16, 32, "f", (Inlined(20, 24, "g", 1, 0, 4),)),),
    structures={"struct s": Structure("struct s", 8, {"x": Field(0, 4, "int"), "y": Field(4, 4, "int", 0, 3)})},
)


def test_what_is_stored_comes_back(cache_home: Path) -> None:
    assert dwarf_cache.load(b"image") is None
    dwarf_cache.store(b"image", INDEX)
    assert dwarf_cache.load(b"image") == INDEX
    assert dwarf_cache.load(b"another image") is None
    assert [path.suffix for path in (cache_home / "tisslab" / "dwarf").iterdir()] == [".json"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"files": 3}', b"\xff\xfe", b'{"files":[],"lines":[[1,7,2]],"functions":[],"structures":[]}']
)
def test_a_damaged_cache_counts_as_none(content: bytes) -> None:
    dwarf_cache.store(b"image", INDEX)
    dwarf_cache.path_of(b"image").write_bytes(content)
    assert dwarf_cache.load(b"image") is None


def test_the_second_look_up_does_not_read_dwarf(compile_program, monkeypatch: pytest.MonkeyPatch) -> None:
    path = compile_program("void _start(void) { for (;;) ; }")
    first = Image.open(path).dwarf
    assert first.functions
    monkeypatch.setattr(dwarf_reader, "make_index", lambda elf, is_code: pytest.fail("read again"))
    assert Image.open(path).dwarf == first


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compile_program) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert Image.open(compile_program("void _start(void) { for (;;) ; }")).dwarf.functions


def test_old_indexes_are_dropped(cache_home: Path) -> None:
    for number in range(dwarf_cache.KEEP + 5):
        dwarf_cache.store(str(number).encode(), INDEX)
    assert len(list((cache_home / "tisslab" / "dwarf").iterdir())) == dwarf_cache.KEEP
    assert dwarf_cache.load(str(dwarf_cache.KEEP + 4).encode()) == INDEX
