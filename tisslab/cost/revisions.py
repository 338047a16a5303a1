"""Another revision of the project, built in a folder of its own and counted."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tisslab.build import ROOT, Build, make_command
from tisslab.cost.budgets import Change, build_name, changes
from tisslab.cost.count import Cost, count_cost
from tisslab.cost.kept import KeptCost, Results, find_commit, git, keep, load, present_commit
from tisslab.cost.meter import Meter, Target, built_target
from tisslab.cost.operations import PROGRAMS, Operation, read_operations
from tisslab.errors import BadInputError, BuildError
from tisslab.machine import Machine


@dataclass(frozen=True)
class Difference:
    """What an operation took in one revision and takes in another, None where it has no such operation; `functions` that changed."""

    name: str
    before: int | None
    after: int | None
    functions: tuple[Change, ...] = ()

    def record(self) -> dict[str, object]:
        """What `--json` prints."""
        functions = [{"name": one.what, "before": one.before, "after": one.after} for one in self.functions]
        return {"name": self.name, "before": self.before, "after": self.after, "functions": functions}


def differences(before: Results, after: Results) -> list[Difference]:
    """What differs, in the order of the later revision."""
    found = []
    for name in dict.fromkeys([*after, *before]):
        one, other = before.get(name), after.get(name)
        if one != other:
            functions = changes(one.functions, other.functions) if one and other else []
            found.append(Difference(name, one.insns if one else None, other.insns if other else None, tuple(functions)))
    return found


@contextlib.contextmanager
def exported(commit: str, *, root: Path = ROOT) -> Iterator[Path]:
    """A folder with the files of a commit, gone afterwards. It is no worktree of git's: nothing of it is left in the repository."""
    with tempfile.TemporaryDirectory(prefix="tisslab-") as folder:
        archive = Path(folder) / "archive.tar"
        checkout = Path(folder) / "checkout"
        checkout.mkdir()
        git("archive", f"--output={archive}", commit, root=root)
        shutil.unpack_archive(archive, checkout)
        yield checkout


def built_in(root: Path, machine: Machine, *, compiler: str) -> Target:
    """Build a checkout that is not this one. Errors: BadInputError if it has nothing to count, ToolMissingError, BuildError."""
    if not (root / PROGRAMS / "build.mk").is_file():
        raise BadInputError(f"the revision has no {PROGRAMS}, so nothing of it can be counted: choose a later one")
    build = Build(machine.architecture.name, compiler, "release")
    made = subprocess.run([*make_command(build)[:-1], "ipc"], cwd=root, capture_output=True, text=True)
    if made.returncode != 0:
        raise BuildError(f"the revision does not build:\n{made.stdout}{made.stderr}".rstrip())
    return Target(machine=machine, folder=root / "build" / build.name, compiler=compiler, root=root)


def measure_revision(revision: str, machine: Machine, meter: Meter, *, compiler: str, root: Path = ROOT) -> Results:
    """Return what the operations of a revision take: what is kept of it, or counted now and kept.

    Errors: BadInputError for a revision that does not exist or has nothing to count; ToolMissingError, BuildError, MachineError.
    """
    commit = find_commit(revision, root=root)
    build = build_name(machine.architecture.name, compiler)
    if results := load(commit, build, root=root):
        return results
    with exported(commit, root=root) as folder:
        costs = _count(built_in(folder, machine, compiler=compiler), meter, read_operations(folder))
    keep(commit, build, costs, root=root)
    return load(commit, build, root=root)


def measure_present(machine: Machine, meter: Meter, *, compiler: str) -> Results:
    """Return what the operations of this checkout take as it is."""
    target = built_target(machine, compiler=compiler)
    costs = _count(target, meter, read_operations())
    keep_present(target, costs)
    return {cost.operation.name: KeptCost.of(cost) for cost in costs}


def keep_present(target: Target, costs: Sequence[Cost]) -> None:
    """Keep what was counted, all operations of it, if it is a commit's."""
    commit = present_commit(root=target.root) if target.is_budgeted else None
    if commit is not None:
        keep(commit, build_name(target.arch, target.compiler), costs, root=target.root)


def _count(target: Target, meter: Meter, operations: Sequence[Operation]) -> list[Cost]:
    return [count_cost(samples, target) for samples in meter.measure(target, operations)]
