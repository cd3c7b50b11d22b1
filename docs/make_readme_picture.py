"""Make docs/images/demo.png: the first screen of the demo's report, as a browser shows it.

    python docs/make_readme_picture.py

needs Chromium (CHROMIUM=/path/to/it if it is not /usr/bin/chromium).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from uncounted import pipeline, simulate

WIDTH, HEIGHT = 760, 900


def main() -> None:
    """Run the demo in a temporary folder and photograph its report."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as browsers:
        folder = Path(place) / "demo"
        truth = simulate.write_demo(folder)
        done = pipeline.run(folder, truth=("known truth of the invented lists", truth.n_people))
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = browsers.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(f"file://{done.report}")
        target = Path(__file__).parent / "images" / "demo.png"
        target.parent.mkdir(exist_ok=True)
        page.screenshot(path=str(target))
        browser.close()


if __name__ == "__main__":
    main()
