"""What makes a kernel file bootable, and what is said of those that are not."""

import os
import struct
from pathlib import Path

import pytest

from tisslab.errors import BadInputError
from tisslab.kernel_file import read_kernel
from tisslab.machine import RISCV64, X86_64, Architecture, KernelKind
from tisslab.payload import Payload, make_elf, make_payload, riscv_code


def write(folder: Path, data: bytes) -> Path:
    path = folder / "kernel"
    path.write_bytes(data)
    return path


def linux_image(place: int, magic: bytes) -> bytes:
    return bytes(place) + magic + bytes(64)


@pytest.mark.parametrize(
    ("data", "architecture", "kind"),
    [
        (make_payload(62, Payload()), X86_64, KernelKind.PVH),
        (make_payload(243, Payload()), RISCV64, KernelKind.ELF),
        (make_elf(243, riscv_code(Payload()), address=0x80000000), RISCV64, KernelKind.ELF_AT_RAM_BASE),
        (make_elf(243, bytes(0x1000) + riscv_code(Payload()), address=0x7FFFF000), RISCV64, KernelKind.ELF_AT_RAM_BASE),
        (make_elf(243, bytes(0x1000), address=0x7FFFF000), RISCV64, KernelKind.ELF),
        (linux_image(0x202, b"HdrS"), X86_64, KernelKind.LINUX),
        (linux_image(0x38, b"RSC\x05"), RISCV64, KernelKind.LINUX),
    ],
)
def test_a_kernel_is_recognised(tmp_path: Path, data: bytes, architecture: Architecture, kind: KernelKind) -> None:
    kernel = read_kernel(write(tmp_path, data), architecture)
    assert kernel.kind is kind
    assert not kernel.speaks


def test_a_32_bit_multiboot_kernel_is_recognised(tmp_path: Path) -> None:
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, 0x100000, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    segment = struct.pack("<8I", 1, 84, 0xC0100000, 0x100000, 4, 0x2000, 5, 4)
    kernel = read_kernel(write(tmp_path, header + segment + b"code"), X86_64)
    assert (kernel.kind, kernel.end) == (KernelKind.ELF, 0x102000)


def elf_with_symbols(symbols: dict[str, int], *, behind: int = 0, names_behind: int = 0) -> bytes:
    """A riscv64 ELF whose one segment maps 0x1000 bytes at 0xffff0000 to 0x80200000; its symbols, and their names, are said to lie behind their place."""
    names = b"\0" + b"".join(name.encode() + b"\0" for name in symbols)
    table = bytes(24)
    for name, value in symbols.items():
        table += struct.pack("<IBBHQQ", names.index(b"\0" + name.encode() + b"\0") + 1, 1, 0, 1, value, 8)
    start = 64 + 56
    sections = start + len(names) + len(table)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 243, 1, 0xFFFF0000, 64, sections, 0, 64, 56, 1, 64, 3, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0xFFFF0000, 0x80200000, 64, 0x1000, 0x1000)
    strings = struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, start + names_behind, len(names), 0, 0, 1, 0)
    listed = struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, start + len(names) + behind, len(table), 1, 0, 8, 24)
    return header + segment + names + table + bytes(64) + strings + listed


def test_a_kernel_of_this_project_has_its_wiring(tmp_path: Path) -> None:
    data = elf_with_symbols({"other": 1, "lab_channel": 0xFFFF0100, "panic_record": 0xFFFF0200})
    wiring = read_kernel(write(tmp_path, data), RISCV64).wiring
    assert wiring is not None
    assert (wiring.lab_channel, wiring.panic_record) == (0x80200100, 0x80200200)


def test_half_of_the_wiring_is_none(tmp_path: Path) -> None:
    assert not read_kernel(write(tmp_path, elf_with_symbols({"lab_channel": 0xFFFF0100})), RISCV64).speaks


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"#!/bin/sh\n", "neither an ELF file nor a Linux image"),
        (b"\x7fELF\x02\x01\x01", "cut short"),
        (make_payload(62, Payload())[:-1], "cut short"),
        (make_payload(62, Payload())[:70], "cut short"),
        (make_payload(243, Payload()), "is for riscv64, not for x86_64"),
        (linux_image(0x38, b"RSC\x05"), "is for riscv64, not for x86_64"),
        (make_elf(183, b"code", address=0), "is for ELF machine 183"),
    ],
)
def test_a_bad_kernel_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(BadInputError) as caught:
        read_kernel(path, X86_64)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        elf_with_symbols({"a": 1})[:-1],
        elf_with_symbols({"a": 1}, behind=1 << 20),
        elf_with_symbols({"a": 1}, names_behind=1 << 20),
    ],
)
def test_symbols_that_are_not_there_are_told(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadInputError, match="cut short"):
        read_kernel(write(tmp_path, data), RISCV64)


def test_a_missing_kernel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No such file"):
        read_kernel(tmp_path / "nothing", X86_64)


def test_what_never_ends_is_not_read() -> None:
    with pytest.raises(BadInputError, match=r"'/dev/zero' is a device or a pipe: .* with --kernel"):
        read_kernel(Path("/dev/zero"), X86_64)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "kernel")
    with pytest.raises(BadInputError, match="is a device or a pipe"):
        read_kernel(tmp_path / "kernel", X86_64)
