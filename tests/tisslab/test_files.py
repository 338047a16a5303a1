"""Files are there as a whole or as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tisslab.errors import BadInputError
from tisslab.files import check_place, write_whole


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_text("old")
    held = path.open()  # who has it open goes on reading what was there
    write_whole(path, "new")
    assert (path.read_text(), held.read(), os.listdir(tmp_path)) == ("new", "old", ["page"])
    held.close()


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "page")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "page").read_text() == "new"


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page"
    path.write_text("old")

    def fill_up(self: Path, text: str, encoding: str) -> None:
        self.write_bytes(b"ne")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fill_up)
    with pytest.raises(BadInputError, match=r"page' cannot be written: No space left on device"):
        write_whole(path, "new")
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["page"])


def test_a_device_is_not_replaced() -> None:
    with pytest.raises(BadInputError, match="'/dev/null' is no file that can be written"):
        write_whole(Path("/dev/null"), "new")
    assert Path("/dev/null").is_char_device()


def test_a_place_is_checked_before_there_is_anything_to_write(tmp_path: Path) -> None:
    check_place(tmp_path / "page")
    with pytest.raises(BadInputError, match="there is no folder"):
        check_place(tmp_path / "none" / "page")
    with pytest.raises(BadInputError, match="is a folder"):
        check_place(tmp_path)
