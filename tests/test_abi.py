"""The interface's generator: what is committed is what abi.toml says, what it makes compiles, and mistakes are one sentence."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tisslab import _abi

ROOT = Path(__file__).resolve().parents[1]
ABI = ROOT / "kernel" / "abi"
TOML = ABI / "abi.toml"
COMPILERS = {
    "x86_64": ["clang-14", "--target=x86_64-unknown-elf"],
    "riscv64": ["clang-14", "--target=riscv64-unknown-elf", "-march=rv64imac", "-mabi=lp64"],
}


def generate(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ABI / "gen.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """A copy of abi.toml with one thing changed."""
    text = TOML.read_text()
    assert text.count(old) >= 1
    path = tmp_path / "abi.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_committed_outputs_are_current() -> None:
    result = generate("--check")
    assert (result.returncode, result.stderr) == (0, "")


def test_check_finds_a_stale_output(tmp_path: Path) -> None:
    abi = changed(tmp_path, "servers_max = 24", "servers_max = 23")
    result = generate("--check", "--abi", abi)
    assert result.returncode == 1
    assert "_abi.py is not what abi.toml says" in result.stderr
    assert "abi.md is not what abi.toml says" in result.stderr


@pytest.mark.parametrize("architecture", list(_abi.REGISTERS))
def test_headers_compile_and_agree(architecture: str, tmp_path: Path) -> None:
    """Sizes and offsets are asserted by the headers themselves, in C; the assembler reads them too."""
    if not shutil.which("clang-14"):
        pytest.skip("clang-14 is not installed")
    assert generate("--arch", architecture, "--out", tmp_path).returncode == 0
    source = "#include <tiss/abi.h>\n#include <tiss/registers.h>\n#include <tiss/syscalls.h>\n"
    source += "#define NAME(upper, lower) sys_##lower,\nenum { SYSCALLS(NAME) sys_end };\n"
    source += '_Static_assert(sys_end == SYS_COUNT, "SYSCALLS");\n'
    for status in _abi.Status:
        source += f'_Static_assert(STATUS_{status.name} == {int(status)}, "");\n'
    for index, name in enumerate(_abi.REGISTERS[architecture].names):
        source += f'_Static_assert(REG_{name} == {8 * index}, "");\n'
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fsyntax-only", f"-I{tmp_path}"]
    for language, text in (("c", source), ("assembler-with-cpp", "#include <tiss/registers.h>\n.quad ABI_MAGIC, REGISTERS_SIZE\n")):
        command = [*COMPILERS[architecture], *flags, f"-x{language}", "-"]
        if language != "c":
            command = [
                *COMPILERS[architecture],
                "-D__ASSEMBLER__",
                f"-I{tmp_path}",
                f"-x{language}",
                "-c",
                "-",
                "-o",
                str(tmp_path / "out.o"),
            ]
        result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr


def test_unchanged_output_is_left_alone(tmp_path: Path) -> None:
    generate("--arch", "x86_64", "--out", tmp_path)
    header = tmp_path / "tiss" / "abi.h"
    before = header.stat().st_mtime_ns
    generate("--arch", "x86_64", "--out", tmp_path)
    assert header.stat().st_mtime_ns == before
    generate("--arch", "riscv64", "--out", tmp_path)
    assert header.stat().st_mtime_ns != before
    assert sorted(path.name for path in header.parent.iterdir()) == ["abi.h", "registers.h", "syscalls.h"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('["version", "u32", "ABI version"]', '["version", "u24", "ABI version"]', "unknown type 'u24'"),
        ('["version", "u32", "ABI version"]', '["version", "u16", "ABI version"]', "needs padding"),
        ('errors = ["no_cap",', 'errors = ["no_capp",', "unknown error 'no_capp'"),
        ('type = "endpoint"', 'type = "endpont"', "unknown type 'endpont'"),
        ('rights = ["read"]', 'rights = ["reed"]', "unknown right 'reed'"),
        ('name = "call"\nkind = "message"', 'name = "call"\nkind = "massage"', "neither message nor plain"),
        ('pc = "rip"', 'pc = "eip"', "'eip' is not among its registers"),
        ('name = "send"', 'name = "call"', "'call' is declared twice"),
        ('name = "send"', 'name = "register"', "is a keyword"),
        ("shift = 28, bits = 4", "shift = 27, bits = 4", "info field caps overlaps"),
        ("[fault]\nbase", "[fault]\nbass", "the key 'base' is missing"),
        ("[abi]", "[abi", "abi.toml"),
    ],
)
def test_a_mistake_is_one_sentence(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    result = generate("--abi", changed(tmp_path, old, new), "--arch", "x86_64", "--out", tmp_path / "out")
    assert result.returncode == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--arch", "vax", "--out", "x"), "unknown architecture 'vax': abi.toml has x86_64, riscv64"),
        (("--arch", "x86_64"), "--arch and --out go together"),
        ((), "nothing to do"),
        (("--abi", "missing.toml", "--check"), "missing.toml: No such file"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], sentence: str) -> None:
    result = generate(*arguments)
    assert result.returncode == 2
    assert sentence in result.stderr


def test_reference_page_has_every_call_and_error() -> None:
    page = (ROOT / "docs" / "abi.md").read_text()
    for call in _abi.SYSCALLS:
        section = page.split(f"### {call.number}: {call.name}\n", 1)[1].split("\n### ", 1)[0]
        listed = re.findall(r"`(\w+)`", section.split("Errors:", 1)[1].splitlines()[0])
        assert tuple(listed) == call.errors
        assert all(f"| {argument.name} |" in section for argument in call.args)


def test_statuses_are_few_and_each_says_what_to_do() -> None:
    assert len(_abi.Status) <= 16
    for status in set(_abi.Status) - {_abi.Status.OK}:
        what, _, advice = _abi.STATUS_TEXTS[status].partition(": ")
        assert what and advice, f"{status.name} says no way out: {_abi.STATUS_TEXTS[status]}"


def test_structures_parse_what_they_lay_out() -> None:
    data = bytearray(_abi.BootInfo.SIZE)
    offset = _abi.BootInfo.OFFSETS
    data[offset["magic"] : offset["magic"] + 8] = _abi.ABI_MAGIC.to_bytes(8, "little")
    data[offset["command_line"] : offset["command_line"] + 5] = b"a=b\0c"
    at = offset["device"] + _abi.BootDevice.SIZE
    data[at : at + 4] = b"exit"
    data[offset["clock"] + 20] = 1
    info = _abi.BootInfo.parse(bytes(data))
    assert info.magic == _abi.ABI_MAGIC
    assert info.command_line == "a=b"
    assert [device.name for device in info.device] == ["", "exit", "", ""]
    assert info.clock.instructions == 1
    with pytest.raises(ValueError, match="boot_info needs"):
        _abi.BootInfo.parse(bytes(data[:-1]))


def test_events_parse() -> None:
    started = _abi.EVENTS[_abi.EventKind.STARTED]
    assert started.parse(b"echo".ljust(32, b"\0") + (2).to_bytes(8, "little")) == {"name": "echo", "starts": 2}
    with pytest.raises(ValueError, match="started needs 40 bytes"):
        started.parse(b"")
