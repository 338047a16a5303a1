"""`tisslab completion`: scripts that the shells themselves accept and that know every command."""

from __future__ import annotations

import subprocess

import pytest

from tisslab import cli
from tisslab.build import ROOT
from tisslab.commands import COMMANDS


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_every_command_is_known(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for name in COMMANDS:
        assert name in script
    assert "tisslab" in script


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("tisslab ma", "machines"),
        ("tisslab boot --arch r", "riscv64"),
        ("tisslab boot --machine virt", "virt virt-opensbi"),
        ("tisslab boot --accel k", "kvm"),
        ("tisslab bench boot --build-type r", "release"),
        ("tisslab build --compiler g", "gcc"),
        ("tisslab image ./pyproj", "./pyproject.toml"),
        ("tisslab boot --kernel ./pyproj", "./pyproject.toml"),
        ("tisslab completion z", "zsh"),
        ("tisslab new s", "server"),
    ],
)
def test_bash_completes(words: str, offered: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Ask bash itself, as a press of Tab behind the words would."""
    assert cli.main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    typed = words.split()
    ask = f'COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; COMP_LINE="{words}"; COMP_POINT={len(words)}; '
    ask += "f=$(complete -p tisslab | sed 's/.*-F \\([^ ]*\\).*/\\1/'); "
    ask += f'$f tisslab {typed[-1]} {typed[-2]}; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", script + "\n" + ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == offered.split()


def test_another_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", "fish"]) == 2
    assert "there is no completion for the shell 'fish': choose bash, zsh, tcsh" in capsys.readouterr().err
