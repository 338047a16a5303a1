"""Machine code of a few instructions in an ELF file, made without a compiler: what probes and tests boot.

A payload spins for a number of rounds, writes bytes to the UART if it is told to, and ends the machine with a status through its exit
device. The encodings are those of the Intel SDM volume 2 and the RISC-V unprivileged manual, chapter 2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

ELF_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
PVH_NOTE_TYPE = 18
"""XEN_ELFNOTE_PHYS32_ENTRY: the note that tells QEMU where to enter in 32-bit mode."""

UART_RISCV, EXIT_RISCV = 0x10000000, 0x00100000
LOAD_ADDRESS = {62: 0x100000, 243: 0x80200000}


@dataclass(frozen=True)
class Payload:
    """What a payload does, in this order; `status` is 0 to 127 and None lets it idle for ever after the rest."""

    text: bytes = b""
    rounds: int = 0
    status: int | None = 0


def make_payload(elf_machine: int, payload: Payload) -> bytes:
    """Make the ELF file of a payload for ELF machine 62 (x86_64, with a PVH note) or 243 (riscv64).

    On riscv64 it is linked where firmware jumps to; link it elsewhere by `make_elf`. Errors: KeyError for another machine.
    """
    code = {62: x86_code, 243: riscv_code}[elf_machine](payload)
    return make_elf(elf_machine, code, address=LOAD_ADDRESS[elf_machine])


def make_elf(elf_machine: int, code: bytes, *, address: int) -> bytes:
    """Wrap code into an ELF64 executable with one segment at a physical address, where it is also entered."""
    headers = 2 if elf_machine == 62 else 1
    start = 0x1000
    note = struct.pack("<III4sQ", 4, 8, PVH_NOTE_TYPE, b"Xen\0", address)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    table = ELF_HEADER.size
    header = ELF_HEADER.pack(ident, 2, elf_machine, 1, address, table, 0, 0, table, PROGRAM_HEADER.size, headers, 0, 0, 0)
    segments = PROGRAM_HEADER.pack(1, 5, start, address, address, len(code), len(code), 0x1000)
    place = table + headers * PROGRAM_HEADER.size
    if headers == 2:
        segments += PROGRAM_HEADER.pack(4, 4, place, 0, 0, len(note), len(note), 4)
    return (header + segments + note).ljust(start, b"\0") + code


def x86_code(payload: Payload) -> bytes:
    """32-bit code: PVH enters there with paging off."""
    code = b""
    if payload.rounds:
        code += b"\xb9" + struct.pack("<I", payload.rounds) + b"\x49\x75\xfd"  # mov ecx, rounds; again: dec ecx; jnz again
    for byte in payload.text:
        code += b"\x66\xba\xf8\x03\xb0" + bytes([byte]) + b"\xee"  # mov dx, 0x3f8; mov al, byte; out dx, al
    if payload.status is not None:
        code += b"\x66\xba\xf4\x00\xb8" + struct.pack("<I", payload.status) + b"\xef"  # mov dx, 0xf4; mov eax, status; out dx, eax
    return code + b"\xf4\xeb\xfd"  # idle: hlt; jmp idle


def riscv_load(register: int, value: int) -> bytes:
    """lui and addiw: a 32-bit constant, sign-extended."""
    upper, lower = (value + 0x800) >> 12 & 0xFFFFF, value & 0xFFF
    return struct.pack("<II", upper << 12 | register << 7 | 0x37, lower << 20 | register << 15 | register << 7 | 0x1B)


def riscv_code(payload: Payload) -> bytes:
    """Position-independent RV64I, in whatever mode the firmware leaves."""
    t0, t1, t2 = 5, 6, 7
    code = b""
    if payload.rounds:
        code += riscv_load(t0, payload.rounds)
        code += struct.pack("<II", 0xFFF28293, 0xFE029EE3)  # again: addi t0, t0, -1; bne t0, zero, again
    code += riscv_load(t1, UART_RISCV)
    for byte in payload.text:
        code += riscv_load(t2, byte) + struct.pack("<I", t2 << 20 | t1 << 15 | 0x23)  # sb t2, 0(t1)
    if payload.status is not None:
        passed = 0x5555 if payload.status == 0 else payload.status << 16 | 0x3333
        code += riscv_load(t1, EXIT_RISCV) + riscv_load(t2, passed)
        code += struct.pack("<I", t2 << 20 | t1 << 15 | 2 << 12 | 0x23)  # sw t2, 0(t1)
    return code + struct.pack("<II", 0x10500073, 0xFFDFF06F)  # idle: wfi; j idle
