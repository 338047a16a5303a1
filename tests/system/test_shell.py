"""The shell's commands that only tell: what they say agrees with the manifest and with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tisslab.driver import Console

ROOT = Path(__file__).resolve().parent.parent.parent
SERVERS = tomllib.loads((ROOT / "servers" / "manifest.toml").read_text())["server"]
COMMANDS = ("help", "ps", "caps", "mem", "ping", "call", "crash", "panic", "uptime", "exit")


def rows(answer: bytes) -> list[list[str]]:
    """An answer's lines as words, without the line that was typed."""
    return [line.split() for line in answer.decode().splitlines()[1:]]


def test_help_lists_every_command(console: Console) -> None:
    listed = [row[0] for row in rows(console.ask(b"help"))]
    assert tuple(listed[: len(COMMANDS)]) == COMMANDS


def test_ps_agrees_with_the_manifest_and_counts_starts(console: Console) -> None:
    told = {row[0]: row[1:4] for row in rows(console.ask(b"ps"))[1:]}
    assert told == {server["name"]: ["up", "1", str(server["priority"])] for server in SERVERS}
    console.ask(b"crash")
    again = {row[0]: row[1:4] for row in rows(console.ask(b"ps"))[1:]}
    assert again == {**told, "echo": ["up", "2", told["echo"][2]]}


def test_caps_are_those_that_the_manifest_gives(console: Console) -> None:
    held = [row[1] for row in rows(console.ask(b"caps echo"))[1:]]
    assert held == ["init", "endpoint"]
    shell = next(server for server in SERVERS if server["name"] == "shell")
    own = [row[1] for row in rows(console.ask(b"caps"))[1:]]
    assert own == ["init", "kernel", *shell["uses"]]


def test_uptime_goes_on(console: Console) -> None:
    def uptime() -> float:
        return float(re.findall(rb"up ([\d.]+) s", console.ask(b"uptime"))[0])

    first = uptime()
    assert first > 0
    assert any(uptime() > first for _ in range(1000))
