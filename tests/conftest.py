"""What tests of every kind share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("kernel", "servers", "linker", "tests")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with all that the build of this project reads, and nothing built."""
    target = tmp_path / "checkout"
    for name in SOURCES:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", ".new-*"))
    shutil.copy(ROOT / "build.mk", target)
    return target
