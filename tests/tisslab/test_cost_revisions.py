"""Revisions of a repository made for it, whose build does nothing; tests/system/test_ipc.py builds and counts a real one."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.tisslab.costs import commit, cost
from tisslab.cost.budgets import Change
from tisslab.cost.kept import KeptCost, git, keep
from tisslab.cost.meter import Meter, Samples, Target
from tisslab.cost.operations import Operation
from tisslab.cost.revisions import Difference, differences, exported, measure_revision
from tisslab.errors import BadInputError, BuildError
from tisslab.machine import MACHINES


class NoMeter(Meter):
    """Measures nothing."""

    name = "none"

    def measure(self, target: Target, operations: Sequence[Operation]) -> list[Samples]:
        raise AssertionError(f"{operations} of {target.folder} were not to be measured")


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_what_differs_is_told_by_function() -> None:
    before = {"call": KeptCost(9, 8, {"a": 4, "b": 5}), "gone": KeptCost(1, 1, {}), "same": KeptCost(2, 2, {"c": 2})}
    after = {"same": KeptCost(2, 2, {"c": 2}), "call": KeptCost(10, 9, {"a": 4, "b": 3, "d": 3}), "new": KeptCost(7, 7, {})}
    found = differences(before, after)
    assert found == [
        Difference("call", 9, 10, (Change("d", 0, 3), Change("b", 5, 3))),
        Difference("new", None, 7),
        Difference("gone", 1, None),
    ]
    assert found[0].record()["functions"] == [{"name": "d", "before": 0, "after": 3}, {"name": "b", "before": 5, "after": 3}]


def test_a_revision_is_exported_and_gone_afterwards(repository: Path, temporary: Path) -> None:
    first = commit(repository, "one")
    commit(repository, "two")
    with exported(first, root=repository) as folder:
        assert (folder / "kernel" / "a.c").read_text() == "one"
    with pytest.raises(KeyboardInterrupt), exported(first, root=repository):
        raise KeyboardInterrupt
    assert not list(temporary.iterdir())


def test_a_revision_with_nothing_to_count(repository: Path, temporary: Path) -> None:
    commit(repository, "one")
    with pytest.raises(BadInputError, match="the revision has no tests/ipc"):
        measure_revision("HEAD", MACHINES[0], NoMeter(), compiler="clang", root=repository)
    assert not list(temporary.iterdir())


def test_what_is_kept_is_not_measured_again(repository: Path) -> None:
    keep(commit(repository, "one"), "x86_64-clang", [cost("call", insns=3)], root=repository)
    kept = measure_revision("HEAD", MACHINES[0], NoMeter(), compiler="clang", root=repository)
    assert kept == {"call": KeptCost(3, 3, {"work": 3})}


def test_a_build_that_fails_says_why(repository: Path, temporary: Path) -> None:
    (repository / "tests" / "ipc").mkdir(parents=True)
    (repository / "tests" / "ipc" / "build.mk").write_text("")
    (repository / "build.mk").write_text("ipc:\n\t@echo no such thing >&2; false\n")
    git("add", "tests", "build.mk", root=repository)
    commit(repository, "one")
    with pytest.raises(BuildError, match="no such thing"):
        measure_revision("HEAD", MACHINES[0], NoMeter(), compiler="clang", root=repository)
    assert not list(temporary.iterdir())
