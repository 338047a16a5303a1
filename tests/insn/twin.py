"""A way through the kernel, executed once more by Unicorn: from a machine that is held at the kernel's first instruction to the last before
a program goes on. What one architecture needs for that is a `Twin` of the table.

Unicorn 2.1.4 has no timer and no interrupt controller: reading the time gives the one that the machine had, programming a timer and writing
to a device do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from unicorn import UC_ARCH_RISCV, UC_ARCH_X86, UC_HOOK_CODE, UC_MODE_64, UC_MODE_RISCV64, Uc, riscv_const, x86_const

from tisslab.image import Image

EFER, KERNEL_GS_BASE = 0xC0000080, 0xC0000102
X86_GENERAL = ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", *(f"r{number}" for number in range(8, 16)))
RISCV_GENERAL = ("ra", "sp", "gp", "tp", *(f"t{i}" for i in range(7)), *(f"s{i}" for i in range(12)), *(f"a{i}" for i in range(8)))
SUPERVISOR = 1
MOST = 100_000
"""Instructions after which something is wrong."""


@dataclass(frozen=True)
class Moment:
    """A machine at the kernel's first instruction: registers under the monitor's names, all RAM, and what the processor's counter shows."""

    registers: Mapping[str, int]
    ram: bytes
    time: int


@dataclass(frozen=True)
class Twin:
    """How an architecture is executed: `put` writes the registers, `ends` are instructions that lead back to a program, and `skip` does
    what Unicorn cannot: it returns the length of an instruction that it has done, else 0."""

    make: Callable[[], Uc]
    pc: int
    pc_name: str
    put: Callable[[Uc, Mapping[str, int]], None]
    ends: tuple[bytes, ...]
    skip: Callable[[Uc, bytes, int], int]
    ram_base: int
    devices: tuple[tuple[int, int], ...]


def count(twin: Twin, kernel: Image, moment: Moment) -> int:
    """Return how many instructions the kernel executes until a program goes on."""
    machine = twin.make()
    machine.mem_map(twin.ram_base, len(moment.ram))
    machine.mem_write(twin.ram_base, moment.ram)
    for address, size in twin.devices:
        machine.mem_map(address, size)
    twin.put(machine, moment.registers)
    executed = 0
    done = False

    def step(uc: Uc, address: int, size: int, _: object) -> None:
        nonlocal executed, done
        code = kernel.read(address, size)
        executed += 1
        done = code in twin.ends
        if done:
            uc.emu_stop()
        length = twin.skip(uc, code, moment.time + executed)
        if length:
            uc.reg_write(twin.pc, address + length)

    machine.hook_add(UC_HOOK_CODE, step)
    machine.emu_start(moment.registers[twin.pc_name], 0, count=MOST)
    assert done, f"it is still in the kernel after {executed} instructions"
    return executed


# ---------------------------------------------------------------- x86_64


def make_x86() -> Uc:
    machine = Uc(UC_ARCH_X86, UC_MODE_64)
    machine.ctl_set_cpu_model(x86_const.UC_CPU_X86_SKYLAKE_SERVER)
    return machine


def put_x86(machine: Uc, registers: Mapping[str, int]) -> None:
    machine.reg_write(x86_const.UC_X86_REG_MSR, (EFER, registers["efer"]))
    machine.reg_write(x86_const.UC_X86_REG_CR3, registers["cr3"])
    machine.reg_write(x86_const.UC_X86_REG_CR4, registers["cr4"])
    machine.reg_write(x86_const.UC_X86_REG_CR0, registers["cr0"])
    machine.reg_write(x86_const.UC_X86_REG_CR2, registers["cr2"])
    for name in X86_GENERAL:
        machine.reg_write(getattr(x86_const, f"UC_X86_REG_{name.upper()}"), registers[name])
    machine.reg_write(x86_const.UC_X86_REG_EFLAGS, registers["rfl"])
    machine.reg_write(x86_const.UC_X86_REG_FS_BASE, registers["fs.base"])
    machine.reg_write(x86_const.UC_X86_REG_GS_BASE, registers["gs.base"])
    machine.reg_write(x86_const.UC_X86_REG_MSR, (KERNEL_GS_BASE, registers["kernel_gs_base"]))


def skip_x86(machine: Uc, code: bytes, time: int) -> int:
    if code != b"\x0f\x31":  # rdtsc
        return 0
    machine.reg_write(x86_const.UC_X86_REG_RAX, time & 0xFFFFFFFF)
    machine.reg_write(x86_const.UC_X86_REG_RDX, time >> 32)
    return len(code)


# ---------------------------------------------------------------- riscv64

TIME, STIMECMP = 0xC01, 0x14D
NANOSECONDS_A_TICK = 100


def make_riscv() -> Uc:
    return Uc(UC_ARCH_RISCV, UC_MODE_RISCV64)


def put_riscv(machine: Uc, registers: Mapping[str, int]) -> None:
    machine.reg_write(riscv_const.UC_RISCV_REG_PRIV, SUPERVISOR)
    machine.reg_write(riscv_const.UC_RISCV_REG_MSTATUS, registers["mstatus"])
    for name in ("satp", "stvec", "sscratch", "sepc", "scause", "stval", *RISCV_GENERAL):
        machine.reg_write(getattr(riscv_const, f"UC_RISCV_REG_{name.upper()}"), registers[name])


def skip_riscv(machine: Uc, code: bytes, time: int) -> int:
    word = int.from_bytes(code, "little")
    if len(code) != 4 or word & 0x7F != 0x73:
        return 0
    if word >> 20 == TIME and word >> 7 & 31:
        machine.reg_write(riscv_const.UC_RISCV_REG_X0 + (word >> 7 & 31), time // NANOSECONDS_A_TICK)
        return len(code)
    return len(code) if word >> 20 == STIMECMP else 0


TWINS = {
    "x86_64": Twin(
        make=make_x86,
        pc=x86_const.UC_X86_REG_RIP,
        pc_name="rip",
        put=put_x86,
        ends=(b"\x48\x0f\x07", b"\x48\xcf"),  # sysretq, iretq
        skip=skip_x86,
        ram_base=0,
        devices=((0xFEC00000, 0x1000), (0xFEE00000, 0x1000)),  # interrupt controllers
    ),
    "riscv64": Twin(
        make=make_riscv,
        pc=riscv_const.UC_RISCV_REG_PC,
        pc_name="pc",
        put=put_riscv,
        ends=(b"\x73\x00\x20\x10",),  # sret
        skip=skip_riscv,
        ram_base=0x80000000,
        devices=((0x0C000000, 0x4000000),),  # interrupt controller
    ),
}
