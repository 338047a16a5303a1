"""What cannot work is said in one sentence that names the thing, with the documented status, before or instead of a run."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from tests.system.conftest import run_tisslab
from tisslab.build import ensure_build
from tisslab.machine import MACHINES, Machine
from tisslab.payload import Payload, make_payload


@pytest.fixture
def copies(machine: Machine, tmp_path: Path) -> Path:
    """A copy of the build's output, to be spoiled."""
    build = ensure_build(arch=machine.architecture.name)
    for name in ("kernel.elf", "archive.bin", "firmware.bin"):
        if (build / name).exists():
            shutil.copy(build / name, tmp_path)
    return tmp_path


def boot_copies(machine: Machine, copies: Path, *arguments: str | Path) -> tuple[int, str]:
    """Boot the copies; return the status and the one sentence (none if the run went well)."""
    files: list[str | Path] = ["--kernel", copies / "kernel.elf", "--initrd", copies / "archive.bin"]
    ran = run_tisslab("boot", "--machine", machine.name, *files, *arguments, typed="exit 21\n")
    return ran.status, "" if ran.status == 21 else ran.complaint


def test_the_copies_themselves_boot(machine: Machine, copies: Path) -> None:
    assert boot_copies(machine, copies) == (21, "")


def spoil(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize("place", [0, 16, 24, 4096, -4097])
def test_a_corrupt_archive(machine: Machine, copies: Path, place: int) -> None:
    spoil(copies / "archive.bin", place)
    status, sentence = boot_copies(machine, copies)
    assert status == 2
    assert "archive.bin" in sentence


@pytest.mark.parametrize("size", [0, 10, 4096, -4096, -1])
def test_a_truncated_archive(machine: Machine, copies: Path, size: int) -> None:
    data = (copies / "archive.bin").read_bytes()
    (copies / "archive.bin").write_bytes(data[:size])
    status, sentence = boot_copies(machine, copies)
    assert status == 2
    assert "archive.bin" in sentence


def test_a_missing_archive(machine: Machine, copies: Path) -> None:
    (copies / "archive.bin").unlink()
    status, sentence = boot_copies(machine, copies)
    assert status == 2
    assert "archive.bin" in sentence


@pytest.mark.parametrize("size", [0, 3, 64, 5000, -1])
def test_a_truncated_kernel(machine: Machine, copies: Path, size: int) -> None:
    data = (copies / "kernel.elf").read_bytes()
    (copies / "kernel.elf").write_bytes(data[:size])
    status, sentence = boot_copies(machine, copies)
    assert status == 2
    assert "kernel.elf" in sentence


def test_a_kernel_that_is_not_elf(machine: Machine, copies: Path) -> None:
    (copies / "kernel.elf").write_text("#!/bin/sh\n")
    assert boot_copies(machine, copies)[0] == 2


def test_a_missing_kernel(machine: Machine, copies: Path) -> None:
    (copies / "kernel.elf").unlink()
    status, sentence = boot_copies(machine, copies)
    assert status == 2
    assert "kernel.elf" in sentence


def test_a_kernel_of_the_other_architecture(machine: Machine, copies: Path) -> None:
    other = next(one for one in MACHINES if one.architecture is not machine.architecture)
    ran = run_tisslab("boot", "--machine", other.name, "--kernel", copies / "kernel.elf")
    assert ran.status == 2
    assert machine.architecture.name in ran.complaint
    assert other.architecture.name in ran.complaint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--arch", "arm"], "there is no architecture 'arm'"),
        (["--machine", "pdp11"], "there is no machine 'pdp11'"),
        (["--arch", "riscv64", "--machine", "q35"], "no machine 'q35' for riscv64"),
        (["--memory", "1M"], "1M of memory is too little for q35: give 16M"),
        (["--memory", "1T"], "'1T' is no amount of memory"),
        (["--memory", "64G"], "64G of memory is too much for q35"),
        (["--memory", "16385K"], "not a whole number of MiB"),
        (["--timeout", "0"], "'0' is no time to wait"),
        (["--timeout", "soon"], "'soon' is no time to wait"),
        (["--accel", "warp"], "no accelerator 'warp'"),
        (["--build-type", "fast"], "no build type 'fast'"),
        (["--compiler", "tcc"], "no compiler 'tcc'"),
        (["--initrd", "x"], "--initrd goes with --kernel"),
        (["--firmware", "x"], "--firmware goes with --kernel"),
        (["--kernel", "x", "--build-type", "debug"], "--kernel boots a file"),
        (["--warp"], "unrecognized arguments: --warp"),
        (["extra"], "unrecognized arguments: extra"),
    ],
)
def test_wrong_use(arguments: list[str], words: str) -> None:
    ran = run_tisslab("boot", *arguments)
    assert ran.status == 2
    assert words in ran.complaint


def payload(folder: Path) -> Path:
    path = folder / "payload.elf"
    path.write_bytes(make_payload(62, Payload(status=5)))
    return path


def test_a_missing_firmware(tmp_path: Path) -> None:
    ran = run_tisslab("boot", "--kernel", payload(tmp_path), "--firmware", tmp_path / "nothing.bin")
    assert ran.status == 2
    assert "nothing.bin" in ran.complaint


def test_a_kernel_that_is_larger_than_the_memory(tmp_path: Path) -> None:
    initrd = tmp_path / "initrd"
    with initrd.open("wb") as file:
        file.truncate(64 << 20)
    ran = run_tisslab("boot", "--kernel", payload(tmp_path), "--initrd", initrd)
    assert ran.status == 2
    assert "need 66 MiB, and the machine has 64" in ran.complaint


def test_a_command_line_longer_than_the_kernel_keeps() -> None:
    ran = run_tisslab("boot", "--append", "x" * 512)
    assert ran.status == 2
    assert "512 bytes" in ran.complaint and "511" in ran.complaint and "--append" in ran.complaint
    assert run_tisslab("boot", "--append", "x" * 511).status == 0


def test_a_busy_socket(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ran = run_tisslab("boot", "--kernel", payload(tmp_path), "--", "-gdb", f"tcp:127.0.0.1:{port}")
    assert ran.status == 125
    assert "Address already in use" in ran.complaint


def test_an_argument_that_qemu_refuses() -> None:
    ran = run_tisslab("boot", "--", "-device", "flux-capacitor")
    assert ran.status == 125
    assert "flux-capacitor" in ran.complaint


def test_qemu_is_not_installed(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "payload.elf"
    path.write_bytes(make_payload(machine.architecture.elf_machines[0], Payload()))
    ran = run_tisslab("boot", "--machine", machine.name, "--kernel", path, env={"PATH": str(tmp_path)})
    assert ran.status == 3
    assert f"apt-get install {machine.architecture.package}" in ran.complaint


def test_an_error_with_json_is_a_record_too() -> None:
    ran = run_tisslab("boot", "--machine", "pdp11", "--json")
    assert ran.status == 2
    assert ran.record["exit_status"] == 2
    assert "pdp11" in ran.record["error"]


def test_kvm_for_a_guest_of_another_architecture_is_refused(tmp_path: Path) -> None:
    host = os.uname().machine
    machine = next(one for one in MACHINES if one.architecture.name != host)
    ran = run_tisslab("boot", "--machine", machine.name, "--accel", "kvm")
    assert ran.status == 2
    assert "this host is" in ran.complaint


def test_what_the_user_gives_qemu_reaches_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ran = run_tisslab("boot", "--kernel", payload(tmp_path), "--", "-d", "in_asm", "-D", log)
    assert ran.status == 5
    assert "0x00100000" in log.read_text()
