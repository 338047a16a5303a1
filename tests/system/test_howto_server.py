"""docs/howto-server.md: its code is the project's own, and what it builds beside that does what the page shows, on both architectures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.system.test_new_server import tisslab

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "howto-server.md").read_text()
CODE = re.compile(r"^`(servers/[^`]+)`:\n\n```\w+\n(.*?\n)```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^    tiss> (.*)\n    (.*)$", re.MULTILINE)
CRASHES = 2


def code_of(path: str) -> list[str]:
    """The page's pieces of a file, in its order."""
    return [text for name, text in CODE.findall(PAGE) if name == path]


@pytest.mark.parametrize("path", ["servers/memory/main.c", "servers/memory/memory.h"])
def test_the_page_has_the_whole_of_the_server(path: str) -> None:
    assert "\n".join(code_of(path)) == (ROOT / path).read_text()


def test_the_page_has_the_servers_own_entry() -> None:
    assert code_of("servers/manifest.toml")[0] in (ROOT / "servers" / "manifest.toml").read_text()


def with_borrower(checkout: Path) -> None:
    """Write the page's client into a checkout."""
    folder = checkout / "servers" / "borrower"
    folder.mkdir()
    (folder / "main.c").write_text("\n".join(code_of("servers/borrower/main.c")))
    with (checkout / "servers" / "manifest.toml").open("a") as manifest:
        manifest.write("\n" + code_of("servers/manifest.toml")[1])


@pytest.mark.parametrize("arch", ["x86_64", "riscv64"])
def test_the_transcript_comes_out(checkout: Path, arch: str) -> None:
    with_borrower(checkout)
    shown = SHOWN.findall(PAGE)
    typed = "".join(f"{line}\n" for line, _ in shown)
    ran = tisslab(checkout, "boot", "--arch", arch, "--append", "check=invariants", typed=typed + "exit 7\n")
    assert ran.returncode == 7, ran.stderr
    assert "warning" not in ran.stderr
    lines = [line for line in ran.stdout.splitlines() if not line.startswith("init: ")]
    answers = [lines[at + 1] for at, line in enumerate(lines) if line.startswith("tiss> call")]
    assert answers == [answer for _, answer in shown]
    assert ran.stdout.count("init: borrower: page fault") == CRASHES


def test_every_byte_is_accounted_for_through_many_loans_and_deaths(checkout: Path) -> None:
    """More loans than the pool has pages, and a borrower that dies with each third of them."""
    with_borrower(checkout)
    rounds = "".join("call borrower 1 16\n" + ("call borrower 3 0x20000\n" if turn % 3 == 0 else "call borrower 2\n") for turn in range(9))
    ran = tisslab(checkout, "boot", "--arch", "riscv64", typed=f"mem\n{rounds}mem\ncall memory 4\nexit 7\n")
    assert ran.returncode == 7, ran.stderr
    assert ran.stdout.count("label 0 (done) 0x0 0x1fff000") == 9
    assert "label 0 (done) 0x20 0x20 0x0" in ran.stdout
    free = re.findall(r"^free +(\d+) bytes", ran.stdout, re.MULTILINE)
    assert len(free) == 2
    assert free[0] == free[1]
