"""The bounds on the kernel's size hold, and the command that prints the figures says so."""

from __future__ import annotations

import json

from tests.system.conftest import run_tisslab
from tisslab.build import COMMANDS
from tisslab.kernel_size import measure_size
from tisslab.machine import ARCHITECTURES


def test_the_bounds_hold() -> None:
    assert measure_size().broken() == []


def test_the_command_prints_a_record() -> None:
    ran = run_tisslab("bench", "size", "--json")
    assert ran.status == 0, ran.err
    record = json.loads(ran.out)
    assert record == measure_size().record()
    assert {(text["arch"], text["compiler"]) for text in record["text"]} == {
        (arch, compiler) for arch in ARCHITECTURES for compiler in COMMANDS
    }
    assert all(text["bytes"] > 20_000 for text in record["text"]), "not all of the kernel is counted"


def test_people_are_told() -> None:
    ran = run_tisslab("bench", "size")
    assert ran.status == 0, ran.err
    assert "portable share" in ran.out
    assert "x86_64 by clang" in ran.out
