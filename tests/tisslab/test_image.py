"""tisslab.image: the facts of ELF files that compilers made, and one sentence for every file that is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tisslab.errors import BadInputError
from tisslab.image import Image
from tisslab.payload import Payload, make_payload

SOURCE = """
const char text[6] = "hello";
int table[4] = {1, 2, 3, 4};
int zeroes[1024];
static int helper(int a) { return a + table[a & 3] + zeroes[a & 7]; }
__attribute__((noinline)) int used(int a) { return helper(a) + text[a & 3]; }
void _start(void) { zeroes[0] = used(zeroes[1]); for (;;) ; }
"""


def test_segments_symbols_and_contents(toolchain, compile_program) -> None:
    compiler, arch = toolchain
    image = Image.open(compile_program(SOURCE, compiler=compiler, arch=arch))
    assert image.arch == arch
    assert image.entry == image.symbol("_start").address
    table = image.symbol("table")
    assert (table.kind, table.size) == ("object", 16)
    assert image.read(table.address, 16) == b"".join(number.to_bytes(4, "little") for number in (1, 2, 3, 4))
    assert image.read(image.symbol("text").address, 5) == b"hello"
    assert image.read(image.symbol("zeroes").address, 4096) == bytes(4096)
    assert image.is_code(image.entry)
    assert not image.is_code(table.address)
    assert {segment.rights for segment in image.segments} >= {"r-x", "rw-"}
    assert not any(segment.writable_and_executable for segment in image.segments)
    sizes = {section.name: section.size for section in image.sections}
    assert sizes[".text"] > 0
    assert {section.name: section.loaded for section in image.sections}[".symtab"] is False


def test_function_at(compile_program) -> None:
    image = Image.open(compile_program(SOURCE))
    used = image.symbol("used")
    assert image.function_at(used.address) == used
    assert image.function_at(used.address + used.size - 1) == used
    assert image.function_at(image.symbol("table").address) is None
    assert image.function_at(0) is None


def test_a_label_reaches_to_the_next_one(compile_program) -> None:
    image = Image.open(compile_program('__asm__(".text\\n.globl _start, after\\n_start: nop; nop\\nafter: nop\\n");', options=("-O2",)))
    assert image.function_at(image.entry + 1) == image.symbol("_start")
    assert image.function_at(image.symbol("after").address) == image.symbol("after")


def test_physical_addresses() -> None:
    image = Image.parse(make_payload(243, Payload()), path=Path("payload"))
    assert image.vaddr_to_paddr(0x80200004) == 0x80200004
    with pytest.raises(BadInputError, match="nothing at address 0x1000"):
        image.vaddr_to_paddr(0x1000)
    with pytest.raises(BadInputError, match="no 4096 bytes of memory at 0x80200000"):
        image.read(0x80200000, 4096)


def test_physical_addresses_are_not_virtual_ones(compile_program) -> None:
    image = Image.open(compile_program(SOURCE))
    moved = replace(image, segments=tuple(replace(segment, paddr=segment.vaddr - 0x300000) for segment in image.segments))
    assert moved.vaddr_to_paddr(image.entry) == image.entry - 0x300000


def test_an_unknown_symbol_is_named(compile_program) -> None:
    path = compile_program(SOURCE)
    with pytest.raises(BadInputError, match="has no symbol 'nowhere'"):
        Image.open(path).symbol("nowhere")
    stripped = compile_program(SOURCE, options=("-O2", "-s"))
    with pytest.raises(BadInputError, match="stripped"):
        Image.open(stripped).symbol("used")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"kernel\.elf' cannot be read: No such file"):
        Image.open(tmp_path / "kernel.elf")
    with pytest.raises(BadInputError, match="cannot be read: Is a directory"):
        Image.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x7fEL", b"#!/bin/sh\n", bytes(4096)])
def test_not_elf(content: bytes) -> None:
    with pytest.raises(BadInputError, match="is not an ELF file"):
        Image.parse(content, path=Path("x"))


def test_cut_short_anywhere(compile_program) -> None:
    data = compile_program(SOURCE).read_bytes()
    whole = Image.parse(data, path=Path("x"))
    assert whole.segments
    for size in (*range(4, 70), *range(70, len(data), 97), len(data) - 1):
        with pytest.raises(BadInputError, match="cut short or damaged"):
            Image.parse(data[:size], path=Path("x"))


def test_a_flipped_byte_in_the_headers_never_escapes(compile_program) -> None:
    """Damage either does no harm to what is read or is a BadInputError; nothing else comes out."""
    data = compile_program(SOURCE).read_bytes()
    refused = 0
    for place in range(4, 400):
        damaged = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        try:
            Image.parse(damaged, path=Path("x"))
        except BadInputError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (4, b"\x01", "32-bit little-endian"),
        (5, b"\x02", "64-bit big-endian"),
        (18, b"\xb7\x00", "is for AARCH64, and only x86_64 and riscv64 are known"),
    ],
)
def test_other_kinds_of_elf(place: int, value: bytes, sentence: str) -> None:
    data = make_payload(62, Payload())
    damaged = data[:place] + value + data[place + len(value) :]
    with pytest.raises(BadInputError, match=f"{sentence}|cut short or damaged") as caught:
        Image.parse(damaged, path=Path("x"))
    if place != 5:  # a big-endian reading of little-endian headers finds them damaged before it asks what they are
        assert sentence in str(caught.value)


def test_an_object_file_has_nothing_to_load(tmp_path: Path, compile_program) -> None:
    path = compile_program("int x;", options=("-c",))
    with pytest.raises(BadInputError, match="not an object file"):
        Image.open(path)


def test_frames_fall_back_on_symbols(compile_program) -> None:
    image = Image.open(compile_program(SOURCE, options=("-O2", "-g0")))
    (frame,) = image.frames(image.symbol("used").address)
    assert (frame.function, frame.file, frame.line) == ("used", "", 0)
    assert image.frames(1) == ()
