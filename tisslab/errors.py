"""What can go wrong in the lab, and the exit status that each kind ends a command with.

    TissError                 1    any of these; never raised itself
    ├── BadInputError         2    the user gave something that cannot work: an option, a file, a combination
    ├── ToolMissingError      3    a program or library that the job needs is not installed
    ├── BuildError            1    a compiler or linker said no
    └── MachineError        125    the machine could not start, or was lost
        └── ProtocolError   125    the guest broke the rules of the lab channel

A guest that ran and ended is no error: it has a verdict (`tisslab.verdict`) with an exit status of its own. Every message is one
sentence that names the thing and the way out; the command line prints it as `tisslab: <message>` on standard error.
"""

from typing import ClassVar

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_TOOL_MISSING = 3
EXIT_TIMED_OUT = 124
EXIT_MACHINE_LOST = 125
EXIT_INTERRUPTED = 130
EXIT_PANICKED = 255


class TissError(Exception):
    """Anything that the lab can say in one sentence; `exit_status` is what the process then ends with."""

    exit_status: ClassVar[int] = EXIT_FAILED


class BadInputError(TissError):
    """The user gave something that cannot work."""

    exit_status = EXIT_BAD_INPUT


class ToolMissingError(TissError):
    """A program or library is not installed; the message names the package that brings it."""

    exit_status = EXIT_TOOL_MISSING


class BuildError(TissError):
    """A compiler or linker refused its input; its own words went to standard error."""


class MachineError(TissError):
    """The machine could not start, or was lost while it ran."""

    exit_status = EXIT_MACHINE_LOST


class ProtocolError(MachineError):
    """The bytes on the lab channel are not what the ABI says; the system in the guest is at fault."""
