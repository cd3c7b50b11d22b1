"""Writing: whole or not at all, for the owner alone."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
import report_samples as samples

from uncounted.errors import ReportError
from uncounted.report import codes, write
from uncounted.report.html import render_html
from uncounted.report.write import write_picture, write_report


def test_page_is_written_whole_and_private(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    write_report(samples.two_lists(), target)
    assert target.read_text(encoding="utf-8") == render_html(samples.two_lists())
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_earlier_page_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")
    target.chmod(0o644)
    write_report(samples.two_lists(), target)
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_full_disk_leaves_the_earlier_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(*((write.os, "fsync", full) if call == "fsync" else (Path, "replace", full)))
    with pytest.raises(ReportError) as caught:
        write_report(samples.two_lists(), target)
    assert caught.value.code == "R02"
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReportError) as caught:
        write_report(samples.two_lists(), tmp_path / "no" / "report.html")
    assert caught.value.code == "R01"
    assert str(tmp_path) not in str(caught.value)  # a folder may name a person


def test_folder_as_target_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(ReportError) as caught:
        write_report(samples.two_lists(), tmp_path / "report.html")
    assert caught.value.code == "R01"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_every_code_is_explained() -> None:
    assert set(codes.CODES) == {"R01", "R02", "R03"}
    assert all(text.count(".") >= 2 for text in codes.CODES.values())


def test_a_picture_is_written_whole_and_private(tmp_path: Path) -> None:
    target = tmp_path / "all.svg"
    write_picture(samples.families().answer, target)
    text = target.read_text(encoding="utf-8")
    assert text.startswith("<svg ")
    assert text.endswith("</svg>\n")
    assert "Shrunken interactions" in text
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(ReportError) as caught:
        write_picture(samples.families().answer, tmp_path / "no" / "all.svg")
    assert caught.value.code == "R01"
    assert "the picture could not be written" in caught.value.what
