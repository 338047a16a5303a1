"""Programs that tests of the lab compile: freestanding C, by each compiler, for each architecture. And a repository of git's."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

COMPILERS = {
    ("clang", "x86_64"): ["clang", "--target=x86_64-unknown-elf", "-mno-omit-leaf-frame-pointer", "-fuse-ld=lld"],
    ("clang", "riscv64"): ["clang", "--target=riscv64-unknown-elf", "-march=rv64imac", "-mabi=lp64", "-mno-relax", "-fuse-ld=lld"],
    ("gcc", "x86_64"): ["gcc", "-mno-omit-leaf-frame-pointer"],
    ("gcc", "riscv64"): ["riscv64-linux-gnu-gcc"],
}
OPTIONS = ["-ffreestanding", "-fno-omit-frame-pointer", "-fno-stack-protector", "-fno-pie", "-nostdlib", "-static"]
OPTIONS += ["-fno-asynchronous-unwind-tables", "-ffunction-sections", "-Wl,--gc-sections", "-Wl,-z,separate-code", "-Wl,-z,norelro"]

CompileProgram = Callable[..., Path]


@pytest.fixture(params=list(itertools.product(("clang", "gcc"), ("x86_64", "riscv64"))), ids="-".join)
def toolchain(request: pytest.FixtureRequest) -> tuple[str, str]:
    """(compiler, architecture), each in turn."""
    compiler, arch = request.param
    return compiler, arch


@pytest.fixture
def compile_program(tmp_path: Path) -> CompileProgram:
    """compile_program(source, compiler=, arch=, options=) -> the ELF executable, of a source file `program.c`."""

    def compile_it(source: str, *, compiler: str = "clang", arch: str = "x86_64", options: tuple[str, ...] = ("-O2", "-gdwarf-4")) -> Path:
        (tmp_path / "program.c").write_text(source)
        command = [*COMPILERS[compiler, arch], *OPTIONS, *options, "program.c", "-o", "program.elf"]
        subprocess.run(command, cwd=tmp_path, check=True)
        return tmp_path / "program.elf"

    return compile_it


@pytest.fixture(autouse=True)
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for each test, so that none sees what another left."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository of git's."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path
