"""The page in a real browser: fifty decisions by keyboard, a break, names that would like to run."""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile_names import NAMES
from review_room import Desk, desk_for, invented_names, records, scored, serving

from uncounted.linkage import Clusterings
from uncounted.review import Decision, read_log
from uncounted.store import Store

pytestmark = pytest.mark.browser
PAIRS = [(2 * k, 2 * k + 1) for k in range(60)]
QUIET = 260  # milliseconds in which a page that has just come takes no key


class Reviewer:
    """Somebody at the keyboard; notes everything the browser asked for, said, or put in the way."""

    def __init__(self, browser: Any, link: str, *, script: bool = True) -> None:
        self.context = browser.new_context(java_script_enabled=script, viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.trouble: list[str] = []
        self.asked: list[str] = []
        self.page.on("dialog", lambda d: (self.trouble.append(f"dialog {d.message}"), d.dismiss()))
        self.page.on("pageerror", lambda e: self.trouble.append(f"error {e}"))
        self.page.on("console", lambda m: self.trouble.append(f"console {m.text}"))
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.goto(link)

    def press(self, key: str) -> None:
        """Press a key that leads to another page, once this one takes keys."""
        self.page.wait_for_timeout(QUIET)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def shown(self) -> str:
        return self.page.locator("input[name=pair]").get_attribute("value")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "s", kind="plain") as opened:
        yield opened


def fifty(store: Store, **settings: Any) -> Desk:
    labels = np.arange(120, dtype=np.int64) // 4 * 4
    return desk_for(store, records(invented_names(120)), scored(120, PAIRS),
                    clusterings=Clusterings(point=labels, draws=labels[None, :]), **settings)  # fmt: skip


def in_force(log: tuple[Decision, ...]) -> list[Decision]:
    gone = {d.supersedes for d in log}
    return [d for d in log if d.number not in gone and d.judgement != "withdrawn"]


def test_fifty_decisions_by_keyboard_with_a_break(browser: Any, tmp_path: Path) -> None:
    keys = ["s", "d", "u", "s", "ArrowRight"]
    began = time.monotonic()
    with Store.create(tmp_path / "s", kind="plain") as store, serving(fifty(store)) as server:
        reviewer = Reviewer(browser, server.link)
        while len(in_force(read_log(store))) < 25:
            reviewer.press(keys[len(reviewer.asked) % len(keys)])
        reviewer.page.wait_for_timeout(QUIET)
        reviewer.page.keyboard.press("n")
        reviewer.page.keyboard.type("Same birthday; sdu are no keys here")
        reviewer.page.keyboard.press("Escape")
        reviewer.press("s")
        assert read_log(store)[-1].why == "Same birthday; sdu are no keys here"
        pair = read_log(store)[-1].pair
        reviewer.press("z")
        assert read_log(store)[-1].judgement == "withdrawn"
        assert reviewer.page.locator(".notice").inner_text().endswith("here is the pair again.")
        reviewer.press("d")
        assert (read_log(store)[-1].pair, read_log(store)[-1].judgement) == (pair, "different")
        assert "The model" in reviewer.page.locator(".last").inner_text()
        assert reviewer.trouble == []
        assert all(url.startswith(f"http://127.0.0.1:{server.port}/") for url in reviewer.asked)
        reviewer.context.close()
        held = read_log(store)
    # The program is gone; another one goes on over the same file.
    with Store.open(tmp_path / "s") as store, serving(fifty(store)) as server:
        assert read_log(store) == held
        reviewer = Reviewer(browser, server.link)
        assert "26 of 60" in reviewer.page.locator(".progress").inner_text()
        while len(in_force(read_log(store))) < 50:
            reviewer.press("s")
        log = read_log(store)
        assert log[: len(held)] == held
        assert len({d.pair for d in in_force(log)}) == 50
        assert {d.origin for d in log} == {"queue"}
        assert reviewer.trouble == []
        reviewer.context.close()
    a_minute = 50 / (time.monotonic() - began) * 60
    assert a_minute > 20  # the page must never be what keeps a reviewer from ten a minute


def test_a_key_held_down_or_pressed_at_once_decides_nothing_unseen(browser: Any, store: Store) -> None:
    with serving(fifty(store)) as server:
        reviewer = Reviewer(browser, server.link)
        reviewer.page.keyboard.press("s")  # the page has only just come
        reviewer.page.wait_for_timeout(QUIET)
        assert read_log(store) == ()
        reviewer.page.keyboard.down("Shift")
        for _ in range(5):  # repeats of a key held down
            reviewer.page.keyboard.down("s")
        reviewer.page.wait_for_timeout(3 * QUIET)
        assert len(read_log(store)) == 1
        reviewer.page.keyboard.up("s")
        reviewer.page.keyboard.up("Shift")
        reviewer.page.keyboard.press("Control+s")
        reviewer.page.keyboard.press("x")
        assert len(read_log(store)) == 1
        reviewer.context.close()


def test_other_keyboards_and_looking_back_and_forth(browser: Any, store: Store) -> None:
    with serving(fifty(store)) as server:
        reviewer = Reviewer(browser, server.link)
        first = reviewer.shown()
        reviewer.press("j")
        assert reviewer.shown() != first
        reviewer.press("ArrowLeft")
        assert reviewer.shown() == first
        reviewer.page.wait_for_timeout(QUIET)
        with reviewer.page.expect_navigation():  # the key S on a Russian keyboard
            reviewer.page.evaluate(
                "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ы', code: 'KeyS', bubbles: true}))"
            )
        assert [d.judgement for d in read_log(store)] == ["same"]
        reviewer.context.close()


