"""What is made of windows: lines, pages, the longest way through the kernel. The rest is counted on real programs by tests/system/test_ipc.py."""

from __future__ import annotations

from pathlib import Path

from tests.tisslab.costs import cost
from tisslab.cost.count import blocks, by_cost, data_bytes, longest_in_kernel, source_text
from tisslab.cost.trace import Access, Window

KERNEL = 0xFFFFFFFF80000000


def window(*addresses: int, accesses: tuple[Access, ...] = ()) -> Window:
    return Window(tuple((address, 4) for address in addresses), accesses)


def test_a_place_may_lie_in_two_lines() -> None:
    assert blocks([(60, 8)], 6) == {0, 1}
    assert blocks([(60, 4)], 6) == {0}
    assert blocks([(0xFFE, 4), (0x1000, 4)], 12) == {0, 1}


def test_data_of_devices_is_left_out() -> None:
    accesses = (Access(0, True, 0x10, 0x1010, 8), Access(0, False, 0x10, 0x1010, 8), Access(0, False, 0x20, 0, 1))
    assert data_bytes(window(16, accesses=accesses)) == [(0x1010, 8)]


def test_the_longest_way_through_the_kernel() -> None:
    assert longest_in_kernel(window(16, KERNEL, 20, KERNEL, KERNEL + 4, 24)) == 2
    assert longest_in_kernel(window(16)) == 0


def test_the_dearest_function_comes_first() -> None:
    assert by_cost({"b": 1, "a": 1, "c": 5}) == [("c", 5), ("a", 1), ("b", 1)]


def test_the_text_of_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int x;\n    int y;  \n")
    assert source_text(tmp_path, "a.c", 2) == "int y;"
    assert source_text(tmp_path, "a.c", 3) == source_text(tmp_path, "b.c", 1) == ""


def test_figures_are_of_one_thing() -> None:
    record = cost("map", insns=33, each=16, must=5).record("x86_64", budget=32)
    assert (record["insns"], record["total_insns"], record["must"], record["budget"], record["peer"]) == (3, 33, 5, 32, None)
