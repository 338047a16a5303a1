"""The command line itself: quick, one sentence for an error, and quiet when nobody reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tisslab import cli
from tisslab.commands import COMMANDS
from tisslab.errors import BadInputError, BuildError, MachineError, TissError, ToolMissingError

TISSLAB = [sys.executable, "-m", "tisslab"]


def test_help_imports_nothing_slow() -> None:
    program = "import sys; from tisslab.cli import run\ntry: run(['--help'])\nexcept SystemExit: print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "argparse" in loaded
    assert loaded.isdisjoint({"rich", "asyncio", "qemu", "elftools", "lief", "subprocess", "json", "tisslab._abi"})


def test_startup_is_measured_beside_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bench", "startup", "--rounds", "2", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["rounds"] == 2
    assert record["ratio"] == pytest.approx(record["help_ms"] / record["python_ms"], abs=0.02)
    assert record["help_ms"] > record["python_ms"] > 0


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_helps_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([name, "--help"])
    assert caught.value.code == 0
    assert "example:\n  " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "status"),
    [(BadInputError("x"), 2), (ToolMissingError("x"), 3), (BuildError("x"), 1), (MachineError("x"), 125)],
)
def test_an_error_is_a_sentence_and_a_status(
    error: TissError, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tisslab.commands import machines

    def fail(args: object) -> int:
        raise error

    monkeypatch.setattr(machines, "run", fail)
    assert cli.main(["machines"]) == status
    assert capsys.readouterr() == ("", "tisslab: x\n")
    assert cli.main(["machines", "--json"]) == status
    assert json.loads(capsys.readouterr().out) == {"error": "x", "exit_status": status}


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    from tisslab.commands import machines

    def interrupt(args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(machines, "run", interrupt)
    assert cli.main(["machines"]) == 130


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "required: COMMAND"),
        (["frob"], "there is no command 'frob': choose doctor, build, boot"),
        (["machines", "--", "-S"], "'machines' takes nothing after '--'"),
        (["bench"], "required: SUBJECT"),
        (["--frob"], "there is no option '--frob'"),
        (["-x", "machines"], "unrecognized arguments: -x"),
        (["machines", "more", "--frob"], "unrecognized arguments: more --frob (see 'tisslab machines --help')"),
    ],
)
def test_wrong_use_is_2(argv: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(argv) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert (out, err.count("\n")) == ("", 1)


def test_wrong_use_with_json_is_a_record_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["machines", "--json", "more"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": err.removeprefix("tisslab: ").strip(), "exit_status": 2}
    assert cli.main(["machines", "--", "--json"]) == 2
    assert capsys.readouterr().out == ""


def test_what_follows_the_dashes_is_passed_on() -> None:
    args = cli.parse(["boot", "--arch", "riscv64", "--", "-S", "--", "-d", "int"])
    assert args.after_dashes == ["-S", "--", "-d", "int"]


def test_machines_are_listed_and_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["machines"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("q35", "microvm", "virt", "virt-opensbi"))
    assert "\x1b" not in listed
    assert cli.main(["machines", "--arch", "riscv64", "--json"]) == 0
    assert [one["machine"] for one in json.loads(capsys.readouterr().out)] == ["virt", "virt-opensbi"]


def test_a_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*TISSLAB, "machines", "--json"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
