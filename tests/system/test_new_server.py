"""`tisslab new server`: what it writes builds without a warning, starts, and answers calls, on both architectures."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tisslab(project: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run tisslab as if `project` were the checkout that it was installed from."""
    program = f"import sys; from pathlib import Path; from tisslab import build, cli; build.ROOT = Path({str(project)!r}); sys.exit(cli.main())"
    return subprocess.run([sys.executable, "-c", program, *arguments], input=typed, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The sources of this project, without anything built."""
    for name in ("kernel", "servers", "linker", "tests/floor"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "build.mk", tmp_path)
    return tmp_path


@pytest.mark.parametrize("arch", ["x86_64", "riscv64"])
def test_a_new_server_builds_and_answers(project: Path, arch: str) -> None:
    written = tisslab(project, "new", "server", "adder")
    assert written.returncode == 0, written.stderr
    run = tisslab(project, "boot", "--arch", arch, typed="call adder 1 2 30 400\nexit\n")
    # `exit` without a number ends with the last command's status: 0 says that the server answered
    assert run.returncode == 0, run.stderr
    assert "warning" not in run.stderr
    assert "0x1b0" in run.stdout  # 432, the sum
    refused = tisslab(project, "boot", "--arch", arch, typed="call adder 2\nexit\n")
    assert refused.returncode != 0, "a request that the server does not know was answered as if it did"


def test_a_server_that_is_not_in_the_manifest_is_not_started(project: Path) -> None:
    """The counterpart: the status of the first test does come from the server."""
    manifest = (project / "servers" / "manifest.toml").read_text()
    assert tisslab(project, "new", "server", "adder").returncode == 0
    (project / "servers" / "manifest.toml").write_text(manifest)
    run = tisslab(project, "boot", "--arch", "riscv64", typed="call adder 1 2\nexit\n")
    assert run.returncode != 0
