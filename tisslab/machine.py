"""The architectures and the machines: frozen tables, and the only place that knows a fact about one of them.

A new machine is a row of `MACHINES`. Sources: QEMU 7.2's `-M help` and docs/system; the exit devices in hw/misc/debugexit.c and
hw/misc/sifive_test.c; measured start-up times in docs/design.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tisslab.errors import BadInputError

MIB = 1 << 20
BUILT_FIRMWARE = "firmware.bin"
"""Firmware of this name is a file of the build output, not one of QEMU's own."""


class KernelKind(StrEnum):
    """How a kernel file wants to be loaded, which decides the firmware that it needs."""

    PVH = "pvh"
    """ELF with a PVH note."""
    LINUX = "linux"
    """A Linux image: bzImage, or an Image with the RISC-V boot header."""
    ELF_AT_RAM_BASE = "elf-at-ram-base"
    """ELF that takes the place where RAM begins, which is firmware's, as xv6 for RISC-V. It may begin before: linkers put headers there."""
    ELF = "elf"
    """Any other ELF: multiboot on x86, a payload of OpenSBI on RISC-V."""


class JumpsFrom(StrEnum):
    """What the number that a disassembler shows for a jump counts from."""

    ZERO = "zero"
    """It is the address itself."""
    INSTRUCTION = "instruction"
    """The jump's own address."""


@dataclass(frozen=True)
class Architecture:
    """A processor architecture: `elf_machines` are e_machine numbers, the kernel's own first; `ram_base` is a physical address.

    `capstone` is what capstone calls the architecture and its modes, `capstone_syntax` how the project's own assembly is written, and
    `capstone_jumps` is what the operand of a jump counts from.
    """

    name: str
    elf_machines: tuple[int, ...]
    qemu: str
    package: str
    ram_base: int
    default_machine: str
    capstone: tuple[str, ...]
    capstone_jumps: JumpsFrom
    capstone_syntax: str = "CS_OPT_SYNTAX_DEFAULT"


@dataclass(frozen=True)
class ExitDevice:
    """What the guest ends the machine with: QEMU's exit code, shifted right by `shift`, is the guest's exit status."""

    name: str
    shift: int

    def status(self, code: int) -> int:
        """Return the guest's exit status, 0 to 255, from QEMU's exit code."""
        return code >> self.shift


@dataclass(frozen=True)
class Machine:
    """A machine as QEMU models it.

    `options` follows `-M`; `firmware` follows `-bios` for this project's kernel, `foreign_firmware` for another by its kind (None: QEMU's
    own choice); memory is in bytes.
    """

    name: str
    architecture: Architecture
    summary: str
    options: str
    arguments: tuple[str, ...]
    firmware: str
    foreign_firmware: Mapping[KernelKind, str | None]
    exit_device: ExitDevice
    firmware_writes: bool = False
    """The firmware writes to the console before the kernel runs."""
    has_pci: bool = True
    """It has a bus for QEMU's PCI devices."""
    memory: int = 64 * MIB
    memory_least: int = 16 * MIB
    memory_most: int = 2048 * MIB

    @property
    def firmware_is_built(self) -> bool:
        """Is the firmware a file of the build output?"""
        return self.firmware == BUILT_FIRMWARE

    @property
    def command(self) -> tuple[str, ...]:
        """QEMU's program and this machine's arguments, without memory, kernel and connections."""
        return (self.architecture.qemu, *COMMON_ARGUMENTS, *self.arguments)


COMMON_ARGUMENTS = ("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot")

X86_64 = Architecture(
    name="x86_64",
    elf_machines=(62, 3),
    qemu="qemu-system-x86_64",
    package="qemu-system-x86",
    ram_base=0,
    default_machine="q35",
    capstone=("CS_ARCH_X86", "CS_MODE_64"),
    capstone_jumps=JumpsFrom.ZERO,
    capstone_syntax="CS_OPT_SYNTAX_ATT",
)
RISCV64 = Architecture(
    name="riscv64",
    elf_machines=(243,),
    qemu="qemu-system-riscv64",
    package="qemu-system-misc",
    ram_base=0x80000000,
    default_machine="virt",
    capstone=("CS_ARCH_RISCV", "CS_MODE_RISCV64", "CS_MODE_RISCVC"),
    capstone_jumps=JumpsFrom.INSTRUCTION,
)
ARCHITECTURES: Mapping[str, Architecture] = {one.name: one for one in (X86_64, RISCV64)}

ISA_DEBUG_EXIT = ExitDevice(name="isa-debug-exit", shift=1)
SIFIVE_TEST = ExitDevice(name="sifive_test", shift=0)

X86_ARGUMENTS = ("-cpu", "max", "-device", "isa-debug-exit,iobase=0xf4,iosize=4")
X86_FOREIGN = {KernelKind.PVH: "qboot.rom", KernelKind.LINUX: "qboot.rom", KernelKind.ELF: None}
RISCV_FOREIGN = {KernelKind.ELF_AT_RAM_BASE: "none", KernelKind.LINUX: "default", KernelKind.ELF: "default"}

