"""Instructions as text, by capstone: bytes in, text out. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tisslab.machine import JumpsFrom

if TYPE_CHECKING:
    from tisslab.machine import Architecture

ADDRESSES = 1 << 64
"""So many there are: capstone's numbers have a sign."""


@dataclass(frozen=True)
class Instruction:
    """One instruction: size in bytes, `text` as capstone writes it, `target` the address that it jumps to or calls, None if it does not."""

    address: int
    size: int
    text: str
    target: int | None = None


def disassemble(code: bytes, *, address: int, architecture: Architecture) -> Iterator[Instruction]:
    """The instructions of some code that begins at an address; what capstone does not know becomes `.byte`."""
    import capstone  # type: ignore[import-untyped]

    arch, *modes = (getattr(capstone, name) for name in architecture.capstone)
    engine = capstone.Cs(arch, sum(modes))
    engine.syntax = getattr(capstone, architecture.capstone_syntax)
    engine.detail = True
    engine.skipdata = True
    for one in engine.disasm(code, address):
        yield Instruction(one.address, one.size, f"{one.mnemonic} {one.op_str}".strip(), _target(one, architecture))


def _target(one: Any, architecture: Architecture) -> int | None:
    """Where a jump goes that says so itself; one through a register does not. What was skipped (number 0) has no details to ask for."""
    import capstone

    if one.id == 0 or not any(map(one.group, (capstone.CS_GRP_JUMP, capstone.CS_GRP_CALL, capstone.CS_GRP_BRANCH_RELATIVE))):
        return None
    *others, last = one.operands or [None]
    if last is None or last.type != capstone.CS_OP_IMM or (others and not one.group(capstone.CS_GRP_BRANCH_RELATIVE)):
        return None
    from_zero = architecture.capstone_jumps is JumpsFrom.ZERO
    return (int(last.imm) + (0 if from_zero else one.address)) % ADDRESSES
