"""A new project file is written whole or not at all, and never over another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from uncounted.errors import ProjectError
from uncounted.project import write_new


def test_written_with_its_folder_for_the_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "uncounted.toml"
    write_new(file, "a = 'é'\n")
    assert file.read_bytes() == "a = 'é'\n".encode()
    assert file.stat().st_mode & 0o077 == 0


def test_never_over_another(tmp_path: Path) -> None:
    file = tmp_path / "uncounted.toml"
    file.write_text("mine")
    with pytest.raises(ProjectError) as caught:
        write_new(file, "theirs")
    assert (caught.value.code, file.read_text()) == ("P04", "mine")


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for file in (tmp_path / "file" / "uncounted.toml", tmp_path / "file" / "sub" / "uncounted.toml"):
        with pytest.raises(ProjectError) as caught:
            write_new(file, "a = 1")
        assert caught.value.code == "P05"


def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProjectError) as caught:
        write_new(tmp_path / "uncounted.toml", "a = 1")
    assert caught.value.code == "P05"
    assert list(tmp_path.iterdir()) == []
