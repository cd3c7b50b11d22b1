"""The whole way of the demo: linked, fifty pairs decided in a real browser, recalibrated, estimated, on the page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from uncounted import pipeline
from uncounted.simulate import write_demo

pytestmark = [pytest.mark.slow, pytest.mark.browser]
N_DECISIONS = 50
START = "from uncounted.cli.main import main; main()"


def test_fifty_decisions_move_the_interval_and_both_intervals_are_shown(browser: Any, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    truth = write_demo(folder)
    before = pipeline.run(folder)
    table = before.records.table
    person = truth.person_of(table["list"].to_pylist(), table["line"].to_pylist())
    person_of = dict(zip(table["record_id"].to_pylist(), person.tolist(), strict=True))

    command = [sys.executable, "-c", START, "review", str(folder), "--by", "AK", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        page = browser.new_page()
        page.goto(_link(process))
        for _ in range(N_DECISIONS):
            left, right = _pair(page)
            page.wait_for_timeout(260)  # a page that has just come takes no key
            with page.expect_navigation():
                page.keyboard.press("s" if person_of[left] == person_of[right] else "d")
        page.get_by_role("button", name="Stop").click()
        page.close()
        told = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert f"{N_DECISIONS} pairs decided" in told

    after = pipeline.run(folder)
    assert after.calibration.n_labels == N_DECISIONS
    assert after.trust is not None
    assert after.trust.n_same + after.trust.n_different == N_DECISIONS
    by_role = {total.role: total for total in after.trust.totals}
    doubtful, certain = by_role["with doubt"], by_role["as certain"]
    assert None not in (doubtful.low, doubtful.high, certain.low, certain.high)
    assert _width(doubtful) > _width(certain)
    assert before.trust is not None
    assert _width(doubtful) < _width(before.trust.totals[0])
    assert doubtful.low <= truth.n_people <= doubtful.high
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "How sure are the links" in report
    for total in (doubtful, certain):
        assert f"{round(total.low):,}–{round(total.high):,}" in report


def _link(process: subprocess.Popen[str]) -> str:
    """Return the one-time link that the command prints."""
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(r"http://127\.0\.0\.1:\d+/\S+", line)
        if found:
            return found.group()
    raise AssertionError("the command ended without a link")


def _pair(page: Any) -> tuple[str, str]:
    """Return the ids of the two records that are shown."""
    found = re.findall(r"\b(?:courts|hotline|press|lawyers):[\w-]+", page.locator("thead").first.inner_text())
    assert len(found) == 2
    return found[0], found[1]


def _width(total: Any) -> float:
    return float(total.high - total.low)
