"""Page tables as they stand in a machine's memory.

Sources: Intel SDM volume 3, 4.5 (4-level paging); RISC-V Privileged Architecture 1.12, 4.4 (Sv39).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

ENTRIES = 512
ENTRY_BYTES = 8
PAGE_BITS = 12
INDEX_BITS = 9
X86_UNCACHED = 0x18
"""PCD and PWT: entry 3 of the PAT, strong uncacheable after a reset (SDM volume 3, 11.12.4)."""

ReadMemory = Callable[[int, int], bytes]
"""(physical address, bytes) -> what stands there."""


@dataclass(frozen=True)
class Rights:
    """What an entry allows; rights of a path are those that every entry on it allows."""

    write: bool
    execute: bool
    user: bool

    def narrowed(self, other: Rights) -> Rights:
        """What both allow."""
        return Rights(self.write and other.write, self.execute and other.execute, self.user and other.user)


@dataclass(frozen=True)
class Mapping:
    """`size` bytes of virtual memory from `vaddr` that lie at `paddr`; both addresses as the processor sees them, in bytes.

    `cached` is False where the entry has every access reach the device behind it, in order.
    """

    vaddr: int
    paddr: int
    size: int
    rights: Rights
    cached: bool

    def covers(self, paddr: int) -> bool:
        """Does it lead to this physical address?"""
        return self.paddr <= paddr < self.paddr + self.size


@dataclass(frozen=True)
class PageFormat:
    """How an architecture writes its entries; `levels` of tables, 0 the last."""

    levels: int
    present: Callable[[int], bool]
    is_leaf: Callable[[int, int], bool]
    """(entry, level)"""
    paddr: Callable[[int], int]
    rights: Callable[[int, bool], Rights]
    """(entry, is it a leaf)"""
    cached: Callable[[int], bool]
    entries_cache: bool
    """Does a leaf say whether what it leads to is cached? If not, the machine knows by the address."""

    @property
    def vaddr_bits(self) -> int:
        """Bits of a virtual address that are translated; those above repeat the last one."""
        return PAGE_BITS + INDEX_BITS * self.levels


def _x86_rights(entry: int, leaf: bool) -> Rights:
    del leaf
    return Rights(write=bool(entry & 2), execute=not entry >> 63, user=bool(entry & 4))


def _riscv_rights(entry: int, leaf: bool) -> Rights:
    return Rights(bool(entry & 4), bool(entry & 8), bool(entry & 16)) if leaf else Rights(write=True, execute=True, user=True)


FORMATS = {
    "x86_64": PageFormat(
        levels=4,
        present=lambda entry: bool(entry & 1),
        is_leaf=lambda entry, level: level == 0 or bool(entry & 0x80),
        paddr=lambda entry: entry & 0x000F_FFFF_FFFF_F000,
        rights=_x86_rights,
        cached=lambda entry: entry & X86_UNCACHED != X86_UNCACHED,
        entries_cache=True,
    ),
    "riscv64": PageFormat(
        levels=3,
        present=lambda entry: bool(entry & 1),
        is_leaf=lambda entry, _level: bool(entry & 0xE),
        paddr=lambda entry: (entry >> 10 & (1 << 44) - 1) << PAGE_BITS,
        rights=_riscv_rights,
        cached=lambda _entry: True,
        entries_cache=False,
    ),
}


def mappings(*, read: ReadMemory, root: int, page_format: PageFormat) -> Iterator[Mapping]:
    """Yield every mapping below a root table at a physical address, in order of virtual address.

    Errors: whatever `read` raises for an address that is no memory; ValueError for an entry that is no table where one must stand.
    """
    return _walk(read, root, page_format, page_format.levels - 1, 0, Rights(write=True, execute=True, user=True))


def _walk(read: ReadMemory, table: int, page_format: PageFormat, level: int, base: int, allowed: Rights) -> Iterator[Mapping]:
    shift = PAGE_BITS + INDEX_BITS * level
    data = read(table, ENTRIES * ENTRY_BYTES)
    for index in range(ENTRIES):
        entry = int.from_bytes(data[index * ENTRY_BYTES : (index + 1) * ENTRY_BYTES], "little")
        if not page_format.present(entry):
            continue
        vaddr = base | index << shift
        leaf = page_format.is_leaf(entry, level)
        rights = allowed.narrowed(page_format.rights(entry, leaf))
        if leaf:
            yield Mapping(
                _canonical(vaddr, page_format.vaddr_bits), page_format.paddr(entry), 1 << shift, rights, page_format.cached(entry)
            )
        elif level == 0:
            raise ValueError(f"the entry {entry:#x} for {vaddr:#x} is a table below the last level")
        else:
            yield from _walk(read, page_format.paddr(entry), page_format, level - 1, vaddr, rights)


def _canonical(vaddr: int, bits: int) -> int:
    return vaddr | (1 << 64) - (1 << bits) if vaddr >> (bits - 1) else vaddr