MACHINES: tuple[Machine, ...] = (
    Machine(
        name="q35",
        architecture=X86_64,
        summary="a PC with PCI Express, started by qboot",
        # what is off costs 3 ms of the start and serves no guest on a serial console
        options="q35,smm=off,vmport=off,hpet=off,usb=off,i8042=off,graphics=off",
        arguments=X86_ARGUMENTS,
        firmware="qboot.rom",
        foreign_firmware=X86_FOREIGN,
        exit_device=ISA_DEBUG_EXIT,
    ),
    Machine(
        name="microvm",
        architecture=X86_64,
        summary="a PC without PCI, started by qboot",
        options="microvm,x-option-roms=off,pit=on,pic=on,rtc=off,isa-serial=on,acpi=off",
        arguments=X86_ARGUMENTS,
        firmware="qboot.rom",
        foreign_firmware=X86_FOREIGN,
        exit_device=ISA_DEBUG_EXIT,
        has_pci=False,
    ),
    Machine(
        name="virt",
        architecture=RISCV64,
        summary="the RISC-V machine, started by firmware of our own",
        options="virt",
        arguments=("-cpu", "rv64"),
        firmware=BUILT_FIRMWARE,
        foreign_firmware=RISCV_FOREIGN,
        exit_device=SIFIVE_TEST,
    ),
    Machine(
        name="virt-opensbi",
        architecture=RISCV64,
        summary="the RISC-V machine, started by OpenSBI",
        options="virt",
        arguments=("-cpu", "rv64"),
        firmware="default",
        foreign_firmware=RISCV_FOREIGN,
        exit_device=SIFIVE_TEST,
        firmware_writes=True,
    ),
)


@dataclass(frozen=True)
class Core:
    """A processor core that rvsim models: `preset` is what rvsim calls it; `in_order` gives it a pipeline that issues in program order."""

    name: str
    architecture: Architecture
    summary: str
    preset: str
    in_order: bool = False


CORES: tuple[Core, ...] = (
    Core("p550", RISCV64, "SiFive's P550: 3 wide, out of order", "p550"),
    Core("cortex_a72", RISCV64, "of the class of Arm's Cortex-A72: 3 wide, out of order", "cortex_a72"),
    Core("m1", RISCV64, "of the class of Apple's M1: 8 wide, out of order", "m1"),
    Core("in-order", RISCV64, "the P550's caches and widths with a pipeline in order", "p550", in_order=True),
)


@dataclass(frozen=True)
class ModelledDevice:
    """A device of the machine around a modelled core: physical address, size in bytes, its number at the interrupt controller."""

    name: str
    compatible: str
    address: int
    size: int
    irq: int | None = None


MODELLED_DEVICES = (
    ModelledDevice("serial", "ns16550a", 0x10000000, 0x100, irq=10),
    ModelledDevice("test", "sifive,test0", 0x100000, 0x1000),
    ModelledDevice("plic", "riscv,plic0", 0xC000000, 0x600000),
)
"""What the kernel's device tree is to name of rvsim's machine."""
MODELLED_TIMEBASE_HZ = 10_000_000


def find_architecture(name: str) -> Architecture:
    """Return the architecture of this name. Errors: BadInputError."""
    if name not in ARCHITECTURES:
        raise BadInputError(f"there is no architecture '{name}': choose {' or '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]


def machines_of(architecture: Architecture) -> tuple[Machine, ...]:
    """Return the machines of an architecture, its default first."""
    return tuple(machine for machine in MACHINES if machine.architecture is architecture)


def find_machine(architecture_name: str | None, machine_name: str | None) -> Machine:
    """Return the machine that these names mean; a machine's name alone implies its architecture, no name at all means q35.

    Errors: BadInputError for a name that does not exist, or a machine of another architecture.
    """
    architecture = find_architecture(architecture_name) if architecture_name is not None else None
    candidates = machines_of(architecture) if architecture else MACHINES
    if machine_name is None:
        return candidates[0]
    for machine in candidates:
        if machine.name == machine_name:
            return machine
    where = f" for {architecture.name}" if architecture else ""
    raise BadInputError(f"there is no machine '{machine_name}'{where}: choose {', '.join(one.name for one in candidates)}")


def find_core(architecture: Architecture, name: str | None) -> Core:
    """Return the modelled core of this name, an architecture's first without a name. Errors: BadInputError."""
    cores = [core for core in CORES if core.architecture is architecture]
    if not cores:
        others = ", ".join(dict.fromkeys(core.architecture.name for core in CORES))
        raise BadInputError(f"no core of {architecture.name} is modelled: choose --arch {others}")
    for core in cores:
        if name in (None, core.name):
            return core
    raise BadInputError(f"there is no core '{name}': choose {', '.join(core.name for core in cores)}")
