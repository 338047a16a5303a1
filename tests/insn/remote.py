"""A machine held at an instruction: QEMU's GDB stub to get there, its monitor to read the registers.

GDB's remote protocol: the GDB manual, appendix "Remote Protocol"; of it only breakpoints and going on.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from tisslab.boot_plan import BootPlan
from tisslab.engine.qemu import QemuEngine

PATIENCE = 30.0
"""Seconds until a machine that is to reach a place counts as lost."""


def packet(text: str) -> bytes:
    """A packet of the protocol."""
    return f"${text}#{sum(text.encode()) & 0xFF:02x}".encode()


class Held:
    """A machine that stands still but for `go_on`."""

    def __init__(self, engine: QemuEngine, size: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.engine, self.size = engine, size
        self._reader, self._writer = reader, writer

    async def _ask(self, text: str) -> str:
        self._writer.write(packet(text))
        await self._reader.readuntil(b"$")
        answer = (await self._reader.readuntil(b"#"))[:-1]
        await self._reader.readexactly(2)
        self._writer.write(b"+")
        return answer.decode()

    async def breakpoint(self, address: int, *, there: bool = True) -> None:
        """Stop before the instruction at an address from now on, or not any more."""
        assert await self._ask(f"{'Z' if there else 'z'}0,{address:x},1") == "OK"

    async def go_on(self) -> None:
        """Run to the next breakpoint, off the one that it may stand at, which QEMU would find again."""
        await self.step()
        await self._run("c")

    async def step(self) -> None:
        """Execute one instruction."""
        await self._run("s")

    async def _run(self, how: str) -> None:
        stopped = await asyncio.wait_for(self._ask(how), PATIENCE)
        assert stopped.startswith("T05"), stopped

    async def registers(self) -> dict[str, int]:
        """The registers that the monitor prints, under its names; of a segment `name`.base."""
        text = await self.engine.ask_monitor("info registers")
        found = {name.lower(): int(value, 16) for name, value in re.findall(r"\b([A-Za-z][\w/]*) *= ?([0-9a-f]{4,16})\b", text)}
        found |= {name: int(value, 16) for name, value in re.findall(r"\b([a-z]\w*(?:/\w+)?) +([0-9a-f]{16})\b", text)}
        found |= {f"{name.lower()}.base": int(base, 16) for name, base in re.findall(r"\b([A-Z]+) *= ?[0-9a-f]{4} ([0-9a-f]{16}) ", text)}
        return {name.rpartition("/")[2]: value for name, value in found.items()}

    def memory(self) -> bytes:
        """All RAM."""
        machine = self.engine.machine
        return self.engine.read(machine.architecture.ram_base, self.size)


async def _connect(engine: QemuEngine, path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the stub as soon as it listens; meanwhile the monitor answers."""
    while True:
        await engine.next(0.01)
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            return await asyncio.open_unix_connection(str(path))


@asynccontextmanager
async def held(plan: BootPlan, folder: Path) -> AsyncIterator[Held]:
    """Start a machine and hold it before its first instruction."""
    path = folder / "gdb"
    engine = QemuEngine(replace(plan, qemu_arguments=(*plan.qemu_arguments, "-S", "-gdb", f"unix:{path},server=on,wait=off")))
    writer = None
    try:
        engine.start()
        reader, writer = await asyncio.wait_for(_connect(engine, path), PATIENCE)
        yield Held(engine, plan.memory, reader, writer)
    finally:
        if writer is not None:
            writer.close()
        await engine.stop()
        engine.close()
