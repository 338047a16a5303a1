"""Results by commit. They stand in the repository's own folder, beside its objects: `make clean` and a checkout leave them, and no commit
has them.

    <git's folder>/tisslab/costs/<commit>/<arch>-<compiler>.json
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tisslab.build import ROOT
from tisslab.cost.count import Cost
from tisslab.errors import BadInputError
from tisslab.files import write_whole

MEASURED = ("kernel", "servers", "linker", "build.mk", "tests/guest/lib", "tests/ipc")
"""What a result depends on: where none of it differs from the commit, a result is the commit's."""


@dataclass(frozen=True)
class KeptCost:
    """What is kept of an operation: instructions of the whole operation, of those in the kernel, and by function."""

    insns: int
    kernel_insns: int
    functions: Mapping[str, int]

    @classmethod
    def of(cls, cost: Cost) -> KeptCost:
        """What of a cost is kept."""
        return cls(cost.insns, cost.kernel_insns, dict(cost.functions))


Results = dict[str, KeptCost]
"""By the operation's name."""


def git(*arguments: str, root: Path = ROOT) -> str:
    """Return what git prints. Errors: BadInputError if it refuses, or this is no repository."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[0]
        raise BadInputError(f"git cannot say '{' '.join(arguments)}' of '{root}': {said}") from error
    return done.stdout.strip()


def find_commit(revision: str, *, root: Path = ROOT) -> str:
    """Return the commit that a revision names. Errors: BadInputError if there is none."""
    try:
        return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", root=root)
    except BadInputError as error:
        raise BadInputError(f"there is no revision '{revision}' in '{root}': give a commit, a branch or a tag") from error


def present_commit(*, root: Path = ROOT) -> str | None:
    """Return the commit whose sources are those of the checkout, None if something in them was changed, or it is no checkout of git's."""
    try:
        changed = git("status", "--porcelain", "--", *MEASURED, root=root)
        return None if changed else find_commit("HEAD", root=root)
    except BadInputError:
        return None


def keep(commit: str, build: str, costs: Sequence[Cost], *, root: Path = ROOT) -> None:
    """Keep what the operations of a commit take, together with what is kept of it already."""
    path = _path(commit, build, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    results = load(commit, build, root=root) | {cost.operation.name: KeptCost.of(cost) for cost in costs}
    write_whole(path, json.dumps({name: asdict(one) for name, one in results.items()}, indent=1))


def load(commit: str, build: str, *, root: Path = ROOT) -> Results:
    """Return what is kept of a commit, empty if nothing is."""
    try:
        record = json.loads(_path(commit, build, root).read_text())
        return {name: KeptCost(**one) for name, one in record.items()}
    except (OSError, ValueError, TypeError):  # what is damaged is measured again
        return {}


def history(build: str, *, root: Path = ROOT) -> Iterator[tuple[str, Results]]:
    """The commits that led to the present one of which something is kept, oldest first."""
    for commit in git("rev-list", "--reverse", "HEAD", root=root).splitlines():
        if results := load(commit, build, root=root):
            yield commit, results


def subjects(commits: Sequence[str], *, root: Path = ROOT) -> dict[str, str]:
    """The first line of what each commit says. Errors: BadInputError if one does not exist."""
    if not commits:
        return {}
    lines = git("log", "--no-walk", "--format=%H %s", *commits, root=root).splitlines()
    return {commit: subject for commit, _, subject in (line.partition(" ") for line in lines)}


def _path(commit: str, build: str, root: Path) -> Path:
    folder = root / git("rev-parse", "--git-common-dir", root=root)
    return folder / "tisslab" / "costs" / commit / f"{build}.json"
