"""`tisslab completion`: scripts that the shells themselves accept and that know every command."""

from __future__ import annotations

import subprocess

import pytest

from tisslab import cli
from tisslab.commands import COMMANDS


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_every_command_is_known(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for name in COMMANDS:
        assert name in script
    assert "tisslab" in script


def test_bash_completes(capsys: pytest.CaptureFixture[str]) -> None:
    """Ask bash itself, as a press of Tab after `tisslab ma` would."""
    assert cli.main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    ask = 'COMP_WORDS=(tisslab ma); COMP_CWORD=1; COMP_LINE="tisslab ma"; COMP_POINT=10; '
    ask += "f=$(complete -p tisslab | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $f tisslab ma tisslab; echo \"${COMPREPLY[@]}\""
    done = subprocess.run(["bash", "-c", script + "\n" + ask], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["machines"]


def test_another_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", "fish"]) == 2
    assert "there is no completion for the shell 'fish': choose bash, zsh, tcsh" in capsys.readouterr().err
