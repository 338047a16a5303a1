"""The table of operations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tisslab.cost.operations import TABLE, Goal, choose_operations, read_operations
from tisslab.errors import BadInputError


def checkout_with(tmp_path: Path, table: str) -> Path:
    path = tmp_path / TABLE
    path.parent.mkdir(parents=True)
    path.write_text(table)
    (path.parent / "memory.c").write_text("TEST(map)\n{\n}\n\nTEST(unmap)\n{\n}\n")
    return tmp_path


def test_an_entry_becomes_an_operation(tmp_path: Path) -> None:
    table = '[map]\nwhat = "map"\neach = 16\nmust = { x86_64 = 60 }\naim = { riscv64 = 45 }\nopen = ["x86_64"]\n'
    (operation,) = read_operations(checkout_with(tmp_path, f"{table}[map.cycles.p550]\nmust = 7\n"))
    assert (operation.name, operation.program, operation.each, operation.open) == ("map", "memory", 16, frozenset({"x86_64"}))
    assert operation.goal("x86_64") == Goal(must=60)
    assert operation.goal("riscv64") == Goal(aim=45)
    assert operation.goal("other") == Goal()
    assert operation.cycles == {"p550": Goal(must=7)}
    assert [operation.of_one(insns) for insns in (0, 1, 16, 17)] == [0, 1, 1, 2]


def test_an_operation_without_a_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no program in tests/ipc has such a case"):
        read_operations(checkout_with(tmp_path, '[fly]\nwhat = "fly"\n'))


def test_a_table_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is no table of operations"):
        read_operations(tmp_path)
    with pytest.raises(BadInputError, match="is no table of operations"):
        read_operations(checkout_with(tmp_path, "[map"))


def test_operations_are_chosen_by_name(tmp_path: Path) -> None:
    operations = read_operations(checkout_with(tmp_path, '[unmap]\nwhat = "u"\n[map]\nwhat = "m"\n'))
    assert [one.name for one in choose_operations(operations, [])] == ["unmap", "map"]
    assert [one.name for one in choose_operations(operations, ["map"])] == ["map"]
    with pytest.raises(BadInputError, match="there is no operation 'fly': choose unmap, map"):
        choose_operations(operations, ["fly"])


def test_every_goal_of_the_project_is_one_that_can_be_reached() -> None:
    for operation in read_operations():
        for arch, goal in operation.goals.items():
            assert goal.must is not None and goal.aim is not None and goal.aim < goal.must, (operation.name, arch)
            assert goal.peer is None or goal.must < goal.peer, (operation.name, arch)
        assert operation.open <= set(operation.goals), operation.name
