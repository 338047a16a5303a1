"""Guest memory: one file, seen from both sides."""

import os

import pytest

from tisslab.engine.memory import GuestMemory
from tisslab.errors import MachineError


def test_what_the_guest_writes_is_read_at_its_physical_address() -> None:
    memory = GuestMemory(base=0x80000000, size=1 << 20)
    try:
        os.pwrite(memory.descriptor, b"guest", 0x1000)
        assert memory.read(0x80001000, 5) == b"guest"
        assert memory.read(0x80000000 + (1 << 20) - 1, 1) == b"\0"
        for paddr, size in ((0x7FFFFFFF, 1), (0x80100000, 1), (0x800FFFFF, 2), (0, 8)):
            with pytest.raises(ValueError, match="no"):
                memory.read(paddr, size)
    finally:
        memory.close()
        memory.close()


def test_more_than_the_host_has_is_refused() -> None:
    with pytest.raises(MachineError, match="--memory"):
        GuestMemory(base=0, size=1 << 62)
