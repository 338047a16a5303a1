"""`tisslab new server`: what it writes builds without a warning, starts, and answers calls, on both architectures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def tisslab(checkout: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run tisslab as if `checkout` were the checkout that it was installed from."""
    program = (
        f"import sys; from pathlib import Path; from tisslab import build, cli; build.ROOT = Path({str(checkout)!r}); sys.exit(cli.main())"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], input=typed, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.mark.parametrize("arch", ["x86_64", "riscv64"])
def test_a_new_server_builds_and_answers(checkout: Path, arch: str) -> None:
    written = tisslab(checkout, "new", "server", "adder")
    assert written.returncode == 0, written.stderr
    run = tisslab(checkout, "boot", "--arch", arch, typed="call adder 1 2 30 400\nexit\n")
    # `exit` without a number ends with the last command's status: 0 says that the server answered
    assert run.returncode == 0, run.stderr
    assert "warning" not in run.stderr
    assert "0x1b0" in run.stdout  # 432, the sum
    refused = tisslab(checkout, "boot", "--arch", arch, typed="call adder 2\nexit\n")
    assert refused.returncode != 0, "a request that the server does not know was answered as if it did"


def test_a_server_that_is_not_in_the_manifest_is_not_started(checkout: Path) -> None:
    """The counterpart: the status of the first test does come from the server."""
    manifest = (checkout / "servers" / "manifest.toml").read_text()
    assert tisslab(checkout, "new", "server", "adder").returncode == 0
    (checkout / "servers" / "manifest.toml").write_text(manifest)
    run = tisslab(checkout, "boot", "--arch", "riscv64", typed="call adder 1 2\nexit\n")
    assert run.returncode != 0


@pytest.mark.parametrize(
    ("uses", "sentence"),
    [
        ('["console", "nobody"]', "uses 'nobody', which no server provides: add that server with provides = true"),
        ('["console", "console"]', "uses wires 'console' twice: name it once"),
    ],
)
def test_a_mistake_in_the_manifest_is_bad_input(checkout: Path, uses: str, sentence: str) -> None:
    manifest = checkout / "servers" / "manifest.toml"
    right = manifest.read_text()
    manifest.write_text(right.replace('["console", "names", "echo"]', uses))
    run = tisslab(checkout, "boot", "--arch", "riscv64")
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1] == f"tisslab: servers/manifest.toml: shell: {sentence}"
    assert not (checkout / "build" / "riscv64-clang-debug" / "archive.bin").exists()
    manifest.write_text(right)
    assert tisslab(checkout, "boot", "--arch", "riscv64").returncode == 0
