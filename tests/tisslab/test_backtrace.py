"""tisslab.backtrace: programs run in Unicorn up to a place, and then their stacks are read; and made-up stacks that lead nowhere."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import pytest
from unicorn import UC_ARCH_RISCV, UC_ARCH_X86, UC_MODE_64, UC_MODE_RISCV64, Uc, UcError
from unicorn.riscv_const import UC_RISCV_REG_PC, UC_RISCV_REG_RA, UC_RISCV_REG_S0, UC_RISCV_REG_SP
from unicorn.x86_const import UC_X86_REG_RBP, UC_X86_REG_RIP, UC_X86_REG_RSP

from tisslab.backtrace import LAYOUTS, STACK_MAX, Call, unwind
from tisslab.dwarf import Frame
from tisslab.image import Image

SOURCE = """
volatile int sink;
__attribute__((noinline)) int leaf(int a)
{
    __asm__ volatile(".globl stopped_in_leaf\\nstopped_in_leaf: nop"); // LINE leaf
    return a + sink;
}
__attribute__((noinline)) int deepest(int a)
{
    a = leaf(a); // LINE before
    __asm__ volatile(".globl stopped\\nstopped: nop" : "+r"(a)); // LINE deepest
    return leaf(a) + a;
}
static inline __attribute__((always_inline)) int inlined(int a)
{
    return deepest(a) * 2; // LINE inlined
}
__attribute__((noinline)) int middle(int a)
{
    return inlined(a) + sink; // LINE middle
}
__attribute__((noinline, noreturn)) void fatal(int a)
{
    sink = middle(a); // LINE fatal
    for (;;) ;
}
__attribute__((noinline)) int ends_in_a_call(int a)
{
    if (a == 1) fatal(a); // LINE ends_in_a_call
    return a;
}
__attribute__((noinline)) int after(int a) { return a - sink; }
void _start(void)
{
    sink = ends_in_a_call(1 + sink) + after(sink); // LINE _start
    for (;;) ;
}
"""
LINES = {line.split("LINE ")[1]: number for number, line in enumerate(SOURCE.splitlines(), 1) if "LINE " in line}
STACK_TOP = 0x7FFF0000

REGISTERS = {
    "x86_64": {"pc": UC_X86_REG_RIP, "sp": UC_X86_REG_RSP, "fp": UC_X86_REG_RBP},
    "riscv64": {"pc": UC_RISCV_REG_PC, "sp": UC_RISCV_REG_SP, "fp": UC_RISCV_REG_S0, "ra": UC_RISCV_REG_RA},
}


def run_until(image: Image, address: int) -> Uc:
    """Run a program from its entry until it reaches an address."""
    machine = Uc(UC_ARCH_X86, UC_MODE_64) if image.arch == "x86_64" else Uc(UC_ARCH_RISCV, UC_MODE_RISCV64)
    start = min(segment.vaddr for segment in image.segments) & ~0xFFFF
    end = max(segment.vaddr + segment.size for segment in image.segments) + 0xFFFF & ~0xFFFF
    machine.mem_map(start, end - start)
    for segment in image.segments:
        machine.mem_write(segment.vaddr, image.read(segment.vaddr, segment.size))
    machine.mem_map(STACK_TOP - 0x10000, 0x10000)
    machine.reg_write(REGISTERS[image.arch]["sp"], STACK_TOP - 0x108)  # as after a call: 16-byte aligned less 8, as x86_64 has it
    machine.emu_start(image.entry, address, count=10_000)
    assert machine.reg_read(REGISTERS[image.arch]["pc"]) == address
    return machine


def unwind_at(image: Image, symbol: str) -> tuple[Call, ...]:
    """Run a program until it reaches a symbol, and unwind from there."""
    machine = run_until(image, image.symbol(symbol).address)
    registers = {name: machine.reg_read(number) for name, number in REGISTERS[image.arch].items()}

    def read_memory(address: int, size: int) -> bytes:
        try:
            return bytes(machine.mem_read(address, size))
        except UcError as error:
            raise ValueError(str(error)) from error

    return unwind(image=image, read_memory=read_memory, **registers)


@pytest.mark.parametrize("compiler", ["clang", "gcc"])
def test_a_function_that_keeps_its_return_address_in_the_register(compile_program, compiler: str) -> None:
    """On riscv64 gcc does not store the return address in a function that calls none."""
    image = Image.open(
        compile_program(SOURCE, compiler=compiler, arch="riscv64", options=("-O2", "-gdwarf-4", "-fno-optimize-sibling-calls"))
    )
    calls = unwind_at(image, "stopped_in_leaf")
    assert [call.function for call in calls] == ["leaf", "deepest", "inlined", "middle", "fatal", "ends_in_a_call", "_start"]
    assert [call.line for call in calls[:2]] == [LINES["leaf"], LINES["before"]]


@pytest.mark.parametrize("optimisation", ["-O0", "-Og", "-O2"])
def test_a_running_program(toolchain, compile_program, optimisation: str) -> None:
    compiler, arch = toolchain
    image = Image.open(
        compile_program(SOURCE, compiler=compiler, arch=arch, options=(optimisation, "-gdwarf-4", "-fno-optimize-sibling-calls"))
    )
    calls = unwind_at(image, "stopped")
    names = ["deepest", "inlined", "middle", "fatal", "ends_in_a_call", "_start"]
    assert [call.function for call in calls] == names
    assert [call.line for call in calls] == [LINES[name] for name in names]
    assert [call.inlined for call in calls] == [name == "inlined" for name in names]
    assert {call.file for call in calls} == {"program.c"}
    assert calls[1].address == calls[2].address != calls[0].address


# ---------------------------------------------------------------- made-up stacks


@dataclass
class Stack:
    """A source whose code is 0x1000 to 0x2000, a function each 16 bytes, and words of memory."""

    arch: str
    words: dict[int, int] = field(default_factory=dict)

    def is_code(self, vaddr: int) -> bool:
        return 0x1000 <= vaddr < 0x2000

    def frames(self, address: int) -> tuple[Frame, ...]:
        return (Frame(f"f{address >> 4:x}", "f.c", address & 15),) if self.is_code(address) else ()

    def read(self, address: int, size: int) -> bytes:
        return struct.pack("<Q", self.words[address])[:size]  # KeyError, a LookupError, where there is none

    def put(self, fp: int, *, return_address: int, caller: int) -> None:
        layout = LAYOUTS[self.arch]
        self.words |= {fp + layout.return_address: return_address, fp + layout.caller: caller}

    def unwind(self, *, pc: int = 0x1000, sp: int = 0x8000, fp: int = 0x8100, ra: int | None = None, limit: int = 64) -> list[str]:
        return [call.function for call in unwind(image=self, read_memory=self.read, pc=pc, sp=sp, fp=fp, ra=ra, limit=limit)]


@pytest.fixture(params=list(LAYOUTS))
def stack(request: pytest.FixtureRequest) -> Stack:
    made = Stack(request.param)
    made.put(0x8100, return_address=0x1014, caller=0x8200)
    made.put(0x8200, return_address=0x1024, caller=0x8300)
    made.put(0x8300, return_address=0x1030, caller=0)
    return made


def test_return_addresses_belong_to_the_call_before_them(stack: Stack) -> None:
    assert stack.unwind() == ["f100", "f101", "f102", "f102"]


@pytest.mark.parametrize("bad", [0, 1, 0x8104, 0x80F0, 0x7FF0, 0x9000000, 2**64 - 8])
def test_a_frame_pointer_that_leads_nowhere_ends_it(stack: Stack, bad: int) -> None:
    stack.put(0x8200, return_address=0x1024, caller=bad)
    assert stack.unwind() == ["f100", "f101", "f102"]
    assert stack.unwind(fp=bad) == ["f100"]


@pytest.mark.parametrize("bad", [0x8104, 0x80F0, 0x8200 + 2 * STACK_MAX])
def test_a_frame_out_of_place_is_not_followed_even_if_it_can_be_read(stack: Stack, bad: int) -> None:
    stack.put(0x8200, return_address=0x1024, caller=bad)
    stack.put(bad, return_address=0x1044, caller=0)
    if bad == 0x80F0:
        stack.put(0x8100, return_address=0x1014, caller=0x8200)
    assert stack.unwind() == ["f100", "f101", "f102"]


def test_a_loop_ends(stack: Stack) -> None:
    stack.put(0x8300, return_address=0x1030, caller=0x8100)
    assert stack.unwind() == ["f100", "f101", "f102", "f102"]


def test_a_return_address_outside_the_code_ends_it(stack: Stack) -> None:
    stack.put(0x8200, return_address=0x5000, caller=0x8300)
    assert stack.unwind() == ["f100", "f101"]


def test_the_limit(stack: Stack) -> None:
    assert stack.unwind(limit=1) == ["f100", "f101"]


def test_memory_that_reads_short_ends_it(stack: Stack) -> None:
    calls = unwind(image=stack, read_memory=lambda address, size: b"\0" * 7, pc=0x1000, sp=0x8000, fp=0x8100)
    assert calls == (Call(0x1000, "f100", "f.c", 0),)


def test_a_jump_through_a_bad_pointer_names_the_caller(stack: Stack) -> None:
    """The frame pointer is still the caller's: its own caller comes next."""
    if stack.arch == "x86_64":
        stack.words[0x8000] = 0x1054
        assert stack.unwind(pc=0) == ["", "f105", "f101", "f102", "f102"]
    else:
        assert stack.unwind(pc=0, ra=0x1054) == ["", "f105", "f101", "f102", "f102"]
    assert stack.unwind(pc=0, sp=0x8008) == [""] or stack.arch == "x86_64"


def test_how_a_call_prints() -> None:
    assert str(Call(0x1014, "f", "f.c", 3, inlined=True)) == "0x1014 f (inlined) at f.c:3"
    assert str(Call(0, "", "", 0)) == "0x0 ?"
