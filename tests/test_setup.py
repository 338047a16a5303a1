"""tools/setup, run with made-up dpkg, apt, sudo and Python in a made-up project, so that nothing is installed.

That it works on a real bare system is for a run in a bare chroot to show.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BORROWED = [
    "bash",
    "cat",
    "chmod",
    "cut",
    "dirname",
    "env",
    "flock",
    "grep",
    "mkdir",
    "mv",
    "rm",
    "sed",
    "sha256sum",
    "sort",
    "tail",
    "tr",
    "true",
]

PYTHON = """
echo "python $*" >>"$CALLS"
case $1 in
  --version) echo "Python ${FAKE_PYTHON:-3.11.2}" ;;
  -m)
    if [ "$2" = venv ]; then mkdir -p "$3/bin"; cat "$0" >"$3/bin/python"; chmod +x "$3/bin/python"; exit 0; fi
    if [ -n "$FAIL_PIP" ]; then echo "ERROR: no network" ; exit 1; fi ;;
esac
"""
APT = """
echo "apt-get $*" >>"$CALLS"
[ -z "$FAIL_APT" ] || { echo "E: Failed to fetch" >&2; exit 100; }
case "$*" in *install*)
  echo "Reading package lists..."
  echo "dlstatus:1:50.0:Retrieving"; echo "pmstatus:clang:100.0:Installed"
  for word; do case $word in -*|install|APT*|DPkg*) ;; *) echo "$word" >>"$INSTALLED" ;; esac; done ;;
esac
"""
DPKG_QUERY = """
shift 2
for name; do grep -qx "$name" "$INSTALLED" && echo "installed $name"; done
exit 1
"""


@dataclass
class Machine:
    """A project and the programs that it finds; `installed` are its Debian packages."""

    folder: Path
    user: int = 0

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def program(self, name: str, body: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "calls").write_text("")
        self.program("id", f"echo {self.user}")
        variables = {
            "PATH": str(self.folder / "bin"),
            "CALLS": str(self.folder / "calls"),
            "INSTALLED": str(self.folder / "installed"),
            "PYTHON": str(self.folder / "bin" / "python3"),
        }
        command = [str(self.project / "tools" / "setup"), *arguments]
        return subprocess.run(
            command, env=variables | environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )

    @property
    def calls(self) -> list[str]:
        """What the last run called, without asking for versions."""
        return [call for call in (self.folder / "calls").read_text().splitlines() if "--version" not in call]

    def install(self, *packages: str) -> None:
        with (self.folder / "installed").open("a") as file:
            file.writelines(f"{package}\n" for package in packages)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare machine, its user root: no package but make."""
    made = Machine(tmp_path)
    (tmp_path / "bin").mkdir()
    for name in BORROWED:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
    (tmp_path / "installed").write_text("make\n")
    made.project.mkdir()
    shutil.copytree(ROOT / "tools", made.project / "tools")
    (made.project / "pyproject.toml").write_text("[project]\n")
    for name, body in (("python3", PYTHON), ("apt-get", APT), ("dpkg-query", DPKG_QUERY), ("dpkg", 'echo "dpkg $*" >>"$CALLS"')):
        made.program(name, body)
    return made


BOOT_RISCV = ["clang", "lld", "llvm", "python3", "python3-venv", "qemu-system-misc"]


def test_a_bare_machine_gets_what_booting_needs_and_says_so(machine: Machine) -> None:
    done = machine.run("boot", "riscv64")
    assert done.returncode == 0, done.stderr
    (install,) = [call for call in machine.calls if "install" in call and call.startswith("apt-get")]
    assert install.split("--yes ")[1].split() == BOOT_RISCV
    assert "--no-install-recommends" in install
    pip = [call for call in machine.calls if "-m pip" in call]
    assert "--require-hashes" in pip[0]
    assert "tools/run.lock" in pip[0]
    assert "--editable ." in pip[1]
    assert "--no-deps" in pip[1]
    steps = done.stderr.splitlines()
    assert all(step.startswith("set-up ") and " s  " in step for step in steps)
    assert any("packages: 50 % fetched" in step for step in steps)
    assert any("packages: 100 % installed" in step for step in steps)
    assert any("lab: done" in step for step in steps)
    assert "Reading package lists" in (machine.project / "build" / "setup.log").read_text()


def test_the_second_time_nothing_is_called(machine: Machine) -> None:
    machine.run("boot", "riscv64")
    done = machine.run("boot", "riscv64")
    assert (done.returncode, done.stdout, done.stderr, machine.calls) == (0, "", "", [])