def test_without_script_by_clicking(browser: Any, store: Store) -> None:
    with serving(fifty(store, by="")) as server:
        reviewer = Reviewer(browser, server.link, script=False)
        reviewer.page.fill("input[name=by]", "LM")
        reviewer.page.click("text=Begin")
        reviewer.page.fill("textarea", "clicked")
        reviewer.page.click("button.different")
        reviewer.page.click("text=Later")
        reviewer.page.click("button.unsure")
        reviewer.page.click("text=Undo")
        assert [(d.judgement, d.by, d.why) for d in read_log(store)] == [
            ("different", "LM", "clicked"), ("unsure", "LM", ""), ("withdrawn", "LM", "")]  # fmt: skip
        reviewer.page.click("text=Stop")
        assert "closed" in reviewer.page.inner_text("h1")
        reviewer.context.close()


def test_a_hundred_hostile_names_have_no_effect(browser: Any, store: Store) -> None:
    found = records(NAMES)
    edges = [(k, k + 1) for k in range(0, len(NAMES) - 1, 2)]
    labels = np.arange(len(NAMES), dtype=np.int64) // 6 * 6
    desk = desk_for(store, found, scored(len(NAMES), edges), by="<script>window.hit=1</script>",
                    clusterings=Clusterings(point=labels, draws=labels[None, :]))  # fmt: skip
    with serving(desk) as server:
        reviewer = Reviewer(browser, server.link)
        for place, (left, right) in enumerate(edges):
            assert reviewer.page.evaluate("window.hit") is None, (NAMES[left], NAMES[right])
            assert reviewer.page.evaluate("document.querySelectorAll('form').length") == 3
            assert reviewer.page.evaluate("document.scripts.length") == 1
            assert reviewer.page.evaluate("[...document.querySelectorAll('[data-key]')].length") == 6
            width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert reviewer.page.evaluate(width) <= 0
            same = reviewer.page.locator("button.same").bounding_box()
            assert same["width"] > 40
            # Notes with control characters are refused (tested elsewhere); all else is harmless.
            note = "".join(c for c in NAMES[left][:500] if unicodedata.category(c) != "Cc")
            reviewer.page.fill("textarea", note)
            with reviewer.page.expect_navigation():
                reviewer.page.click("button.same")
            assert len(read_log(store)) == place + 1
        assert reviewer.page.inner_text("h1") == "All done"
        assert reviewer.trouble == []
        assert all(url.startswith(f"http://127.0.0.1:{server.port}/") for url in reviewer.asked)
        reviewer.context.close()


ATTACK = """async (home) => {
  const form = new URLSearchParams({pair: '1', judgement: 'same'});
  const out = [];
  for (const mode of ['no-cors', 'cors'])
    for (const [method, path, body] of [['GET', ''], ['POST', 'decide', form], ['POST', 'undo', form]])
      try { out.push((await fetch(home + path, {method, mode, body, credentials: 'include'})).type); }
      catch (error) { out.push('refused'); }
  return out;
}"""


@contextmanager
def page_of_somebody_else(body: str) -> Iterator[str]:
    """Serve a page without any protection from another port of this machine: the same site, another origin."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_another_page_cannot_write_read_or_frame(browser: Any, store: Store) -> None:
    with serving(fifty(store)) as server:
        reviewer = Reviewer(browser, server.link)
        home = reviewer.page.url
        body = (
            f"<iframe src='{home}'></iframe><form method=post action='{home}decide'><input name=pair value=1>"
            "<input name=judgement value=same><button>go</button></form>"
        )
        with page_of_somebody_else(body) as address:
            evil = reviewer.context.new_page()  # in the same browser, so with the reviewer's cookie
            statuses: list[int] = []
            evil.on("response", lambda r: statuses.append(r.status) if r.url.startswith(home) else None)
            evil.goto(address)
            assert set(evil.evaluate(ATTACK, home)) <= {"refused", "opaque"}
            framed = [f for f in evil.frames if f is not evil.main_frame]
            assert framed
            assert all("One person" not in f.content() for f in framed)
            with evil.expect_navigation():
                evil.click("button")
            assert "not sent by the review page" in evil.inner_text("body")
            assert len(statuses) >= 2  # the frame and the form; the browser itself hides the answers to fetches
            assert set(statuses) == {403}
        assert read_log(store) == ()
        assert reviewer.page.reload().status == 200
        reviewer.context.close()


@pytest.mark.parametrize("width", [320, 390, 720, 1280])
def test_nothing_spills_over_and_everything_can_be_read(browser: Any, store: Store, width: int) -> None:
    with serving(fifty(store, outlook="50 more decisions would make the interval about 8 % narrower.")) as server:
        reviewer = Reviewer(browser, server.link)
        reviewer.page.set_viewport_size({"width": width, "height": 844})
        page = reviewer.page
        for _ in range(2):
            spill = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert spill <= 0
            assert page.evaluate(FAINT) == []
            page.keyboard.press("Tab")
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            with page.expect_navigation():
                page.click("button.same")
        assert reviewer.trouble == []
        reviewer.context.close()


# Texts whose contrast with the first background behind them is below 4.5 to 1.
FAINT = """() => {
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
  return [...document.querySelectorAll('body *')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => { const a = light(getComputedStyle(e).color), b = light(behind(e));
      return [e.textContent.trim().slice(0, 30), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]; })
    .filter(([, ratio]) => ratio < 4.5);
}"""
