"""Results by commit, in a repository made for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.tisslab.costs import commit, cost
from tisslab.cost.kept import KeptCost, find_commit, history, keep, load, present_commit
from tisslab.errors import BadInputError

BUILD = "x86_64-clang"


def test_what_is_kept_is_found_again(repository: Path) -> None:
    first, second = commit(repository, "one"), commit(repository, "two")
    keep(second, BUILD, [cost("call", insns=3)], root=repository)
    keep(second, BUILD, [cost("map", insns=4, functions={"a": 1, "b": 3})], root=repository)
    assert load(second, BUILD, root=repository) == {"call": KeptCost(3, 3, {"work": 3}), "map": KeptCost(4, 4, {"a": 1, "b": 3})}
    assert load(first, BUILD, root=repository) == load(second, "riscv64-clang", root=repository) == {}
    keep(first, BUILD, [cost("call", insns=9)], root=repository)
    assert [(one, results["call"].insns) for one, results in history(BUILD, root=repository)] == [(first, 9), (second, 3)]
    assert subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, check=True).stdout == b""


def test_what_is_damaged_is_as_if_it_were_not_there(repository: Path) -> None:
    one = commit(repository, "one")
    keep(one, BUILD, [cost("call", insns=3)], root=repository)
    (path,) = repository.glob(".git/tisslab/costs/*/*.json")
    path.write_text("{")
    assert load(one, BUILD, root=repository) == {}


def test_a_changed_checkout_is_no_commit(repository: Path) -> None:
    one = commit(repository, "one")
    assert present_commit(root=repository) == one
    (repository / "notes").write_text("of no importance")
    assert present_commit(root=repository) == one
    (repository / "kernel" / "b.c").write_text("new")
    assert present_commit(root=repository) is None


def test_outside_a_repository_nothing_is_kept(tmp_path: Path) -> None:
    assert present_commit(root=tmp_path) is None
    with pytest.raises(BadInputError, match="there is no revision 'HEAD'"):
        find_commit("HEAD", root=tmp_path)


def test_a_revision_is_no_option(repository: Path) -> None:
    commit(repository, "one")
    with pytest.raises(BadInputError, match="there is no revision '--all'"):
        find_commit("--all", root=repository)
