"""An operation is counted by the processor's counter, by a plugin that sees QEMU execute it, and, what of it is the kernel's, by Unicorn,
which executes that itself from the registers and the memory that QEMU's machine has where the kernel is entered."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from tests.insn.remote import Held, held
from tests.insn.twin import TWINS, Moment, count
from tisslab.boot_plan import BootRequest, make_plan
from tisslab.cost.meter import Target, built_target
from tisslab.cost.operations import Operation, choose_operations, read_operations
from tisslab.cost.qemu import QemuMeter, marks_of
from tisslab.cost.trace import Mark, Window, is_kernel
from tisslab.image import Image
from tisslab.machine import find_machine
from tisslab.worst import ENTRIES

ROUND = 6
"""The round that is looked at: the others are as it is, which tests/system/test_ipc.py knows."""
ENTRIES_MOST = 8
"""Ways through the kernel that an operation has at most."""
ENTRY_MOST = 16
"""Instructions of the kernel until it has exchanged GS base."""
EXCEPTIONS, PAGE_FAULT = 32, 14
"""Of a processor that enters the kernel at a stub for each."""
OPERATIONS = {
    "empty_syscall": "test_empty_syscall",
    "call_reply_0w": "test_call_reply_0w",
    "call_reply_10w": "test_call_reply_10w",
    "call_reply_64w": "call_64w",
    "call_reply_1cap": "test_call_reply_1cap",
    "signal_no_waiter": "test_signal_no_waiter",
    "notification_pingpong": "test_notification_pingpong",
    "thread_create": "test_thread_create",
    "map_4k": "test_map_4k",
    "unmap_4k": "test_unmap_4k",
    "fault_map_resume": "fault_and_go_on",
}
"""Operations, and the function that begins and ends each."""


def kernel_entries(window: Window) -> list[int]:
    """Instructions of each way through the kernel."""
    return [len(list(way)) for inside, way in groupby(window.instructions, key=lambda one: is_kernel(one[0])) if inside]


def entry_addresses(kernel: Image) -> list[int]:
    """Where the kernel's first instruction is, at a system call and at a page fault."""
    first, *rows = next(group for group in ENTRIES if group[0] in kernel.symbols)
    stubs = kernel.symbols.get(rows[0]) if rows else None
    return [kernel.symbols[first].address, *([stubs.address + PAGE_FAULT * -(-stubs.size // EXCEPTIONS)] if stubs else [])]


def mark_in(program: Image, mark: Mark, function: str) -> int:
    (address,) = [where for where, kind in marks_of(program) if kind is mark and program.frames(where)[-1].function == function]
    return address


async def kernel_gs_base(machine: Held, entry: int) -> int:
    """What the kernel exchanges with GS base when it is entered; 0 where there is no such thing."""
    await machine.breakpoint(entry)
    await machine.go_on()
    for _ in range(ENTRY_MOST):
        await machine.step()
        if base := (await machine.registers()).get("gs.base", 0):
            break
    await machine.breakpoint(entry, there=False)
    return base


async def moments(target: Target, operation: Operation, function: str) -> list[Moment]:
    """The machine at each entry into the kernel of one round."""
    program = Image.open(target.program(operation))
    entries = entry_addresses(target.kernel)
    begin, end = (mark_in(program, mark, function) for mark in (Mark.BEGIN, Mark.END))
    plan = make_plan(BootRequest(machine=target.machine, build=target.folder, archive=program.path.with_suffix(".bin")))
    plan = replace(plan, command_line=f"test={operation.name}")
    found: list[Moment] = []
    with tempfile.TemporaryDirectory(prefix="tisslab-") as folder:
        async with held(plan, Path(folder)) as machine:
            base = await kernel_gs_base(machine, entries[0])
            await machine.breakpoint(begin)
            for _ in range(ROUND):
                await machine.go_on()
            begun = await machine.registers()
            time = begun.get("rax", 0) | begun.get("rdx", 0) << 32 or begun["t0"]  # the mark has read the counter
            for address in (*entries, end):
                await machine.breakpoint(address)
            await machine.go_on()
            while (now := await machine.registers()).get("rip", now.get("pc")) != end:
                assert len(found) < ENTRIES_MOST, "the round does not end"
                if not now.get("scause", 0) >> 63:  # of an interrupt, which may come at any time, the operation knows nothing
                    found.append(Moment({**now, "kernel_gs_base": base}, machine.memory(), time))
                await machine.go_on()
    return found


@pytest.mark.parametrize("arch", TWINS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_unicorn_counts_the_same_in_the_kernel(name: str, arch: str) -> None:
    target = built_target(find_machine(arch, None))
    (operation,) = choose_operations(read_operations(), [name])
    (samples,) = QemuMeter().measure(target, [operation])
    window = samples.windows[-1]
    expected = kernel_entries(window)
    assert samples.counted == (window.insns, window.insns)
    assert sum(expected) == window.kernel_insns > 0
    assert [count(TWINS[arch], target.kernel, moment) for moment in asyncio.run(moments(target, operation, OPERATIONS[name]))] == expected
