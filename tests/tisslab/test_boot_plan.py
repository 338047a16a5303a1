"""What is decided before a machine starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tisslab.boot_plan import BootRequest, make_plan, parse_memory
from tisslab.errors import BadInputError
from tisslab.machine import MACHINES, MIB, Machine, find_machine
from tisslab.payload import Payload, make_elf, make_payload, riscv_code

Q35, VIRT = find_machine("x86_64", None), find_machine("riscv64", None)


def plan_firmware(folder: Path, machine: Machine, data: bytes, firmware: str | None = None) -> str | None:
    path = folder / "kernel"
    path.write_bytes(data)
    return make_plan(BootRequest(machine=machine, kernel=path, firmware=firmware)).firmware


@pytest.mark.parametrize(
    ("text", "size"),
    [(None, 64 * MIB), ("128", 128 * MIB), ("64M", 64 * MIB), ("1G", 1024 * MIB), ("65536k", 64 * MIB), ("32MiB", 32 * MIB)],
)
def test_memory_is_understood(text: str | None, size: int) -> None:
    assert parse_memory(text, Q35) == size


@pytest.mark.parametrize("text", ["", "x", "-64M", "1.5G", "64 T", "15M", "3G", "20000001K", "9" * 30])
def test_memory_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="memory"):
        parse_memory(text, Q35)


def test_a_foreign_kernels_firmware_follows_from_its_kind(tmp_path: Path) -> None:
    bare = make_elf(243, riscv_code(Payload()), address=0x80000000)
    assert plan_firmware(tmp_path, Q35, make_payload(62, Payload())) == "qboot.rom"
    assert plan_firmware(tmp_path, VIRT, make_payload(243, Payload())) == "default"
    assert plan_firmware(tmp_path, VIRT, bare) == "none"
    assert plan_firmware(tmp_path, Q35, bytes(0x202) + b"HdrS" + bytes(64)) == "qboot.rom"
    assert plan_firmware(tmp_path, VIRT, bare, firmware="default") == "default"


def test_only_a_kernel_of_this_project_is_told_that_instructions_count(tmp_path: Path) -> None:
    path = tmp_path / "kernel"
    path.write_bytes(make_payload(62, Payload()))
    plan = make_plan(BootRequest(machine=Q35, kernel=path, append="console=ttyS0", qemu_arguments=("-icount", "0")))
    assert plan.command_line == "console=ttyS0"


def test_nothing_to_boot_is_refused() -> None:
    with pytest.raises(BadInputError, match="nothing to boot"):
        make_plan(BootRequest(machine=MACHINES[0]))


def test_an_archive_that_never_ends_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "kernel"
    path.write_bytes(make_payload(62, Payload()))
    with pytest.raises(BadInputError, match=r"'/dev/zero' is a device or a pipe: .* with --initrd"):
        make_plan(BootRequest(machine=Q35, kernel=path, archive=Path("/dev/zero")))
