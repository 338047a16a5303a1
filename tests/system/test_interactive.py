"""The console on a terminal: raw while the guest runs, itself again afterwards, with one key for the lab."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.system.conftest import TISSLAB, is_qemu, qemu_of, wait_until
from tisslab.machine import Machine

PROMPT = b"tiss> "


@dataclass
class Terminal:
    """A user at a terminal, with `tisslab boot` on it."""

    process: subprocess.Popen[str]
    user: int
    program: int
    before: list[object]
    seen: bytes = field(default=b"")

    def until(self, text: bytes) -> bytes:
        """Read up to `text`, and return it all."""
        deadline = time.monotonic() + 30
        while text not in self.seen:
            assert select.select([self.user], [], [], max(0, deadline - time.monotonic()))[0], self.seen
            self.seen += os.read(self.user, 4096)
        end = self.seen.index(text) + len(text)
        taken, self.seen = self.seen[:end], self.seen[end:]
        return taken

    def type(self, keys: bytes) -> None:
        os.write(self.user, keys)

    def status(self) -> int:
        """Wait for the end while reading, as a terminal does."""
        deadline = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            if select.select([self.user], [], [], 0.01)[0]:
                self.seen += os.read(self.user, 4096)
        while select.select([self.user], [], [], 0)[0]:  # its last words
            self.seen += os.read(self.user, 4096)
        return self.process.returncode

    @property
    def restored(self) -> bool:
        """Is the terminal as it was before?"""
        return termios.tcgetattr(self.program) == self.before


Start = Callable[..., Terminal]


@pytest.fixture
def start() -> Iterator[Start]:
    terminals: list[Terminal] = []

    def start_it(*arguments: str) -> Terminal:
        user, program = pty.openpty()
        before: list[object] = list(termios.tcgetattr(program))
        process = subprocess.Popen(
            [*TISSLAB, "boot", *arguments], stdin=program, stdout=program, stderr=program, text=True, start_new_session=True
        )
        terminals.append(Terminal(process, user, program, before))
        return terminals[-1]

    yield start_it
    for terminal in terminals:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.user)
        os.close(terminal.program)


def test_a_session_at_the_keyboard(start: Start, machine: Machine) -> None:
    terminal = start("--machine", machine.name)
    terminal.until(PROMPT)
    assert not terminal.restored
    terminal.type(b"ping 3\r")
    assert b"3 round trips" in terminal.until(b"each")
    terminal.until(PROMPT)
    terminal.type(b"exit 5\r")
    assert terminal.status() == 5
    assert terminal.restored


def test_control_c_reaches_the_guest(start: Start) -> None:
    terminal = start()
    terminal.until(PROMPT)
    terminal.type(b"exit 9\x03")  # the shell drops the line
    terminal.until(PROMPT)
    terminal.type(b"exit 5\r")
    assert terminal.status() == 5


def test_control_d_ends_the_shell(start: Start) -> None:
    terminal = start()
    terminal.until(PROMPT)
    terminal.type(b"\x04")
    assert terminal.status() == 0


def test_the_prefix_leaves_and_helps(start: Start) -> None:
    terminal = start()
    terminal.until(PROMPT)
    qemu = qemu_of(terminal.process)
    terminal.type(b"\x01h")
    assert b"Ctrl-A X" in terminal.until(b"this help")
    terminal.type(b"\x01x")
    assert terminal.status() == 0
    assert terminal.restored
    assert not is_qemu(qemu)


def test_the_labs_last_words_do_not_follow_the_prompt(start: Start) -> None:
    terminal = start()
    terminal.until(PROMPT)
    terminal.seen = PROMPT
    terminal.type(b"\x01x")
    assert terminal.status() == 0
    first, second = terminal.seen.splitlines()
    assert first == PROMPT
    assert b"the user left the machine" in second


def test_one_can_leave_before_the_system_is_ready(start: Start) -> None:
    terminal = start("--", "-S")
    wait_until(lambda: not terminal.restored)
    terminal.type(b"\x01x")
    assert terminal.status() == 0
    assert terminal.restored


def test_keys_that_were_typed_too_early_are_not_lost(start: Start) -> None:
    terminal = start()
    qemu_of(terminal.process)
    terminal.type(b"exit 8\r")
    assert terminal.status() == 8


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_restores_the_terminal(start: Start, number: signal.Signals) -> None:
    terminal = start()
    terminal.until(PROMPT)
    qemu = qemu_of(terminal.process)
    terminal.process.send_signal(number)
    assert terminal.status() == 130
    assert terminal.restored
    assert not is_qemu(qemu)


def test_a_panic_restores_the_terminal_and_is_told(start: Start) -> None:
    terminal = start()
    terminal.until(PROMPT)
    terminal.type(b"panic\r")
    assert terminal.status() == 255
    assert terminal.restored
    assert b"syscall_handle" in terminal.seen


def test_a_killed_qemu_restores_the_terminal(start: Start) -> None:
    terminal = start()
    terminal.until(PROMPT)
    os.kill(qemu_of(terminal.process), signal.SIGKILL)
    assert terminal.status() == 125
    assert terminal.restored


def test_a_timeout_restores_the_terminal(start: Start) -> None:
    terminal = start("--timeout", "1")
    assert terminal.status() == 124
    assert terminal.restored


def test_a_hung_up_terminal_leaves_no_qemu(start: Start) -> None:
    terminal = start()
    terminal.until(PROMPT)
    qemu = qemu_of(terminal.process)
    os.close(terminal.user)
    terminal.user = os.open(os.devnull, os.O_RDWR)
    terminal.process.wait(timeout=30)
    assert not is_qemu(qemu)
