"""What the page tables of a running system allow, read from its memory: the kernel's own, and every process's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tisslab.driver import System
from tisslab.engine.qemu import QemuEngine
from tisslab.image import Image
from tisslab.inspect.pages import FORMATS, Mapping, PageFormat, mappings

UPPER_HALF = 1 << 63
KERNEL_ENTRIES = 256 * 8


@dataclass(frozen=True)
class Tables:
    """The page tables of a system, its kernel's image, and where RAM begins."""

    image: Image
    system: System

    @property
    def page_format(self) -> PageFormat:
        return FORMATS[self.system.machine.architecture.name]

    def paddr(self, symbol: str) -> int:
        """Of a symbol of the image, its borders included; all of it lies at one distance from where it is loaded."""
        start = self.image.symbol("text_start").address
        return self.image.symbol(symbol).address - start + self.image.vaddr_to_paddr(start)

    def walk(self, root: int) -> list[Mapping]:
        return list(mappings(read=self.system.read, root=root, page_format=self.page_format))

    @property
    def kernel(self) -> list[Mapping]:
        return self.walk(self.paddr("tables"))

    def roots(self) -> list[int]:
        """The root of each address space by its number, 0 for a number that is free."""
        space = self.image.dwarf.structure("struct space")
        root_at = space.fields["root"]
        table = self.system.read(self.paddr("spaces"), self.image.symbol("spaces").size)
        assert len(table) % space.size == 0
        return [int.from_bytes(table[at : at + root_at.size], "little") for at in range(root_at.offset, len(table), space.size)]

    def processes(self) -> Iterator[tuple[int, list[Mapping]]]:
        for root in self.roots():
            if root:
                yield root, self.walk(root)


@pytest.fixture
def tables(system: System) -> Tables:
    assert system.plan is not None
    return Tables(Image.open(system.plan.kernel.path), system)


def test_nothing_is_writable_and_executable(tables: Tables) -> None:
    everything = [*tables.kernel, *(one for _, space in tables.processes() for one in space)]
    assert len(everything) > 100
    assert [one for one in everything if one.rights.write and one.rights.execute] == []


def test_kernel_is_closed_to_user_mode(tables: Tables) -> None:
    kernel = tables.kernel
    assert kernel
    assert all(one.vaddr >= UPPER_HALF for one in kernel)
    assert [one for one in kernel if one.rights.user] == []


def test_kernel_code_and_constants_are_writable_nowhere(tables: Tables) -> None:
    start, end = tables.paddr("image_start"), tables.paddr("data_start")
    leading_there = [one for one in tables.kernel if one.paddr < end and start < one.paddr + one.size]
    assert any(one.rights.execute for one in leading_there)
    assert [one for one in leading_there if one.rights.write] == []


def test_only_kernel_code_is_executable_in_the_kernel(tables: Tables) -> None:
    text = range(tables.paddr("text_start"), tables.paddr("text_end"))
    executable = [one for one in tables.kernel if one.rights.execute]
    assert executable
    assert all(one.paddr in text and one.paddr + one.size - 1 in text for one in executable)


def test_guard_page_of_the_kernel_stack_is_mapped_nowhere(tables: Tables) -> None:
    guard, stack = tables.paddr("kernel_stack_guard"), tables.paddr("kernel_stack")
    assert stack - guard == 4096
    assert [one for one in tables.kernel if one.covers(guard)] == []
    assert any(one.covers(stack) for one in tables.kernel)


def test_processes_share_the_kernel_half_and_nothing_of_it_is_theirs(tables: Tables) -> None:
    upper = tables.system.read(tables.paddr("tables") + KERNEL_ENTRIES, KERNEL_ENTRIES)
    image = range(tables.paddr("image_start"), tables.paddr("image_end"))
    channel = tables.paddr("lab_channel")
    processes = list(tables.processes())
    assert len(processes) >= 5
    for root, space in processes:
        assert tables.system.read(root + KERNEL_ENTRIES, KERNEL_ENTRIES) == upper
        user = [one for one in space if one.vaddr < UPPER_HALF]
        assert user
        assert all(one.rights.user for one in user)
        assert [one for one in user if one.paddr in image and one.paddr != channel] == []


def test_no_process_can_reach_a_page_table(tables: Tables) -> None:
    roots = {root for root, _ in tables.processes()}
    for _, space in tables.processes():
        assert [one for one in space if one.vaddr < UPPER_HALF and any(one.covers(root) for root in roots)] == []


def test_processes_share_only_what_none_can_write(tables: Tables) -> None:
    writable: dict[int, int] = {}
    for root, space in tables.processes():
        for one in space:
            if one.vaddr < UPPER_HALF and one.rights.write:
                assert writable.setdefault(one.paddr, root) == root, f"two processes can write {one.paddr:#x}"
    assert writable


@pytest.mark.parametrize("machine", ["q35", "microvm"], indirect=True)
def test_devices_are_not_cached_and_memory_is(tables: Tables) -> None:
    """The kernel's own mappings of the interrupt controllers; a process's of a device are made the same way: tests/kernel/test_space.c."""
    uncached = {one.paddr for one in tables.kernel if not one.cached}
    assert uncached == {0xFEC00000, 0xFEE00000}
    assert all(one.cached for _, space in tables.processes() for one in space if one.vaddr < UPPER_HALF)


def processor_register(system: System, name: str) -> int:
    """A control register as QEMU shows it while the system runs."""
    engine = system.session.engine
    assert isinstance(engine, QemuEngine)
    shown = re.search(rf"\b{name}\b[ =]+([0-9a-f]+)", system.await_(engine.ask_monitor("info registers")), re.IGNORECASE)
    assert shown is not None, name
    return int(shown[1], 16)


@pytest.mark.parametrize("machine", ["q35", "microvm"], indirect=True)
def test_processor_keeps_the_kernel_from_user_pages_and_writes_from_constants(system: System) -> None:
    cr0, cr4, efer = (processor_register(system, name) for name in ("CR0", "CR4", "EFER"))
    assert cr0 >> 16 & 1, "WP: the kernel writes no read-only page"
    assert cr4 >> 20 & 1, "SMEP: it runs no user page"
    assert cr4 >> 21 & 1, "SMAP: it reads and writes none"
    assert cr4 >> 11 & 1, "UMIP: user mode sees no descriptor tables"
    assert efer >> 11 & 1, "NX: what is not executable is not run"


@pytest.mark.parametrize("machine", ["virt", "virt-opensbi"], indirect=True)
def test_supervisor_has_no_access_to_user_memory(system: System) -> None:
    assert processor_register(system, "satp") >> 60 == 8, "Sv39 is on"
    sstatus = processor_register(system, "mstatus")
    assert not sstatus >> 18 & 1, "SUM: the kernel reads and writes no user page"
    assert not sstatus >> 19 & 1, "MXR: what is executable alone is not read"


@pytest.mark.parametrize("machine", ["virt", "virt-opensbi"], indirect=True)
def test_each_address_space_has_an_identifier_of_its_own(tables: Tables) -> None:
    """The processor's were probed: were there too few, all would share 0 and every switch would flush."""
    satp = processor_register(tables.system, "satp")
    root, identifier = (satp & (1 << 44) - 1) << 12, satp >> 44 & 0xFFFF
    assert identifier == tables.roots().index(root) + 1
