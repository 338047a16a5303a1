"""What is to be booted, decided and checked before any machine starts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tisslab import _abi
from tisslab.accelerator import choose_accelerator
from tisslab.errors import BadInputError
from tisslab.kernel_file import KernelFile, read_kernel, refuse_stream
from tisslab.machine import MIB, Machine

MEMORY_UNITS = {"": MIB, "K": 1 << 10, "M": MIB, "G": 1 << 30}
COUNTS_INSTRUCTIONS = "count=instructions"
COMMAND_LINE_MOST = _abi.BootInfo.SIZE - _abi.BootInfo.OFFSETS["command_line"] - 1
"""Bytes of the kernel's command line: the last field of struct boot_info, less its terminator."""


@dataclass(frozen=True)
class BootPlan:
    """One boot. `firmware` is what follows `-bios`, None for QEMU's own choice; memory in bytes; `programs` holds the servers' ELF files."""

    machine: Machine
    kernel: KernelFile
    memory: int
    accelerator: str = "tcg"
    archive: Path | None = None
    firmware: str | None = None
    command_line: str = ""
    qemu_arguments: tuple[str, ...] = ()
    programs: Path | None = None


@dataclass(frozen=True)
class BootRequest:
    """What the user asked for, files not yet looked at. `build` is a build's output; `kernel` and what follows replace parts of it."""

    machine: Machine
    build: Path | None = None
    memory: str | None = None
    accelerator: str = "tcg"
    kernel: Path | None = None
    firmware: str | None = None
    archive: Path | None = None
    append: str = ""
    qemu_arguments: tuple[str, ...] = ()


def parse_memory(text: str | None, machine: Machine) -> int:
    """Return an amount of memory in bytes from `64M`, `1G`, `65536K` or `64` (MiB); None means the machine's default.

    Errors: BadInputError if it is none of these, or too small or too large for the machine.
    """
    if text is None:
        return machine.memory
    match = re.fullmatch(r"(\d{1,12})([KMG]?)(i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise BadInputError(f"'{text}' is no amount of memory: give it as 64M or 1G")
    size = int(match[1]) * MEMORY_UNITS[match[2].upper()]
    if size % MIB:
        raise BadInputError(f"{text} of memory is not a whole number of MiB: give it as 64M or 1G")
    if not machine.memory_least <= size <= machine.memory_most:
        what = "little" if size < machine.memory_least else "much"
        limits = f"{machine.memory_least // MIB}M to {machine.memory_most // MIB}M"
        raise BadInputError(f"{text} of memory is too {what} for {machine.name}: give {limits}")
    return size


def make_plan(request: BootRequest) -> BootPlan:
    """Check everything that was asked for.

    Errors: BadInputError, one sentence that names the thing and the way out.
    """
    machine = request.machine
    kernel = read_kernel(_kernel_path(request), machine.architecture)
    archive = request.archive
    if archive is None and request.kernel is None and request.build is not None:
        archive = request.build / "archive.bin"
    if archive is not None:
        _check_archive(archive, kernel, machine)
    plan = BootPlan(
        machine=machine,
        kernel=kernel,
        memory=parse_memory(request.memory, machine),
        accelerator=choose_accelerator(request.accelerator, machine),
        archive=archive,
        firmware=_choose_firmware(request, kernel),
        command_line=_command_line(request, kernel),
        qemu_arguments=request.qemu_arguments,
        programs=kernel.path.parent / "servers" if kernel.speaks else None,
    )
    _check_room(plan)
    return plan


def _kernel_path(request: BootRequest) -> Path:
    if request.kernel is not None:
        return request.kernel
    if request.build is None:
        raise BadInputError("there is nothing to boot: give --kernel, or a build")
    return request.build / "kernel.elf"


def _check_archive(path: Path, kernel: KernelFile, machine: Machine) -> None:
    refuse_stream(path, option="--initrd")
    if kernel.speaks:
        from tisslab.archive import validate

        validate(path, machine=machine.architecture.elf_machines[0])
    elif not path.is_file():
        raise BadInputError(f"there is no initial RAM disk '{path}': give another with --initrd, or none")


def _choose_firmware(request: BootRequest, kernel: KernelFile) -> str | None:
    machine = request.machine
    if request.firmware is not None:
        if request.firmware not in ("none", "default") and not Path(request.firmware).is_file():
            raise BadInputError(f"there is no firmware file '{request.firmware}': give another with --firmware, 'default' or 'none'")
        return request.firmware
    if not kernel.speaks:
        if kernel.kind not in machine.foreign_firmware:
            raise BadInputError(f"{machine.name} has no firmware that starts '{kernel.path}': give one with --firmware")
        return machine.foreign_firmware[kernel.kind]
    if not machine.firmware_is_built:
        return machine.firmware
    built = (request.build or kernel.path.parent) / machine.firmware
    if not built.is_file():
        raise BadInputError(f"there is no firmware '{built}', which {machine.name} starts from: build it, or give one with --firmware")
    return str(built)


def _command_line(request: BootRequest, kernel: KernelFile) -> str:
    """The user's words, and for a kernel of this project the fact that the machine counts instructions, if it does."""
    counts = kernel.speaks and any(word in ("-icount", "--icount") for word in request.qemu_arguments)
    line = " ".join(filter(None, [request.append, COUNTS_INSTRUCTIONS if counts else ""]))
    if kernel.speaks and len(line.encode()) > COMMAND_LINE_MOST:
        raise BadInputError(f"the command line has {len(line.encode())} bytes, and the kernel keeps {COMMAND_LINE_MOST}: shorten --append")
    return line


def _check_room(plan: BootPlan) -> None:
    """Kernel and archive have to fit into the memory, or QEMU would cut them short without a word."""
    kernel = max(0, plan.kernel.end - plan.machine.architecture.ram_base)
    archive = plan.archive.stat().st_size if plan.archive is not None else 0
    if kernel + archive > plan.memory:
        need = -(-(kernel + archive) // MIB)
        raise BadInputError(f"kernel and archive need {need} MiB, and the machine has {plan.memory // MIB}: give more with --memory")
