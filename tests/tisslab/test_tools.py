"""tisslab.tools and `tisslab doctor`: judging tools that are there, old, damaged or missing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tisslab import cli
from tisslab.commands import doctor
from tisslab.machine import ARCHITECTURES, MACHINES
from tisslab.tools import TOOLS, Finding, Probe, Tool, as_numbers, check, missing, parse_version

NOWHERE = Probe(lambda name: "", lambda name: "", lambda path: "", lambda name: "")
CLANG = Tool("clang", "compiles", "clang", command="clang", least=(14,))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright 2003", "7.2.22"),
        ("Debian clang version 14.0.6\nTarget: x86_64", "14.0.6"),
        ("gcc (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0"),
        ("GNU gdb (Debian 13.1-3) 13.1", "13.1"),
        ("GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu", "4.3"),
        ("Debian LLD 14.0.6 (compatible with GNU linkers)", "14.0.6"),
        ("Python 3.11.2", "3.11.2"),
        ("llvm-objcopy, compatible with GNU objcopy\nDebian LLVM version 14.0.6", "14.0.6"),
        ("usage: nothing\n1.2.3", ""),
        ("", ""),
    ],
)
def test_versions(text: str, version: str) -> None:
    assert parse_version(text) == version


def test_versions_compare_as_numbers() -> None:
    assert as_numbers("7.10") > as_numbers("7.9.9")


@pytest.mark.parametrize(
    ("path", "answer", "problem"),
    [
        ("/bin/clang", "clang version 14.0.6", ""),
        ("/bin/clang", "clang version 13.9", "too old: 14 or newer is needed"),
        ("/bin/clang", "clang version 9.0.1", "too old: 14 or newer is needed"),
        ("/bin/clang", "", "does not tell its version: is it damaged?"),
        ("", "", "not found"),
    ],
)
def test_a_program(path: str, answer: str, problem: str) -> None:
    finding = check(CLANG, replace(NOWHERE, find_command=lambda name: path, ask_version=lambda path: answer))
    assert finding.problem == problem
    assert finding.usable is (not problem)


def test_a_file_and_a_python_package() -> None:
    file, package = Tool("rom", "boots", "qemu", file="a.rom"), Tool("rich", "tables", "", distribution="rich")
    assert not check(file, NOWHERE).usable
    assert check(file, replace(NOWHERE, find_file=lambda name: f"/x/{name}")) == Finding(file, "/x/a.rom")
    assert not check(package, NOWHERE).usable
    assert check(package, replace(NOWHERE, find_distribution=lambda name: "15.0")) == Finding(package, "rich", "15.0")


def test_only_what_is_needed_counts_as_missing() -> None:
    optional = replace(CLANG, name="gcc", needed=False)
    assert missing([check(optional, NOWHERE), check(CLANG, NOWHERE)]) == [check(CLANG, NOWHERE)]


def test_the_table_is_whole() -> None:
    assert {one.qemu for one in ARCHITECTURES.values()} <= {tool.command for tool in TOOLS}
    assert {one.firmware for one in MACHINES if one.firmware.endswith(".rom")} <= {tool.file for tool in TOOLS}
    for tool in TOOLS:
        assert [bool(tool.command), bool(tool.file), bool(tool.distribution)].count(True) == 1, tool.name
        assert tool.purpose
        assert tool.package or tool.distribution, tool.name
        assert set(tool.architectures) <= set(ARCHITECTURES)
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)


# ---------------------------------------------------------------- the command


def test_everything_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["ok"] is True
    qemu = next(tool for tool in record["tools"] if tool["name"] == "qemu-system-riscv64")
    assert qemu["path"].endswith("qemu-system-riscv64")
    assert as_numbers(qemu["version"]) >= (7, 2)
    assert qemu["install"] is None


def test_what_is_missing_is_named_with_its_package(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert cli.main(["doctor", "--arch", "riscv64"]) == 3
    printed = capsys.readouterr().out
    assert "apt-get install qemu-system-misc" in printed
    assert "qemu-system-x86" not in printed
    assert "\x1b" not in printed
    assert cli.main(["doctor", "--json"]) == 3
    record = json.loads(capsys.readouterr().out)
    assert record["ok"] is False
    assert {tool["name"]: tool["install"] for tool in record["tools"]}["clang"] == "apt-get install clang"


def test_a_tool_that_hangs_does_not_hang_the_doctor(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "clang"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(doctor, "VERSION_TIMEOUT", 0.2)
    assert not check(CLANG, replace(doctor.PROBE, find_command=lambda name: str(slow))).usable


def test_an_unknown_architecture(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--arch", "vax"]) == 2
    assert "there is no architecture 'vax': choose x86_64 or riscv64" in capsys.readouterr().err
