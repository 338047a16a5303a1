"""Keys for the lab and keys for the guest, and a terminal that is itself again afterwards."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Iterator

import pytest

from tisslab.terminal import Keyboard, PrefixFilter, RawTerminal, Wish


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"ls\r\x03\x04", [b"ls\r\x03\x04"]),
        (b"\x01x", [Wish.LEAVE]),
        (b"\x01X", [Wish.LEAVE]),
        (b"a\x01hb", [b"a", Wish.HELP, b"b"]),
        (b"\x01\x01", [b"\x01"]),
        (b"\x01q", []),
        (b"a\x01", [b"a"]),
    ],
)
def test_the_prefix_tells_keys_apart(data: bytes, parts: list[bytes | Wish]) -> None:
    assert PrefixFilter().feed(data) == parts


def test_the_prefix_is_remembered_across_reads() -> None:
    keys = PrefixFilter()
    assert keys.feed(b"a\x01") == [b"a"]
    assert keys.feed(b"xb") == [Wish.LEAVE, b"b"]


@pytest.fixture
def pty() -> Iterator[tuple[int, int]]:
    """(the user's end, the program's end) of a terminal."""
    user, program = os.openpty()
    yield user, program
    os.close(user)
    os.close(program)


def test_the_terminal_is_raw_inside_and_itself_again_after_an_error(pty: tuple[int, int]) -> None:
    _, program = pty
    before = termios.tcgetattr(program)
    with pytest.raises(RuntimeError), RawTerminal(program):
        local, output = termios.tcgetattr(program)[3], termios.tcgetattr(program)[1]
        assert not local & (termios.ICANON | termios.ECHO | termios.ISIG)
        assert output & termios.OPOST
        raise RuntimeError
    assert termios.tcgetattr(program) == before


def test_the_keyboard_keeps_the_guests_keys_and_acts_on_the_labs(pty: tuple[int, int]) -> None:
    user, program = pty
    wishes: list[Wish] = []

    async def type_and_read() -> bytes:
        with RawTerminal(program), Keyboard(program, act=wishes.append, hang_up=lambda: None) as keyboard:
            os.write(user, b"a\x03b\x01h")
            got = b""
            async with asyncio.timeout(5):
                async for data in keyboard.keys():
                    got += data
                    if len(got) == 3:
                        break
                while not wishes:
                    await asyncio.sleep(0.001)
            return got

    assert asyncio.run(type_and_read()) == b"a\x03b"
    assert wishes == [Wish.HELP]


def test_a_terminal_that_goes_away_is_told() -> None:
    user, program = os.openpty()

    async def hang_up() -> bool:
        gone = asyncio.Event()
        with RawTerminal(program), Keyboard(program, act=lambda wish: None, hang_up=gone.set):
            os.close(user)
            async with asyncio.timeout(5):
                await gone.wait()
        return True

    try:
        with pytest.raises(termios.error):  # a terminal that is gone cannot be restored
            assert asyncio.run(hang_up())
    finally:
        os.close(program)
