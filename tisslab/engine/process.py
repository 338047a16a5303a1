"""A child process that cannot outlive the lab: it has a process group of its own and dies with its parent, even if that was killed."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tisslab.errors import MachineError, ToolMissingError

PR_SET_PDEATHSIG = 1
TERMINATION_PATIENCE = 1.0
"""Seconds from SIGTERM to SIGKILL: time for QEMU to flush a disk image, should it have one."""

_libc = ctypes.CDLL(None, use_errno=True)


def _die_with(parent: int) -> Callable[[], None]:
    """What the child does between fork and exec. Only async-signal-safe calls, no allocation to speak of."""

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # the parent may have died before the line above: then no signal comes any more
        if os.getppid() != parent:
            os._exit(1)

    return prepare


class Process:
    """One running child. Its standard input is empty, its standard output and error go to a memory file: see `complaint`.

    The death signal is tied to the thread that starts the process: start it from the main thread.
    """

    def __init__(self, command: Sequence[str], *, descriptors: Sequence[int], package: str) -> None:
        """Start it, with these file descriptors open under the same numbers.

        Errors: ToolMissingError if there is no such program (`package` is what Debian calls it), MachineError if it cannot be started.
        """
        self.name = Path(command[0]).name
        self._output = os.memfd_create("output", os.MFD_CLOEXEC)
        self._pidfd = -1
        try:
            self.started = time.monotonic()
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                pass_fds=descriptors,
                process_group=0,
                preexec_fn=_die_with(os.getpid()),
            )
        except FileNotFoundError as error:
            os.close(self._output)
            raise ToolMissingError(f"{command[0]} is not installed: 'apt-get install {package}' brings it") from error
        except OSError as error:
            os.close(self._output)
            raise MachineError(f"{command[0]} cannot be started: {error.strerror}") from error
        self._pidfd = os.pidfd_open(self._popen.pid)

    @property
    def pid(self) -> int:
        """The process's number, which is also its group's."""
        return self._popen.pid

    @property
    def pidfd(self) -> int:
        """A descriptor that becomes readable when the process has ended."""
        return self._pidfd

    def exit_code(self) -> int | None:
        """Return the exit code, minus the signal's number if one killed it, None while it runs."""
        return self._popen.poll()

    def output(self) -> str:
        """Return all that it wrote to standard output and error so far, but for its remark on the signal that `end` sends."""
        text = os.pread(self._output, os.fstat(self._output).st_size, 0).decode(errors="replace")
        return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(f"{self.name}: terminating on signal"))

    def complaint(self) -> str:
        """Return the errors that it reported, in one line: what follows its own name, warnings left out."""
        prefix = f"{self.name}: "
        lines = [line.removeprefix(prefix) for line in self.output().splitlines() if line.startswith(prefix)]
        return "; ".join(line for line in lines if not line.startswith("warning:"))

    def end(self) -> None:
        """End the process and its group: a polite signal, and soon the one that cannot be ignored."""
        if self._popen.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)
            poll = select.poll()
            poll.register(self._pidfd, select.POLLIN)
            if not poll.poll(TERMINATION_PATIENCE * 1000):
                os.killpg(self.pid, signal.SIGKILL)
            self._popen.wait()

    def close(self) -> None:
        """End it and give its descriptors back. May be called again."""
        self.end()
        if self._pidfd >= 0:
            os.close(self._pidfd)
            os.close(self._output)
            self._pidfd = -1
