"""The shell's line editor and the library's text functions, compiled for the host under the sanitizers."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ROOT / "servers"
# The library's own versions get names of their own: the sanitizers bring the C library's.
OWN = [f"-D{name}=own_{name}" for name in ("memcpy", "memmove", "memset", "memcmp", "strlen", "strcmp")]
UP, DOWN, RIGHT, LEFT, HOME, END, DELETE = (f"\033[{key}" for key in ("A", "B", "C", "D", "H", "F", "3~"))


def compile_for_host(folder: Path, test: str, *sources: str) -> Path:
    if not shutil.which("gcc"):
        pytest.skip("gcc is not installed")
    architecture = {"x86_64": "x86_64", "riscv64": "riscv64"}.get(platform.machine())
    if architecture is None:
        pytest.skip(f"the headers have no stubs for {platform.machine()}")
    generator = [sys.executable, str(ROOT / "kernel" / "abi" / "gen.py"), "--arch", architecture, "--out", str(folder)]
    subprocess.run(generator, check=True)
    program = folder / "program"
    flags = ["-std=gnu11", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-main", "-fno-builtin", "-fsanitize=address,undefined"]
    flags += ["-fno-sanitize-recover=all", f"-I{folder}", f"-I{SERVERS}", f"-I{SERVERS / 'lib'}", *OWN]
    files = [str(Path(__file__).parent / test), *(str(SERVERS / source) for source in sources)]
    subprocess.run(["gcc", *flags, *files, "-o", str(program)], check=True)
    return program


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    return compile_for_host(folder, "keys.c", "shell/line.c", "shell/history.c", "lib/string.c", "lib/format.c")


def typed(editor: Path, keys: str) -> list[str]:
    """Each line as the editor left it: how it ended, its text, and the terminal's row."""
    result = subprocess.run([editor], input=keys.encode(), capture_output=True, check=False)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode().splitlines()


@pytest.mark.parametrize(
    ("keys", "last"),
    [
        ("ping", "open:ping|> ping_"),
        ("pong\x7f\x7f\x7fing", "open:ping|> ping_"),
        ("png" + LEFT * 2 + "i", "open:ping|> pi_ng"),
        ("ing" + HOME + "p", "open:ping|> p_ing"),
        ("ing\x01p\x05!", "open:ping!|> ping!_"),
        ("in" + HOME + "p" + END + "g", "open:ping|> ping_"),
        ("in\033[1~p\033[4~g", "open:ping|> ping_"),
        ("in\033OHp\033OFg", "open:ping|> ping_"),
        ("xping" + HOME + DELETE, "open:ping|> _ping"),
        ("xping\x01\x04", "open:ping|> _ping"),
        ("ping 10" + LEFT * 3 + "\x0b", "open:ping|> ping_"),
        ("xx ping" + LEFT * 4 + "\x15", "open:ping|> _ping"),
        ("ping one two  \x17", "open:ping one |> ping one _"),
        ("\x17\x15\x0b\x7f" + LEFT + RIGHT + DELETE, "open:|> _"),
        ("p\x0cing", "open:ping|> ping_"),
        ("ping" + "\x02" * 2 + "\x06\x04", "open:pin|> pin_"),
        ("p\x00\x07\t\x1bxing", "open:ping|> ping_"),
    ],
)
def test_editing(editor: Path, keys: str, last: str) -> None:
    assert typed(editor, keys)[-1] == last


@pytest.mark.parametrize(("end", "how"), [("\r", "done"), ("\n", "done"), ("\x03", "interrupted")])
def test_ends(editor: Path, end: str, how: str) -> None:
    first, second = typed(editor, "ping" + end)
    assert first.startswith(f"{how}:ping|")
    assert second == "open:|> _"


def test_a_return_with_a_line_feed_is_one_line(editor: Path) -> None:
    assert [line.split("|")[0] for line in typed(editor, "a\r\nb\n\nc")] == ["done:a", "done:b", "done:", "open:c"]


def test_control_d_closes_an_empty_line_only(editor: Path) -> None:
    assert typed(editor, "\x04")[0].startswith("closed:|")
    assert typed(editor, "ab\x04")[0].startswith("open:ab|")


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (UP, "two"),
        (UP + UP, "one"),
        (UP + UP + UP, "one"),
        (UP + UP + DOWN, "two"),
        ("new" + UP + DOWN, "new"),
        (DOWN + "x", "x"),
        (UP + "!", "two!"),
        ("\x10\x10\x0e", "two"),
    ],
)
def test_history(editor: Path, keys: str, text: str) -> None:
    assert typed(editor, "one\ntwo\n" + keys)[-1] == f"open:{text}|> {text}_"


def test_history_keeps_no_empty_and_no_repeated_line(editor: Path) -> None:
    assert typed(editor, "one\ntwo\ntwo\n\n" + UP + UP)[-1].startswith("open:one|")


def test_history_forgets_the_oldest(editor: Path) -> None:
    lines = "".join(f"line {number}\n" for number in range(20))
    assert typed(editor, lines + UP * 30)[-1].startswith("open:line 4|")


def test_a_long_line_stops(editor: Path) -> None:
    assert typed(editor, "x" * 1000)[-1].split("|")[0] == "open:" + "x" * 239


def test_formats_numbers_and_strings(tmp_path: Path) -> None:
    program = compile_for_host(tmp_path, "formats.c", "lib/string.c", "lib/format.c")
    result = subprocess.run([program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
