"""Guest memory as a file that the lab made: QEMU maps it by its descriptor, the lab reads it while the guest runs and after it ended."""

from __future__ import annotations

import mmap
import os

from tisslab.errors import MachineError


class GuestMemory:
    """RAM of `size` bytes whose first byte has the physical address `base`. It has no name in any file system."""

    def __init__(self, *, base: int, size: int) -> None:
        """Make it. Errors: MachineError if the host has no such memory to give."""
        self.base = base
        self.size = size
        try:
            self.descriptor = os.memfd_create("guest-ram", os.MFD_CLOEXEC)
            os.ftruncate(self.descriptor, size)
            self._view = mmap.mmap(self.descriptor, size)
        except OSError as error:
            raise MachineError(
                f"the host has no {size >> 20} MiB for the guest's memory ({error.strerror}): give less with --memory"
            ) from error

    def read(self, paddr: int, size: int) -> bytes:
        """Return what is there now. Errors: ValueError outside this memory."""
        start = paddr - self.base
        if start < 0 or start + size > self.size:
            raise ValueError(f"there are no {size} bytes of RAM at {paddr:#x}")
        return self._view[start : start + size]

    def close(self) -> None:
        """Give it back. May be called again."""
        if not self._view.closed:
            self._view.close()
            os.close(self.descriptor)
