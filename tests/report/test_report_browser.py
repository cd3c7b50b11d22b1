"""The page in a real browser: nothing spills over, nothing is cut, nothing is loaded, nothing runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import report_samples as samples

pytestmark = pytest.mark.browser
# text of pictures that is shown: its size on the screen, and whether it leaves the picture
TEXTS = """() => [...document.querySelectorAll('svg text')].filter(t => t.getClientRects().length).map(t => {
  const s = t.ownerSVGElement, a = t.getBoundingClientRect(), b = s.getBoundingClientRect();
  return {text: t.textContent, px: parseFloat(getComputedStyle(t).fontSize) * b.width / s.viewBox.baseVal.width,
    out: a.width > 0 && (a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1)};
})"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    out = {}
    for name in samples.ALL:
        out[name] = folder / f"{name}.html"
        out[name].write_text(samples.page(name), encoding="utf-8")
    return out


@pytest.mark.parametrize("name", list(samples.ALL))
def test_page_fits_phone_and_desk(browser: Any, pages: dict[str, Path], name: str) -> None:
    page = browser.new_page()
    seen: list[str] = []
    page.on("request", lambda r: seen.append(r.url))
    page.on("console", lambda m: seen.append(m.text))
    page.on("dialog", lambda d: (seen.append(d.message), d.dismiss()))
    page.goto(pages[name].as_uri())
    for width in (320, 360, 390, 720, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        spill = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert spill <= 0, f"{width} px"
        texts = page.evaluate(TEXTS)
        assert texts
        if width >= 360:
            assert min(t["px"] for t in texts) >= 12, f"{width} px"
        assert [t["text"] for t in texts if t["out"]] == [], f"{width} px"
    assert seen == [pages[name].as_uri()]
    page.close()


def test_page_prints(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page()
    page.goto(pages["full"].as_uri())
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") > 3 or pdf.count(b"/Type /Page") > 3
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.narrow')).display") == "none"
    page.close()
