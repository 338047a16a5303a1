"""servers/pack.py: the archive is what abi.toml says, and what cannot work is refused with one sentence."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.packing import BASE, DATA, EXECUTE, PAGE, READ, TEXT, WRITE, Load, Packed, Packer, elf
from tisslab import _abi
from tisslab._abi import ArchiveEntry, ArchiveHeader, ArchiveKind, ManifestServer, Right, ServerFlag, Symbol


@pytest.fixture
def packer(tmp_path: Path) -> Packer:
    return Packer(tmp_path)


ROOT = Path(__file__).resolve().parents[2]
ONE = '[[server]]\nname = "one"\nmemory = "128K"\npriority = 10\n'
TWO = ONE.replace('"one"', '"two"')


def programs(*names: str) -> dict[str, bytes]:
    return {name: elf() for name in ("init", *names)}


def entries(archive: bytes) -> dict[tuple[str, int], ArchiveEntry]:
    header = ArchiveHeader.parse(archive)
    found = [ArchiveEntry.parse(archive[ArchiveHeader.SIZE + index * ArchiveEntry.SIZE :]) for index in range(header.count)]
    return {(entry.name, entry.kind): entry for entry in found}


def good(packed: Packed) -> bytes:
    assert (packed.status, packed.error) == (0, "")
    assert packed.archive is not None
    return packed.archive


def test_header(packer: Packer) -> None:
    archive = good(packer.run(ONE, programs("one")))
    header = ArchiveHeader.parse(archive)
    assert (header.magic, header.version, header.machine) == (_abi.ABI_MAGIC, _abi.ABI_VERSION, 62)
    assert header.size == len(archive)
    assert len(archive) % PAGE == 0
    assert header.count == 5  # two programs, their symbols, the manifest


def test_sum(packer: Packer) -> None:
    archive = bytearray(good(packer.run(ONE, programs("one"))))
    at = ArchiveHeader.OFFSETS["sum"]
    expected = ArchiveHeader.parse(bytes(archive)).sum
    archive[at : at + 8] = bytes(8)
    total = 0
    for (word,) in struct.iter_unpack("<Q", archive):
        total = (((total << 1) | (total >> 63)) + word) & (1 << 64) - 1
    assert total == expected


def test_program_segments(packer: Packer) -> None:
    archive = good(packer.run(ONE, programs("one")))
    entry = entries(archive)["one", ArchiveKind.PROGRAM]
    text, data = entry.segment[: entry.segments]
    assert entry.entry == BASE
    assert (text.vaddr, text.size, text.file_size, text.rights) == (BASE, PAGE, 100, Right.READ | Right.EXECUTE)
    assert (data.vaddr, data.size, data.file_size, data.rights) == (BASE + PAGE, 2 * PAGE, 4, Right.READ | Right.WRITE)
    assert text.offset % PAGE == data.offset % PAGE == 0
    # The rest of a page is zeroes: it is mapped into the program as it is.
    assert archive[text.offset : text.offset + PAGE] == TEXT.data.ljust(PAGE, b"\0")
    assert archive[data.offset : data.offset + PAGE] == b"data".ljust(PAGE, b"\0")


def test_symbols_are_sorted_and_named(packer: Packer) -> None:
    functions = (("second", BASE + 32, 16), ("first", BASE, 32))
    archive = good(packer.run(ONE, {"init": elf(), "one": elf(functions=functions)}))
    entry = entries(archive)["one", ArchiveKind.SYMBOLS]
    file = archive[entry.offset : entry.offset + entry.size]
    found = [Symbol.parse(file[index * Symbol.SIZE :]) for index in range(2)]
    names = [file[symbol.name :].split(b"\0")[0].decode() for symbol in found]
    assert [(symbol.address, symbol.size) for symbol in found] == [(BASE, 32), (BASE + 32, 16)]
    assert names == ["first", "second"]
    assert found[0].name == 2 * Symbol.SIZE  # init counts the symbols by it


def test_manifest(packer: Packer) -> None:
    text = (
        ONE + 'provides = true\nrestart = true\ndevices = ["uart"]\n' + TWO.replace('"128K"', "262144") + 'uses = ["one"]\ncontrol = true\n'
    )
    archive = good(packer.run(text, programs("one", "two")))
    entry = entries(archive)["manifest", ArchiveKind.MANIFEST]
    assert entry.size == 2 * ManifestServer.SIZE
    one = ManifestServer.parse(archive[entry.offset :])
    two = ManifestServer.parse(archive[entry.offset + ManifestServer.SIZE :])
    assert (one.name, one.memory, one.priority, one.flags) == ("one", 128 << 10, 10, ServerFlag.PROVIDES | ServerFlag.RESTART)
    assert one.devices == ("uart", "", "", "")
    assert (two.memory, two.flags, two.uses[:2]) == (256 << 10, ServerFlag.CONTROL, ("one", ""))


def test_a_program_that_nobody_starts_is_packed(packer: Packer) -> None:
    assert ("idle", ArchiveKind.PROGRAM) in entries(good(packer.run(ONE, programs("one", "idle"))))


def test_riscv64(packer: Packer) -> None:
    archive = good(packer.on(243).run(ONE, {name: elf(machine=243) for name in ("init", "one")}))
    assert ArchiveHeader.parse(archive).machine == 243


def test_the_projects_own_manifest(packer: Packer) -> None:
    good(packer.run((ROOT / "servers" / "manifest.toml").read_text(), programs("console", "names", "echo", "memory", "shell")))


PROVIDES = "provides = true\n"


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        ("", "it names no server"),
        ("servers = 1\n", "unknown key 'servers'"),
        ("[[server]\n", "manifest.toml"),
        (ONE + "colour = 3\n", "one: unknown key 'colour'"),
        (ONE.replace("priority = 10\n", ""), "one: the key 'priority' is missing"),
        (ONE + "provides = 1\n", "one: provides = 1 is neither true nor false"),
        (ONE + ONE, "the server one is named twice"),
        (ONE.replace('"one"', '"Two"'), "the server name 'Two' is not of lower-case letters"),
        (ONE.replace('"one"', f'"{"a" * 24}"'), "is longer than 23 characters"),
        (ONE.replace('"one"', '"endpoint"'), "a server cannot be called 'endpoint'"),
        (ONE.replace('"one"', '"absent"'), "the server absent has no program: add servers/absent/main.c"),
        (ONE + 'uses = ["ghost"]\n', "one: uses 'ghost', which no server provides"),
        (ONE + 'uses = ["two"]\n' + TWO, "one: uses 'two', which no server provides"),
        (ONE + 'uses = ["two"]\n' + TWO + PROVIDES, "one: uses 'two', which does not start before it"),
        (ONE + PROVIDES + 'uses = ["one"]\n', "one: uses 'one', which does not start before it"),
        (ONE + PROVIDES + TWO + 'uses = ["one", "one"]\n', "two: uses wires 'one' twice"),
        (ONE + PROVIDES + TWO + 'directory = true\nuses = ["one"]\n', "two: uses wires 'one' twice"),
        (ONE + 'uses = ["init"]\n', "one: uses 'init', which is wired already"),
        (ONE + "uses = 3\n", "one: uses is not a list of names"),
        (ONE + f"uses = {[f's{i}' for i in range(9)]}\n", "one: uses names 9, and the archive has room for 8"),
        (ONE + 'devices = ["disk"]\n', "one: there is no device 'disk'"),
        (ONE + 'devices = ["exit"]\n', "one: the device 'exit' is not to be had"),
        (ONE + 'devices = ["uart", "uart"]\n', "one: devices wires 'uart' twice"),
        (ONE + 'devices = ["uart"]\n' + TWO + 'devices = ["uart"]\n', "two: the device 'uart' is one's already"),
        (ONE.replace('"128K"', '"100K"'), "one: memory '100K' is not a power of two"),
        (ONE.replace('"128K"', "true"), "one: memory True is not a number of bytes"),
        (ONE.replace('"128K"', '"16K"'), "one: memory of 16384 bytes is too small for its program"),
        (ONE.replace("10", "256"), "one: priority 256 is out of range: give 0 (lowest) to 255"),
        (ONE.replace("10", "-1"), "one: priority -1 is out of range"),
        ("".join(ONE.replace('"one"', f'"s{i}"') for i in range(25)), "it names 25 servers, and init takes 24"),
    ],
)
def test_bad_manifest(manifest: str, sentence: str, packer: Packer) -> None:
    packed = packer.run(manifest, programs("one", "two"))
    assert packed.status == 2
    assert sentence in packed.error
    assert packed.error.count("\n") == 1
    assert packed.archive is None


LOW = Load(BASE + 8, READ | EXECUTE, b"x", 1)
OPEN = Load(BASE, READ | WRITE | EXECUTE, b"x", 1)
FIVE = tuple(Load(BASE + index * PAGE, READ | EXECUTE, b"x", 1) for index in range(5))


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        (b"", "is not an ELF file"),
        (b"#!/bin/sh\n", "is not an ELF file"),
        (elf()[:40], "is truncated: its ELF header"),
        (elf()[:100], "is truncated: its program header table"),
        (elf()[:200], "is truncated"),
        (elf(machine=243), "is for riscv64, and the archive is for x86_64"),
        (elf((LOW,), entry=BASE + 8), "does not start on a page"),
        (elf((OPEN,)), "is writable and executable"),
        (elf(FIVE), "has 5 segments to load, and the archive takes 4"),
        (elf((TEXT, Load(BASE, READ, b"x", 1))), "overlap"),
        (elf(()), "has nothing to load"),
        (elf(entry=BASE + PAGE), "which is not in its text"),
        (elf()[:4] + b"\x01" + elf()[5:], "is not a little-endian 64-bit executable"),
    ],
)
def test_bad_program(program: bytes, sentence: str, packer: Packer) -> None:
    packed = packer.run(ONE, {"init": elf(), "one": program})
    assert packed.status == 2
    assert sentence in packed.error
    assert packed.error.count("\n") == 1
    assert packed.archive is None


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("one",), "'one' is not NAME=ELF"),
        (("one=/nowhere/one.elf",), "/nowhere/one.elf: No such file"),
        (("init=x",), "the program init is given twice"),
    ],
)
def test_wrong_use(more: tuple[str, ...], sentence: str, packer: Packer) -> None:
    packed = packer.run(ONE, programs(), *more)
    assert packed.status == 2
    assert sentence in packed.error
    assert packed.archive is None


def test_init_is_needed(packer: Packer) -> None:
    packed = packer.run(ONE, {"one": elf()})
    assert packed.status == 2
    assert "the program init is missing" in packed.error


def test_a_failure_leaves_the_archive_before(packer: Packer) -> None:
    before = good(packer.run(ONE, programs("one")))
    assert packer.run(ONE + "colour = 3\n", programs("one")).archive == before


def test_bss_alone_takes_no_place_in_the_archive(packer: Packer) -> None:
    with_data = good(packer.run(ONE, programs("one")))
    empty = elf((TEXT, Load(DATA.vaddr, READ | WRITE, b"", DATA.size)))
    without = good(packer.run(ONE, {"init": elf(), "one": empty}))
    entry = entries(without)["one", ArchiveKind.PROGRAM]
    assert (entry.segment[1].file_size, entry.segment[1].size) == (0, 2 * PAGE)
    assert len(with_data) - len(without) == PAGE


def test_an_archive_without_servers_has_an_empty_manifest(packer: Packer) -> None:
    (packer.folder / "init.elf").write_bytes(elf())
    out = packer.folder / "archive.bin"
    command = [sys.executable, str(ROOT / "servers" / "pack.py"), "--no-servers", "--machine", "62", "--out", str(out)]
    subprocess.run([*command, f"init={packer.folder / 'init.elf'}"], check=True)
    found = entries(out.read_bytes())
    assert set(found) == {("init", ArchiveKind.PROGRAM), ("init", ArchiveKind.SYMBOLS), ("manifest", ArchiveKind.MANIFEST)}
    assert found["manifest", ArchiveKind.MANIFEST].size == 0
