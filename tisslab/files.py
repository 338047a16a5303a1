"""Files that are written whole: who reads one finds all of it, or what was there before."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from tisslab.errors import BadInputError


def write_whole(path: Path, text: str) -> None:
    """Write a file aside and put it into its place. Errors: BadInputError; nothing is left of it then."""
    if path.exists() and not path.is_file():
        raise BadInputError(f"'{path}' is no file that can be written: give another")
    target = path.resolve()  # a link stays one
    aside = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(target)
    except OSError as error:
        raise BadInputError(f"'{path}' cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()


def check_place(path: Path) -> None:
    """Errors: BadInputError if a file cannot stand there; for what takes long until it is written."""
    if not path.resolve().parent.is_dir():
        raise BadInputError(f"there is no folder for '{path}': make it, or give another")
    if path.is_dir():
        raise BadInputError(f"'{path}' is a folder: give a file in it")
