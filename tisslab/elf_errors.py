"""What reading a damaged ELF file by pyelftools can raise."""

from __future__ import annotations


def elf_errors() -> tuple[type[Exception], ...]:
    """What pyelftools raises on damaged files: its own errors, and those of the code that meets the damage unprepared."""
    from elftools.common.exceptions import DWARFError, ELFError
    from elftools.construct import ConstructError

    found: tuple[type[Exception], ...] = (ELFError, DWARFError, ConstructError)
    return (*found, ValueError, LookupError, AttributeError, TypeError, AssertionError, OverflowError, RecursionError)
