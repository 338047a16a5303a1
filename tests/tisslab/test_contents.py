"""tisslab.contents and `tisslab image`: what is told of good files, of broken W^X and of bad files."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from tisslab import build, cli
from tisslab.contents import broken_pages, read_contents
from tisslab.errors import BadInputError
from tisslab.image import Image, Segment
from tisslab.payload import Payload, make_payload

SOURCE = "int table[64] = {1}; char big[5000]; void _start(void) { table[1] = big[2]; for (;;) ; }"


def test_an_image(toolchain, compile_program) -> None:
    compiler, arch = toolchain
    path = compile_program(SOURCE, compiler=compiler, arch=arch)
    facts = read_contents(path)
    assert (facts["kind"], facts["architecture"], facts["file"]) == ("elf", arch, str(path))
    assert facts["entry"]["symbol"] == "_start"
    assert [symbol["name"] for symbol in facts["symbols"][:2]] == ["big", "table"]
    assert facts["write_xor_execute"] == {"holds": True, "violations": []}
    assert facts["debugging_information"] is True
    assert facts["relocations"] == 0
    json.dumps(facts)


def test_notes(tmp_path: Path) -> None:
    path = tmp_path / "payload.elf"
    path.write_bytes(make_payload(62, Payload()))
    (note,) = read_contents(path)["notes"]
    assert (note["name"], note["type"]) == ("Xen", 18)
    assert bytes.fromhex(note["description"])[:4] == struct.pack("<I", 0x100000)


def image_of(*segments: tuple[int, int, int]) -> Image:
    parts = tuple(Segment(vaddr, vaddr, 0, 0, size, flags) for vaddr, size, flags in segments)
    return Image(Path("x"), "x86_64", 0, parts, b"")


@pytest.mark.parametrize(
    ("segments", "sentences"),
    [
        ([(0x1000, 0x1000, 5), (0x2000, 0x1000, 6)], []),
        ([(0x1000, 0x1000, 5), (0x2000, 0x1000, 4), (0x3000, 10, 6)], []),
        ([(0x1000, 0x1000, 7)], ["the segment at 0x1000 is writable and executable"]),
        ([(0x1000, 0x1010, 5), (0x2020, 0x100, 6)], ["the page at 0x2000 holds parts of a writable and of an executable segment"]),
        ([(0x2020, 0x100, 6), (0x1000, 0x1010, 5)], ["the page at 0x2000 holds parts of a writable and of an executable segment"]),
        ([(0x1000, 0x1010, 5), (0x2020, 0x100, 4)], []),
        ([(0x1000, 0x1010, 5), (0x2020, 0, 6)], []),
        ([(0x1000, 0x3000, 5), (0x2000, 0x100, 6)], ["the page at 0x2000 holds parts of a writable and of an executable segment"]),
    ],
)
def test_write_xor_execute(segments: list[tuple[int, int, int]], sentences: list[str]) -> None:
    assert list(broken_pages(image_of(*segments))) == sentences


# ---------------------------------------------------------------- the command


def test_the_command(compile_program, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(compile_program(SOURCE))
    assert cli.main(["image", path, "--symbols", "1"]) == 0
    printed = capsys.readouterr().out
    assert "W^X holds" in printed
    assert "largest 1 of" in printed
    assert "big" in printed
    assert "table" not in printed
    assert "\x1b" not in printed
    assert cli.main(["image", path, path, "--json"]) == 0
    assert [facts["file"] for facts in json.loads(capsys.readouterr().out)["images"]] == [path, path]


def test_broken_write_xor_execute_is_the_status(compile_program, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(compile_program(SOURCE, options=("-O2", "-Wl,-N")))
    assert cli.main(["image", path]) == 1
    assert "W^X is broken: the segment at" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.elf"], "'missing.elf' cannot be read: No such file or directory"),
        (["text"], "'text' is neither an ELF file nor a boot archive"),
        (["empty"], "'empty' is neither an ELF file nor a boot archive"),
        (["short.elf"], "'short.elf' is cut short or damaged"),
        (["short.bin"], "'short.bin' is cut short: 9 bytes are less than its header"),
        ([], "give either files or --arch"),
        (["text", "--arch", "x86_64"], "give either files or --arch"),
        (["--arch", "vax"], "there is no architecture 'vax'"),
        (["--arch", "x86_64", "--compiler", "tcc"], "there is no compiler 'tcc': choose clang or gcc"),
        (["--arch", "x86_64"], "there is no build x86_64-clang-debug: make it by 'tisslab build --arch x86_64"),
        (["text", "--symbols", "-1"], "--symbols -1 is no number of symbols"),
    ],
)
def test_bad_input(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    Path("text").write_text("hello\n")
    Path("empty").touch()
    Path("short.elf").write_bytes(make_payload(62, Payload())[:90])
    Path("short.bin").write_bytes(b"\0tissos1x")
    assert cli.main(["image", *arguments]) == 2
    caught = capsys.readouterr()
    assert sentence in caught.err
    assert caught.err.count("\n") == 1
    assert caught.out == ""


def test_a_folder_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="Is a directory"):
        read_contents(tmp_path)