def test_without_root_and_sudo_it_names_packages_and_command(machine: Machine) -> None:
    machine.user = 1000
    machine.install("python3", "clang")
    done = machine.run("boot", "riscv64")
    assert done.returncode == 3
    lacking = "lld llvm python3-venv qemu-system-misc"
    assert f"these Debian packages are missing: {lacking}\n" in done.stderr
    assert f"apt-get update && apt-get install --no-install-recommends --yes {lacking}\n" in done.stderr
    assert machine.calls == []


def test_without_root_nothing_is_asked_when_nothing_is_missing(machine: Machine) -> None:
    machine.user = 1000
    machine.install(*BOOT_RISCV)
    assert machine.run("boot", "riscv64").returncode == 0
    assert not any("apt" in call for call in machine.calls)


def test_sudo_is_used_where_it_asks_no_password(machine: Machine) -> None:
    machine.user = 1000
    machine.program("sudo", 'echo "sudo $*" >>"$CALLS"; shift; exec "$@"')
    assert machine.run("boot", "riscv64").returncode == 0
    assert any(call.startswith("sudo -n env DEBIAN_FRONTEND=noninteractive apt-get") and "install" in call for call in machine.calls)


def test_sudo_that_would_ask_is_no_help_without_a_terminal(machine: Machine) -> None:
    machine.user = 1000
    machine.program("sudo", "exit 1")
    done = machine.run("boot", "riscv64")
    assert done.returncode == 3
    assert "apt-get install --no-install-recommends --yes" in done.stderr


@pytest.mark.parametrize(
    ("goal", "compiler", "packages"),
    [
        (("boot", "x86_64"), "clang", "clang lld make python3 python3-venv qemu-system-x86"),
        (("boot", "riscv64"), "gcc", "binutils-riscv64-linux-gnu gcc-riscv64-linux-gnu make python3 python3-venv qemu-system-misc"),
        (("build", "x86_64"), "gcc", "binutils gcc libc6-dev make python3 python3-venv"),
        (("debug", "x86_64"), "clang", "clang gdb-multiarch lld make python3 python3-venv qemu-system-x86"),
    ],
)
def test_what_each_goal_needs(machine: Machine, goal: tuple[str, str], compiler: str, packages: str) -> None:
    (machine.folder / "installed").write_text("")
    done = machine.run("packages", *goal, COMPILER=compiler)
    assert done.stdout.split() == packages.split()
    assert machine.calls == []


def test_testing_needs_all_that_booting_and_building_need(machine: Machine) -> None:
    def needs(*goal: str, compiler: str = "clang") -> set[str]:
        return set(machine.run("packages", *goal, COMPILER=compiler).stdout.split())

    for arch in ("x86_64", "riscv64"):
        for compiler in ("clang", "gcc"):
            assert needs("boot", arch, compiler=compiler) <= needs("test")
    assert "libclang-rt-14-dev" in needs("test")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "unknown goal ''"),
        (("fly",), "unknown goal 'fly'"),
        (("boot", "vax"), "unknown architecture 'vax': choose x86_64 or riscv64"),
        (("build", "vax"), "unknown architecture 'vax'"),
    ],
)
def test_wrong_use(machine: Machine, arguments: tuple[str, ...], sentence: str) -> None:
    done = machine.run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert machine.calls == []
    assert machine.run("boot", "riscv64", COMPILER="tcc").returncode == 2


def test_where_nothing_can_be_written_it_says_so(machine: Machine) -> None:
    (machine.project / "build" / "setup.lock").mkdir(parents=True)  # which not even root can write to
    done = machine.run("boot", "riscv64")
    assert done.returncode == 3
    assert done.stderr == f"set-up: cannot write in {machine.project}/build: give yourself the right to, or use a copy of your own\n"
    assert machine.calls == []


def test_apt_that_fails_is_shown(machine: Machine) -> None:
    done = machine.run("boot", "riscv64", FAIL_APT="yes")
    assert done.returncode == 3
    assert "E: Failed to fetch" in done.stderr
    assert "'apt-get update' failed, see above" in done.stderr
    assert not (machine.project / ".venv").exists()


