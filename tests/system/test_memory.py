"""Every byte of the machine's RAM is accounted for."""

from __future__ import annotations

import re

from tisslab.driver import System

LINE = re.compile(rb"^(\w+) +(\d+) bytes", re.MULTILINE)


def account(system: System) -> dict[str, int]:
    """What the shell's `mem` says, in bytes."""
    system.console.type(b"mem\r")
    said = system.console.read_until(b"free") + system.console.read_until(b"bytes")
    return {name.decode(): int(size) for name, size in LINE.findall(said)}


def test_parts_add_up_to_the_machine(system: System) -> None:
    parts = account(system)
    assert set(parts) == {"machine", "kernel", "archive", "servers", "init", "free"}
    assert parts.pop("machine") == sum(parts.values())
    assert min(parts.values()) > 0


def test_machine_is_what_it_was_given(system: System) -> None:
    assert 0.98 * system.machine.memory < account(system)["machine"] <= system.machine.memory


def test_a_restart_gives_its_memory_back(system: System) -> None:
    before = account(system)
    for _ in range(3):
        system.console.type(b"crash\r")
        system.console.read_until(b"peer_gone")
    assert account(system) == before
