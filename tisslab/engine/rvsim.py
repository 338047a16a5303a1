"""A machine with a RISC-V core that rvsim models cycle by cycle. It is driven by addresses, not by a session: what it is for is counting.

It starts from the project's own firmware. rvsim loads one file where the kernel belongs, so the boot archive goes into it behind the
kernel, and a device tree of our own says where.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from tisslab.devicetree import Node, cells, flatten
from tisslab.errors import MachineError, ToolMissingError
from tisslab.image import Image
from tisslab.machine import MIB, MODELLED_DEVICES, MODELLED_TIMEBASE_HZ, Core

MEMORY = 64 * MIB
STALLS = "core0.pipeline.stalls."
TRAPS = "hart0.traps"
CYCLES_MOST = 100_000_000
"""From one stop to the next; a boot takes a fiftieth of it."""
EXTERNAL_INTERRUPT = 1 << 63 | 9
"""scause at an interrupt of a device, the privileged architecture's table of causes."""


class ModelledMachine:
    """A machine that stands before its first instruction when it is made."""

    def __init__(self, core: Core, *, kernel: Image, firmware: Path, archive: Path, command_line: str, folder: Path) -> None:
        """Make it; `folder` is for files that it starts from. Errors: ToolMissingError."""
        data = archive.read_bytes()
        base = min(segment.paddr for segment in kernel.segments)
        end = max(segment.paddr + segment.size for segment in kernel.segments)
        place = -(-end // MIB) * MIB
        (folder / "kernel.bin").write_bytes(_flat(kernel, base).ljust(place - base, b"\0") + data)
        (folder / "machine.dtb").write_bytes(flatten(device_tree(core, archive=(place, place + len(data)), command_line=command_line)))
        rvsim = find_rvsim()
        self._simulator: Any = rvsim.Simulator(
            _configuration(rvsim, core), kernel=str(folder / "kernel.bin"), firmware=str(firmware), dtb=str(folder / "machine.dtb")
        )
        self.exit_status: int | None = None
        """What the guest ended the machine with; None while it runs."""

    def run_to(self, addresses: Collection[int]) -> int | None:
        """Run until the next instruction to retire is at one of these, and return which, None if the guest has ended the machine.

        Errors: MachineError if it comes to none of them.
        """
        why, status = self._simulator.run_to(pc=list(addresses), cycles=CYCLES_MOST)
        if why == "exit":
            self.exit_status = status
            return None
        if why != "pc":
            raise MachineError(f"the modelled core came nowhere in {CYCLES_MOST:,} cycles: it stands at {self.address:#x}")
        return self.address

    def step(self) -> int:
        """Run until something retires, as many instructions as retire in that cycle, and return the address of the last.

        Errors: MachineError if nothing retires any more: the end of the machine is for `run_to` to see.
        """
        last = self._simulator.step()
        if last is None:
            raise MachineError(f"the modelled core retires nothing any more: it stands at {self.address:#x}")
        return int(last.pc)

    @property
    def address(self) -> int:
        """Of the next instruction to retire."""
        return int(self._simulator.pc)

    @property
    def takes_interrupt(self) -> bool:
        """Is the last trap that supervisor mode took an interrupt of a device?"""
        return bool(self._simulator.csrs["scause"] == EXTERNAL_INTERRUPT)

    @property
    def cycles(self) -> int:
        """Since the start."""
        return int(self._simulator.cycle)

    @property
    def retired(self) -> int:
        """Instructions since the start; one that traps does not retire."""
        return int(self._simulator.instructions_retired)

    @property
    def traps(self) -> int:
        """Since the start, interrupts among them."""
        return int(self._simulator.stats[TRAPS])

    @property
    def stalls(self) -> dict[str, int]:
        """Cycles since the start in which a stage of the pipeline stood still, by cause."""
        return {path.removeprefix(STALLS): int(count) for path, count in self._simulator.stats.query(f"{STALLS}*")}


def find_rvsim() -> Any:
    """Return the module. Errors: ToolMissingError."""
    try:
        import rvsim  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError as error:
        raise ToolMissingError("rvsim is not installed, which models cores: 'make setup' brings it, for x86_64 hosts only") from error
    return rvsim


def device_tree(core: Core, *, archive: tuple[int, int], command_line: str) -> Node:
    """What the kernel has to know of the machine; archive is (start, end)."""
    base = core.architecture.ram_base
    return {
        "#address-cells": 2,
        "#size-cells": 2,
        "chosen": {"bootargs": command_line, "linux,initrd-start": cells(archive[0]), "linux,initrd-end": cells(archive[1])},
        f"memory@{base:x}": {"device_type": "memory", "reg": cells(base, MEMORY)},
        "cpus": {"#address-cells": 1, "#size-cells": 0, "timebase-frequency": MODELLED_TIMEBASE_HZ},
        "soc": {"#address-cells": 2, "#size-cells": 2, "ranges": [], **dict(_devices())},
    }


def _devices() -> Iterator[tuple[str, Node]]:
    for device in MODELLED_DEVICES:
        facts: dict[str, str | int | list[int]] = {"compatible": device.compatible, "reg": cells(device.address, device.size)}
        if device.irq is not None:
            facts["interrupts"] = device.irq
        yield f"{device.name}@{device.address:x}", facts


def _flat(kernel: Image, base: int) -> bytes:
    """The kernel as it lies in memory, from base on."""
    memory = bytearray()
    for segment in sorted(kernel.segments, key=lambda one: one.paddr):
        contents = kernel.data[segment.offset : segment.offset + segment.file_size]
        memory = memory.ljust(segment.paddr - base, b"\0") + contents
    return bytes(memory)


def _configuration(rvsim: Any, core: Core) -> Any:
    configuration = rvsim.presets.PRESETS[core.preset]().replace(ram_size=f"{MEMORY // MIB}MB", console="captured")
    return configuration.replace(backend=rvsim.Backend.InOrder()) if core.in_order else configuration
