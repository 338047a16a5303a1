"""The kernel's pure files, run here: every CASE of tests/kernel/*.c is a test, for both ABIs, built by both compilers, under sanitizers.

build.mk says how they are built; a case alone is `build/host/x86_64-clang/kernel_tests cap/a_case`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.kernel.host_build import ARCHITECTURES, COMPILERS, HERE, run_cases

CASE = re.compile(r"^(?:CASE|DAMAGE)\((\w+)[,)]", re.MULTILINE)


def source_cases() -> list[str]:
    """Every case by the name that the program gives it, read from the sources, so that collecting builds nothing."""
    paths = sorted(HERE.glob("*.c"))
    return [f"{path.stem.removeprefix('test_')}/{name}" for path in paths for name in CASE.findall(path.read_text())]


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("case", source_cases())
def test_case(case: str, arch: str, compiler: str, host_program: dict[tuple[str, str], Path]) -> None:
    outcome = run_cases(host_program[arch, compiler], case)
    assert outcome.passed == {case}, outcome.complaint


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_every_case_is_collected(arch: str, compiler: str, host_program: dict[tuple[str, str], Path]) -> None:
    assert sorted(run_cases(host_program[arch, compiler], "--list").listed) == sorted(source_cases())
