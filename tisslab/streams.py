"""The lab's own standard input and output without blocking its event loop, whatever they are: files, pipes or terminals."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

READ_SIZE = 4096
WRITE_SIZE = 4096
"""A pipe that is ready to be written takes PIPE_BUF bytes at once: 4096 on Linux, pipe(7)."""


async def _until_ready(descriptor: int, *, writing: bool) -> None:
    """Wait until a descriptor can be read or written. One that cannot be waited for, a regular file, always can."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    add, remove = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
    try:
        add(descriptor, wake)
    except PermissionError:
        return
    try:
        await ready
    finally:
        remove(descriptor)


async def read_chunks(descriptor: int) -> AsyncIterator[bytes]:
    """What can be read, as it comes, until the end; an input that is closed or cannot be read is at its end."""
    while True:
        try:
            await _until_ready(descriptor, writing=False)
            data = os.read(descriptor, READ_SIZE)
        except OSError:
            data = b""
        if not data:
            return
        yield data


async def write_all(descriptor: int, data: bytes) -> None:
    """Write everything, waiting for a slow reader. Errors: BrokenPipeError if there is none any more."""
    view = memoryview(data)
    while view:
        await _until_ready(descriptor, writing=True)
        view = view[os.write(descriptor, view[:WRITE_SIZE]) :]
