"""QEMU's monitor protocol over a socket that existed before QEMU did, so that no connection can race."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket

from qemu.qmp import QMPClient, QMPError, Runstate
from qemu.qmp.message import Message

from tisslab.errors import MachineError
from tisslab.events import MachineFailed

STILL_STATES = {
    "internal-error": "an error inside the accelerator",
    "io-error": "an error of a disk",
    "guest-panicked": "the guest says that it panicked",
}
"""Run states that the machine does not leave by itself, and what they mean; from QEMU's qapi/run-state.json."""

FINISH_PATIENCE = 0.5
"""Seconds to read what QEMU said before it ended: it is in the socket already."""

CONNECTION_ERRORS = (QMPError, OSError, EOFError)

# the end of the connection is the ordinary end of a machine, and this library logs it as an error
logging.getLogger("qemu.qmp").addHandler(logging.NullHandler())
logging.getLogger("qemu.qmp").propagate = False


class Monitor:
    """The connection to one QEMU: it listens until the machine ends, and passes on the few commands that the lab has.

    QEMU tells no event before the handshake is done: `resume` lets a machine that was started halted run only then.
    """

    def __init__(self, connection: socket.socket, *, resume: bool) -> None:
        self.reset = False
        """Did the guest reset the machine? Known once `finish` has returned."""
        self.failure: MachineFailed | None = None
        self._client = QMPClient("qemu")
        self._connected = asyncio.Event()
        self._finished = False
        self._task = asyncio.create_task(self._listen(connection, resume=resume))

    async def _listen(self, connection: socket.socket, *, resume: bool) -> None:
        with contextlib.suppress(*CONNECTION_ERRORS):
            await self._client.connect(connection)
            if resume:
                await self._client.execute("cont")
            self._connected.set()
            async for message in self._client.events:
                await self._notice(message)

    async def _notice(self, message: Message) -> None:
        self._notice_shutdown(message)
        if message["event"] == "STOP":
            answer = await self._client.execute("query-status")
            state = answer["status"] if isinstance(answer, dict) else ""
            if state in STILL_STATES:
                self.failure = MachineFailed(reason=STILL_STATES[state])

    def _notice_shutdown(self, message: Message) -> None:
        if message["event"] == "SHUTDOWN":
            self.reset = message["data"]["reason"] == "guest-reset"  # type: ignore[index]

    async def power_down(self) -> None:
        """Press the power button. A machine that has ended meanwhile needs no button."""
        await self._connected.wait()
        with contextlib.suppress(*CONNECTION_ERRORS):
            await self._client.execute("system_powerdown")

    async def ask(self, command: str) -> str:
        """Return what QEMU's monitor for humans answers to a command, such as `info registers`. Errors: MachineError."""
        await self._connected.wait()
        try:
            answer = await self._client.execute("human-monitor-command", {"command-line": command})
        except CONNECTION_ERRORS as error:
            raise MachineError(f"QEMU's monitor did not answer '{command}': {error}") from error
        return str(answer)

    async def _disconnected(self) -> None:
        while self._client.runstate == Runstate.RUNNING:
            await self._client.runstate_changed()

    async def finish(self) -> None:
        """Take in what QEMU said before it ended, and close the connection. May be called again."""
        if self._finished:
            return
        self._finished = True
        if self._connected.is_set():
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._disconnected(), FINISH_PATIENCE)
        self._task.cancel()
        await asyncio.wait([self._task])
        for message in self._client.events.clear():
            self._notice_shutdown(message)
        with contextlib.suppress(*CONNECTION_ERRORS):
            await self._client.disconnect()
