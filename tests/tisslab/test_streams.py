"""Standard input and output of every kind, without blocking."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tisslab.streams import read_chunks, write_all


async def everything(descriptor: int) -> bytes:
    return b"".join([data async for data in read_chunks(descriptor)])


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"x" * 10000)
    with (tmp_path / "input").open("rb") as file:
        assert asyncio.run(everything(file.fileno())) == b"x" * 10000


def test_the_null_device_is_at_its_end() -> None:
    with Path("/dev/null").open("rb") as file:
        assert asyncio.run(everything(file.fileno())) == b""


def test_a_closed_input_is_at_its_end() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    assert asyncio.run(everything(reading)) == b""


def test_a_pipe_is_read_as_it_comes() -> None:
    async def relay() -> list[bytes]:
        reading, writing = os.pipe()
        got = []
        os.write(writing, b"one")
        async for data in read_chunks(reading):
            got.append(data)
            if len(got) == 1:
                os.write(writing, b"two")
                os.close(writing)
        os.close(reading)
        return got

    assert asyncio.run(relay()) == [b"one", b"two"]


def test_writing_waits_for_a_slow_reader_and_lets_others_run() -> None:
    async def relay() -> bytes:
        reading, writing = os.pipe()
        data = os.urandom(1 << 20)
        task = asyncio.create_task(write_all(writing, data))
        await asyncio.sleep(0.02)
        assert not task.done()
        got = b""
        async for part in read_chunks(reading):
            got += part
            if len(got) == len(data):
                break
        await task
        os.close(reading)
        os.close(writing)
        assert got == data
        return got

    assert len(asyncio.run(relay())) == 1 << 20


def test_nobody_who_reads_is_an_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        asyncio.run(write_all(writing, b"x"))
    os.close(writing)
