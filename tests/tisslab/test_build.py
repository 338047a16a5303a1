"""tisslab.build: what is run, what its failures become, and a disk that is full in the middle of it."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tisslab import build, cli
from tisslab.build import Build, check_disk, choose_build, run_build
from tisslab.errors import BadInputError, BuildError, ToolMissingError

RULES = """
OUT := build/$(ARCH)-$(COMPILER)-$(TYPE)
.PHONY: all
all: $(OUT)/kernel.elf
$(OUT)/kernel.elf: kernel.c
\tmkdir -p $(@D)
\techo compiling $< for $(ARCH); cp $< $@.new && mv $@.new $@
"""
ONE = Build("riscv64", "clang", "release")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up project whose kernel is a copy of its source."""
    (tmp_path / "build.mk").write_text(RULES)
    (tmp_path / "kernel.c").write_text("int x;\n")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    return tmp_path


def test_it_builds_what_was_asked_for_and_only_once(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run_build(ONE)
    assert (project / "build/riscv64-clang-release/kernel.elf").read_text() == "int x;\n"
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[:2] == ["build riscv64-clang-release ...", "compiling kernel.c for riscv64"]
    assert said.err.splitlines()[2].startswith("build riscv64-clang-release done in ")
    run_build(ONE)
    assert capfd.readouterr().err == ""


def test_two_at_once_do_not_meet(project: Path) -> None:
    """Each would fail if the other was in the folder with it."""
    (project / "build.mk").write_text("all:\n\tmkdir build/here && sleep 0.2 && rmdir build/here\n")
    with ThreadPoolExecutor() as pool:
        list(pool.map(run_build, [ONE, ONE, ONE]))


def test_a_file_where_the_folder_belongs(project: Path) -> None:
    (project / "build").write_text("")
    with pytest.raises(BadInputError, match=r"build/riscv64-clang-release' cannot be made"):
        run_build(ONE)


def test_a_make_above_does_not_meddle(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEFLAGS", "n")
    monkeypatch.setenv("MAKELEVEL", "1")
    run_build(ONE)
    assert (project / "build/riscv64-clang-release/kernel.elf").is_file()


def test_what_the_compiler_says_comes_through(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "build.mk").write_text("all:\n\techo 'kernel.c:1: a semicolon is missing' >&2; exit 1\n")
    with pytest.raises(BuildError, match="the build of riscv64-clang-release failed, see above"):
        run_build(ONE)
    assert "kernel.c:1: a semicolon is missing" in capfd.readouterr().err.splitlines()


def test_a_missing_tool_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "ld.lld" else f"/bin/{name}")
    with pytest.raises(ToolMissingError, match=r"ld\.lld is not installed, .*: 'make setup'"):
        run_build(ONE)


def test_no_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "ROOT", tmp_path)
    with pytest.raises(BadInputError, match=r"there is no build\.mk in"):
        run_build(ONE)


def test_names() -> None:
    assert choose_build(arch="x86_64") == Build("x86_64", "clang", "debug")
    for names, sentence in (
        ({"arch": "vax"}, "there is no architecture 'vax'"),
        ({"arch": "x86_64", "compiler": "tcc"}, "there is no compiler 'tcc': choose clang or gcc"),
        ({"arch": "x86_64", "build_type": "fast"}, "there is no build type 'fast': choose debug or release"),
    ):
        with pytest.raises(BadInputError, match=sentence):
            choose_build(**names)


def test_the_command(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["build", "--build-type", "release", "--json"]) == 0
    builds = json.loads(capfd.readouterr().out)["builds"]
    assert [one["name"] for one in builds] == ["x86_64-clang-release", "riscv64-clang-release"]
    assert builds[0]["files"] == {"kernel.elf": 7}
    assert cli.main(["build", "--arch", "x86_64", "--compiler", "tcc"]) == 2
    (project / "build.mk").write_text("all:\n\tfalse\n")
    assert cli.main(["build", "--arch", "x86_64"]) == 1


# ---------------------------------------------------------------- full disks


@pytest.mark.parametrize(
    ("number", "sentence"), [(errno.ENOSPC, "is full: free 16 MiB"), (errno.EDQUOT, "is full"), (errno.EROFS, "cannot be written")]
)
def test_what_the_trial_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str) -> None:
    check_disk(tmp_path / "not" / "yet" / "there")

    def fail(descriptor: int, offset: int, size: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", fail)
    with pytest.raises(BadInputError, match=sentence):
        check_disk(tmp_path)


def run_build_in(root: Path, *, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run `tisslab build` of a project, in a process whose files may be at most `limit` bytes large."""
    program = f"from pathlib import Path; from tisslab import build, cli; build.ROOT = Path({str(root)!r}); "
    program += "raise SystemExit(cli.main(['build', '--arch', 'riscv64']))"

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, preexec_fn=restrict, timeout=240, check=False)


def built_files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in (root / "build").rglob("*") if path.is_file()}


def mount_small_disk(folder: Path, *, size: str) -> bool:
    folder.mkdir()
    return (
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False).returncode
        == 0
    )


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(checkout: Path) -> None:
    """On a disk of 200 KiB if mounting is allowed here, otherwise under a limit on the size of files, which the compilers meet alike."""
    root = checkout
    small = mount_small_disk(root / "build", size="200k")
    try:
        done = run_build_in(root, limit=None if small else 16 << 10)
        assert done.returncode == 2, done.stderr
        assert (
            done.stderr.splitlines()[-1]
            == f"tisslab: the disk that holds '{root / 'build/riscv64-clang-debug'}' is full: free 16 MiB and build again"
        )
        left = built_files(root)
        assert not any(name.endswith(("kernel.elf", "archive.bin")) for name in left)
        if small:
            subprocess.run(["mount", "-o", "remount,size=64m", str(root / "build")], check=True)
        done = run_build_in(root)
        assert done.returncode == 0, done.stderr
        whole = built_files(root)
        shutil.rmtree(root / "build/riscv64-clang-debug")
        assert run_build_in(root).returncode == 0
        afresh = built_files(root)
        assert {name for name in afresh if whole.get(name) != afresh[name]} == set(), "something half-written was taken for whole"
    finally:
        if small:
            subprocess.run(["umount", str(root / "build")], check=True)
