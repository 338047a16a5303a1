"""tisslab.scaffold: names, and writing all or nothing. That what it writes builds and answers: tests/system."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tisslab import build, cli
from tisslab.errors import BadInputError
from tisslab.scaffold import NAME_MAX, RESERVED, check_name, plan_server, write_server

MANIFEST = '[[server]]\nname = "echo"\nmemory = "128K"\n'


@pytest.fixture
def servers(tmp_path: Path) -> Path:
    folder = tmp_path / "servers"
    (folder / "echo").mkdir(parents=True)
    (folder / "manifest.toml").write_text(MANIFEST)
    return folder


def everything(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_new_server(servers: Path) -> None:
    written = write_server(plan_server("clock", servers=servers), servers=servers)
    assert (
        set(everything(servers)) == {"clock/main.c", "clock/clock.h", "manifest.toml"} == {str(one.relative_to(servers)) for one in written}
    )
    assert "CLOCK_ADD = 1" in everything(servers)["clock/clock.h"]
    assert '#include "clock.h"' in everything(servers)["clock/main.c"]
    assert not any("@" in text for text in everything(servers).values())
    manifest = everything(servers)["manifest.toml"]
    assert manifest.startswith(MANIFEST)
    assert [entry["name"] for entry in tomllib.loads(manifest)["server"]] == ["echo", "clock"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "use lower-case letters"),
        ("Clock", "use lower-case letters"),
        ("1clock", "use lower-case letters"),
        ("a-b", "use lower-case letters"),
        ("../x", "use lower-case letters"),
        ("a b", "use lower-case letters"),
        ("clock\n", "use lower-case letters"),
        ("x" * (NAME_MAX + 1), f"use at most {NAME_MAX} letters"),
        *((name, "means something else") for name in RESERVED),
    ],
)
def test_bad_names(name: str, sentence: str, servers: Path) -> None:
    before = everything(servers)
    with pytest.raises(BadInputError, match=sentence):
        plan_server(name, servers=servers)
    assert everything(servers) == before


def test_the_longest_name_fits() -> None:
    check_name("x" * NAME_MAX)


def test_names_that_are_taken(servers: Path) -> None:
    with pytest.raises(BadInputError, match="there is a server 'echo' already"):
        plan_server("echo", servers=servers)
    (servers / "manifest.toml").write_text('[[server]]\nname = "planned"\n')
    with pytest.raises(BadInputError, match="names a server 'planned' already"):
        plan_server("planned", servers=servers)


def test_a_manifest_that_cannot_be_read(servers: Path) -> None:
    (servers / "manifest.toml").write_text("[[server\n")
    with pytest.raises(BadInputError, match="is no proper TOML"):
        plan_server("clock", servers=servers)
    (servers / "manifest.toml").unlink()
    with pytest.raises(BadInputError, match="run this in a checkout"):
        plan_server("clock", servers=servers)


@pytest.mark.parametrize("failing", ["write_text", "rename", "replace"])
def test_a_failure_leaves_nothing_behind(servers: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    server, before = plan_server("clock", servers=servers), everything(servers)
    real, calls = getattr(Path, failing), []

    def fail_at_the_last(self: Path, *arguments: object) -> object:
        calls.append(self)
        if len(calls) == {"write_text": 3, "rename": 2, "replace": 1}[failing]:
            raise OSError(28, "No space left on device")
        return real(self, *arguments)

    monkeypatch.setattr(Path, failing, fail_at_the_last)
    with pytest.raises(BadInputError, match=r"'clock' cannot be written to .*: No space left on device"):
        write_server(server, servers=servers)
    monkeypatch.undo()
    assert everything(servers) == before
    assert {path.name for path in servers.iterdir()} == {"echo", "manifest.toml"}


def test_the_command(servers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(build, "ROOT", servers.parent)
    assert cli.main(["new", "server", "clock"]) == 0
    assert "wrote servers/clock/main.c" in capsys.readouterr().out
    assert cli.main(["new", "server", "clock"]) == 2
    assert "there is a server 'clock' already" in capsys.readouterr().err
    assert cli.main(["new", "driver", "clock"]) == 2
    assert "no template for a new 'driver'" in capsys.readouterr().err
