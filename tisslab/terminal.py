"""The user's terminal as a console: raw while a guest runs, itself again on every path, with one key that talks to the lab.

    Ctrl-A X    leave           Ctrl-A H    help           Ctrl-A Ctrl-A    type Ctrl-A

Everything else, Ctrl-C too, is the guest's.
"""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType

PREFIX = 0x01
READ_SIZE = 4096
HELP = """
  Ctrl-A X       leave: the machine ends
  Ctrl-A H       this help
  Ctrl-A Ctrl-A  type Ctrl-A
  Ctrl-D         at a prompt: power off with the status of the last command
"""


class Wish(Enum):
    """What the user wants from the lab."""

    LEAVE = "leave"
    HELP = "help"


@dataclass
class PrefixFilter:
    """Tells keys for the lab from keys for the guest. No I/O; keeps in mind whether the prefix was the last key."""

    after_prefix: bool = False

    def feed(self, data: bytes) -> list[bytes | Wish]:
        """Return what the guest is to get and what the user wants of the lab, in order."""
        parts: list[bytes | Wish] = []
        typed = bytearray()
        for key in data:
            if not self.after_prefix:
                if key == PREFIX:
                    self.after_prefix = True
                else:
                    typed.append(key)
                continue
            self.after_prefix = False
            if key == PREFIX:
                typed.append(key)
            elif wish := WISHES.get(chr(key).lower()):
                if typed:
                    parts.append(bytes(typed))
                    typed.clear()
                parts.append(wish)
        return [*parts, bytes(typed)] if typed else parts


WISHES = {"x": Wish.LEAVE, "h": Wish.HELP, "?": Wish.HELP}


class RawTerminal:
    """A terminal in raw mode for the time of a `with`.

    Output processing stays on, so that a bare line feed of a guest starts a new line. Signals from keys are off: Ctrl-C is a byte.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._saved = termios.tcgetattr(descriptor)

    def __enter__(self) -> None:
        mode = termios.tcgetattr(self._descriptor)
        mode[0] &= ~(termios.BRKINT | termios.ICRNL | termios.INPCK | termios.ISTRIP | termios.IXON)
        mode[2] = mode[2] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
        mode[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, mode)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._saved)


@dataclass
class Keyboard:
    """Reads keys as they come: the guest's are kept until it takes them, the lab's are acted upon at once.

    `act` is called with each wish, `hang_up` when the terminal is gone.
    """

    descriptor: int
    act: Callable[[Wish], None]
    hang_up: Callable[[], None]
    _filter: PrefixFilter = field(default_factory=PrefixFilter)
    _keys: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    def __enter__(self) -> Keyboard:
        asyncio.get_running_loop().add_reader(self.descriptor, self._read)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        asyncio.get_running_loop().remove_reader(self.descriptor)

    def _read(self) -> None:
        try:
            data = os.read(self.descriptor, READ_SIZE)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self.descriptor)
            self.hang_up()
        for part in self._filter.feed(data):
            if isinstance(part, Wish):
                self.act(part)
            else:
                self._keys.put_nowait(part)

    async def keys(self) -> AsyncIterator[bytes]:
        """The guest's keys, for ever."""
        while True:
            yield await self._keys.get()
