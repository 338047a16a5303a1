"""Windows from records made by hand."""

from __future__ import annotations

import struct

import pytest

from tisslab.cost.trace import Access, Kind, Mark, Window, parse_marks, parse_windows
from tisslab.errors import MachineError

KERNEL = 0xFFFFFFFF80000000


def records(*entries: tuple[Kind, int, int, int]) -> bytes:
    """(kind, size, virtual address, physical address) of each record."""
    return b"".join(struct.pack("<QQQ", kind | size << 8, vaddr, paddr) for kind, size, vaddr, paddr in entries)


BEGIN, END = (Kind.BEGIN, 0, 0, 0), (Kind.END, 0, 0, 0)


def executed(address: int, size: int = 4) -> tuple[Kind, int, int, int]:
    return Kind.INSTRUCTION, size, address, 0


def test_a_window_has_its_instructions_and_accesses() -> None:
    data = records(BEGIN, executed(0x400000), executed(KERNEL, 2), (Kind.STORE, 8, KERNEL + 64, 0x1040), (Kind.LOAD, 1, 5, 0), END)
    (window,) = parse_windows(data, last=1)
    assert window == Window(
        ((0x400000, 4), (KERNEL, 2)),
        (Access(1, True, KERNEL + 64, 0x1040, 8), Access(1, False, 5, 0, 1)),
    )
    assert (window.insns, window.kernel_insns) == (2, 1)


def test_the_last_rounds_count() -> None:
    data = records(*(one for size in (1, 2, 3) for one in (BEGIN, *[executed(16)] * size, END)))
    assert [window.insns for window in parse_windows(data, last=2)] == [2, 3]


def test_what_began_and_did_not_end_is_no_round() -> None:
    data = records(BEGIN, executed(16), BEGIN, executed(32), END, BEGIN, executed(48))
    assert [window.instructions for window in parse_windows(data, last=1)] == [((32, 4),)]


def test_a_round_that_is_missing_is_told() -> None:
    with pytest.raises(MachineError, match="1 rounds were recorded where 2 are wanted"):
        parse_windows(records(BEGIN, END), last=2)


def test_an_instruction_that_faulted_counts_when_it_is_executed_to_its_end() -> None:
    data = records(BEGIN, executed(16), executed(KERNEL), executed(16), executed(20), END)
    assert [address for address, _ in parse_windows(data, last=1, faulting={16})[0].instructions] == [KERNEL, 16, 20]
    assert parse_windows(data, last=1, faulting={20})[0].insns == 4


def test_marks_of_functions_that_were_left_out_are_none() -> None:
    data = struct.pack("<6Q", 0x400100, 0, 0, 2, 0x400200, 2)
    assert parse_marks(data) == [(0x400100, Mark.BEGIN), (0x400200, Mark.END)]
