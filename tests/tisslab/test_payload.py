"""Payloads against an independent assembler: capstone reads back what was meant. That they run is for test_engine_qemu.py."""

from __future__ import annotations

import capstone  # type: ignore[import-untyped]
import pytest

from tisslab.payload import Payload, make_payload, riscv_code, riscv_load, x86_code


def listing(code: bytes, *, arch: int, mode: int) -> list[str]:
    return [f"{one.mnemonic} {one.op_str}".strip() for one in capstone.Cs(arch, mode).disasm(code, 0)]


def test_x86_code() -> None:
    code = x86_code(Payload(text=b"A", rounds=3, status=5))
    assert listing(code, arch=capstone.CS_ARCH_X86, mode=capstone.CS_MODE_32) == [
        *("mov ecx, 3", "dec ecx", "jne 5"),
        *("mov dx, 0x3f8", "mov al, 0x41", "out dx, al"),
        *("mov dx, 0xf4", "mov eax, 5", "out dx, eax"),
        *("hlt", "jmp 0x19"),
    ]


def test_riscv_code() -> None:
    code = riscv_code(Payload(text=b"A", rounds=3, status=5))
    lines = listing(code, arch=capstone.CS_ARCH_RISCV, mode=capstone.CS_MODE_RISCV64)
    assert lines[2:4] == ["addi t0, t0, -1", "bnez t0, -4"]
    assert "sb t2, 0(t1)" in lines
    assert lines[-3:] == ["sw t2, 0(t1)", "wfi", "j -4"]


@pytest.mark.parametrize("value", [0, 1, 0x7FF, 0x800, 0x53333, 0x10000000, 0x7FFFF7FF])
def test_riscv_constants(value: int) -> None:
    upper, lower = (int.from_bytes(riscv_load(5, value)[place : place + 4], "little") for place in (0, 4))
    assert (upper & 0x7F, lower & 0x7F) == (0x37, 0x1B)  # lui, addiw
    low = lower >> 20
    assert (upper & 0xFFFFF000) + (low - 0x1000 if low & 0x800 else low) == value


def test_a_machine_without_code_is_refused() -> None:
    with pytest.raises(KeyError):
        make_payload(183, Payload())