# ---------------------------------------------------------------- .venv


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A machine with the packages, and with .venv as booting needs it."""
    machine.install(*machine.run("packages", "test").stdout.split())
    assert machine.run("boot", "riscv64").returncode == 0
    return machine


def test_a_failed_pip_is_shown_and_taken_up_again(machine: Machine) -> None:
    machine.install(*BOOT_RISCV)
    done = machine.run("boot", "riscv64", FAIL_PIP="yes")
    assert done.returncode == 3
    assert "ERROR: no network" in done.stderr
    assert "'pip install -r tools/run.lock' failed" in done.stderr
    assert not (machine.project / ".venv" / "stamp").exists()
    assert machine.run("boot", "riscv64").returncode == 0
    assert any("-m venv" in call for call in machine.calls)


def test_half_a_venv_does_not_count(ready: Machine) -> None:
    (ready.project / ".venv" / "stamp").unlink()
    (ready.project / ".venv" / "half").touch()
    assert ready.run("boot", "riscv64").returncode == 0
    assert not (ready.project / ".venv" / "half").exists()
    assert (ready.project / ".venv" / "stamp").exists()


def test_a_changed_lock_makes_it_anew(ready: Machine) -> None:
    with (ready.project / "tools" / "run.lock").open("a") as file:
        file.write("# changed\n")
    assert ready.run("boot", "riscv64").returncode == 0
    assert any("-m venv" in call for call in ready.calls)


def test_a_changed_project_is_installed_again_without_its_packages(ready: Machine) -> None:
    with (ready.project / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert ready.run("boot", "riscv64").returncode == 0
    assert [call.split("install ")[1] for call in ready.calls] == ["--quiet --no-build-isolation --no-deps --editable ."]


def test_the_test_packages_stay_when_their_lock_changes(ready: Machine) -> None:
    ready.run("test")
    with (ready.project / "tools" / "test.lock").open("a") as file:
        file.write("# changed\n")
    assert ready.run("boot", "riscv64").returncode == 0
    assert any("-m venv" in call for call in ready.calls)
    assert any("tools/test.lock" in call for call in ready.calls)
    assert ready.run("test").returncode == 0
    assert ready.calls == []


def test_another_python_makes_it_anew(ready: Machine) -> None:
    assert ready.run("boot", "riscv64", FAKE_PYTHON="3.12.1").returncode == 0
    assert any("-m venv" in call for call in ready.calls)


def test_tests_add_to_it_and_booting_finds_it_enough(ready: Machine) -> None:
    assert ready.run("test").returncode == 0
    assert not any("-m venv" in call for call in ready.calls)
    assert any("tools/test.lock" in call for call in ready.calls)
    for goal in (("test",), ("boot", "riscv64")):
        assert ready.run(*goal).returncode == 0
        assert ready.calls == []


def test_an_interrupted_upgrade_does_not_count(ready: Machine) -> None:
    assert ready.run("test", FAIL_PIP="yes").returncode == 3
    assert ready.run("boot", "riscv64").returncode == 0
    assert any("-m venv" in call for call in ready.calls)


def test_two_at_once(ready: Machine) -> None:
    """The second waits for the first and then finds everything done."""
    (ready.project / ".venv" / "stamp").unlink()
    command = f"{ready.project}/tools/setup boot riscv64 & {ready.project}/tools/setup boot riscv64 & wait"
    ready.program("both", command)
    (ready.folder / "calls").write_text("")
    variables = {
        name: str(ready.folder / place)
        for name, place in (("PATH", "bin"), ("CALLS", "calls"), ("INSTALLED", "installed"), ("PYTHON", "bin/python3"))
    }
    subprocess.run(
        [str(ready.folder / "bin" / "both")], env=variables, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True
    )
    assert len([call for call in ready.calls if "-m venv" in call]) == 1


# ---------------------------------------------------------------- the locks


def test_every_pin_has_hashes_and_the_locks_agree_with_the_project() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run = project["build-system"]["requires"] + project["project"]["dependencies"]
    wanted = {"run": run, "test": run + project["project"]["optional-dependencies"]["test"]}
    for name, requirements in wanted.items():
        text = (ROOT / "tools" / f"{name}.lock").read_text().replace("\\\n", "")
        pins = {line.split("==")[0]: line for line in text.splitlines() if "==" in line}
        assert all("--hash=sha256:" in line for line in pins.values())
        for requirement in requirements:
            pin, _, condition = requirement.partition("; ")
            package, version = pin.split(" ==")
            line = pins[package.replace(".", "-").replace("_", "-").lower()]
            said = line.split("==", 1)[1].split(" --hash")[0].strip()
            assert said == "; ".join(filter(None, [version, condition])), f"tools/{name}.lock is older than pyproject.toml: run tools/lock"


def test_no_mirror_is_named() -> None:
    for path in (*(ROOT / "tools").iterdir(), ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci" / "run"):
        for word in ("--index-url", "--extra-index", "http://", "https://", "trusted-host", "sources.list.d"):
            assert word not in path.read_text(), f"{path}: {word}"
