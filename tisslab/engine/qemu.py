"""The engine that runs whole systems: one QEMU, its memory, its console and its monitor.

Nothing has a name in the file system: RAM is a memory file, console and monitor are socket pairs, all handed over by descriptor. So a
run leaves nothing behind, however it ends, and nothing of two runs can meet.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tisslab.engine.base import Engine
from tisslab.engine.memory import GuestMemory
from tisslab.engine.process import Process
from tisslab.errors import MachineError
from tisslab.events import ConsoleWritten, EngineEvent, MachineStopped

if TYPE_CHECKING:
    from tisslab.boot_plan import BootPlan
    from tisslab.engine.qmp import Monitor

READ_SIZE = 65536


@dataclass(frozen=True)
class Descriptors:
    """The file descriptors that QEMU is given."""

    memory: int
    console: int
    monitor: int

    @property
    def all(self) -> tuple[int, ...]:
        """All of them."""
        return self.memory, self.console, self.monitor


def make_command(plan: BootPlan, descriptors: Descriptors, *, halted: bool) -> list[str]:
    """Return the whole command line of QEMU; the user's own arguments come last."""
    machine = plan.machine
    size = plan.memory >> 20
    command = [
        *machine.command,
        *("-M", f"{machine.options},memory-backend=ram"),
        *("-m", f"{size}M"),
        *("-object", f"memory-backend-file,id=ram,size={size}M,mem-path=/proc/self/fd/{descriptors.memory},share=on"),
        *("-chardev", f"socket,id=console,fd={descriptors.console}", "-serial", "chardev:console"),
        *("-chardev", f"socket,id=monitor,fd={descriptors.monitor}", "-mon", "chardev=monitor,mode=control"),
        *("-accel", plan.accelerator),
        *("-kernel", str(plan.kernel.path)),
    ]
    if plan.firmware is not None:
        command += ["-bios", plan.firmware]
    if plan.archive is not None:
        command += ["-initrd", str(plan.archive)]
    if plan.command_line:
        command += ["-append", plan.command_line]
    if halted:
        command.append("-S")
    return [*command, *plan.qemu_arguments]


class QemuEngine(Engine):
    """One QEMU. `start` may be called before the event loop runs: the machine then boots while the loop is being made.

    A foreign kernel's end is known by QEMU's events alone, so it does not run before they can be heard, unless `halted` is False.
    """

    def __init__(self, plan: BootPlan, *, halted: bool | None = None) -> None:
        self.machine = plan.machine
        self.started = 0.0
        self._plan = plan
        self._memory = GuestMemory(base=plan.machine.architecture.ram_base, size=plan.memory)
        self._process: Process | None = None
        self._console, self._far_console = socket.socketpair()
        self._monitor_socket, self._far_monitor = socket.socketpair()
        for near in (self._console, self._monitor_socket):
            near.setblocking(False)
        self._monitor: Monitor | None = None
        self._console_open = True
        self._failure_told = False
        # with -S among the user's arguments, it is he who resumes
        self._halted = (not plan.kernel.speaks if halted is None else halted) and "-S" not in plan.qemu_arguments

    @property
    def process(self) -> Process:
        """The process of this machine. It has one from `start` on."""
        assert self._process is not None, "the machine has not been started"
        return self._process

    @property
    def console(self) -> socket.socket:
        """The lab's end of the console, for who waits for its first byte himself."""
        return self._console

    def start(self) -> None:
        descriptors = Descriptors(self._memory.descriptor, self._far_console.fileno(), self._far_monitor.fileno())
        command = make_command(self._plan, descriptors, halted=self._halted)
        self._process = Process(command, descriptors=descriptors.all, package=self.machine.architecture.package)
        self.started = self._process.started
        self._far_console.close()
        self._far_monitor.close()

    async def next(self, patience: float) -> EngineEvent | None:
        if self._monitor is None:
            from tisslab.engine.qmp import Monitor

            self._monitor = Monitor(self._monitor_socket, resume=self._halted)
        event = self._take()
        if event is None:
            await self._wait(patience)
            event = self._take()
        if event is None and self.process.exit_code() is not None and not self._console_open:
            return await self._stopped(self._monitor)
        return event

    def _take(self) -> EngineEvent | None:
        """What is there already, without waiting."""
        if self._console_open:
            with contextlib.suppress(BlockingIOError):
                try:
                    data = self._console.recv(READ_SIZE)
                except ConnectionError:
                    data = b""
                if data:
                    return ConsoleWritten(data)
                self._console_open = False
        if self._monitor is not None and self._monitor.failure is not None and not self._failure_told:
            self._failure_told = True
            return self._monitor.failure
        return None

    async def _wait(self, patience: float) -> None:
        """Wait until there is console output or the process has ended, for at most `patience` seconds."""
        loop = asyncio.get_running_loop()
        stirred = loop.create_future()

        def stir() -> None:
            if not stirred.done():
                stirred.set_result(None)

        watched = [self._console.fileno()] if self._console_open else [self.process.pidfd]
        for descriptor in watched:
            loop.add_reader(descriptor, stir)
        try:
            await asyncio.wait([stirred], timeout=patience)
        finally:
            for descriptor in watched:
                loop.remove_reader(descriptor)

    async def _stopped(self, monitor: Monitor) -> MachineStopped:
        await monitor.finish()
        code = self.process.exit_code() or 0
        complaint = self.process.complaint()
        if code < 0:
            return MachineStopped(signal=-code, complaint=complaint)
        return MachineStopped(exit_code=code, complaint=complaint, reset=monitor.reset)

    async def type(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await asyncio.get_running_loop().sock_sendall(self._console, data)

    async def power_down(self) -> None:
        if self._monitor is not None:
            await self._monitor.power_down()

    async def ask_monitor(self, command: str) -> str:
        """Return what QEMU's monitor for humans answers: for what no other way tells. Errors: MachineError."""
        if self._monitor is None:
            raise MachineError(f"QEMU's monitor cannot be asked '{command}' before the machine was waited for")
        return await self._monitor.ask(command)

    def read(self, paddr: int, size: int) -> bytes:
        return self._memory.read(paddr, size)

    def output(self) -> str:
        return self.process.output() if self._process is not None else ""

    async def stop(self) -> None:
        if self._process is not None:
            self._process.end()
        if self._monitor is not None:
            await self._monitor.finish()

    def close(self) -> None:
        if self._process is not None:
            self._process.close()
        for end in (self._console, self._far_console, self._monitor_socket, self._far_monitor):
            end.close()
        self._memory.close()
