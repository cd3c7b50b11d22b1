"""The review page over a real socket: who is let in, what the forms do, what names can do (nothing)."""

from __future__ import annotations

import logging
import re
import socket
import time
from urllib.parse import urlsplit

import numpy as np
import pytest
from hostile_names import NAMES
from review_room import AT, Visitor, desk_for, invented_names, records, scored, serving

from uncounted.errors import DecisionError
from uncounted.linkage import Clusterings
from uncounted.review import DecisionLog, NewDecision, read_log
from uncounted.review.page import server as server_module
from uncounted.review.page.pace import Pace
from uncounted.review.page.security import BODY_LIMIT
from uncounted.store import Store

PAIRS = [(2 * k, 2 * k + 1) for k in range(20)]


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "s", kind="plain") as opened:
        yield opened


@pytest.fixture
def desk(store):
    labels = np.arange(40, dtype=np.int64) // 4 * 4
    return desk_for(store, records(invented_names(40)), scored(40, PAIRS), outlook="50 more decisions: 8 % narrower.",
                    clusterings=Clusterings(point=labels, draws=labels[None, :]))  # fmt: skip


@pytest.fixture
def visit(desk):
    with serving(desk) as server:
        visitor = Visitor(server)
        visitor.enter(server.link)
        yield visitor


def number_in(body: str) -> str:
    return re.search(r'name="pair" value="(\d+)"', body)[1]


# -- the flow ---------------------------------------------------------------------------------------------------------
def test_a_pair_is_shown_without_the_models_opinion_and_decided(visit, store, desk):
    body = visit.get().body
    for words in ("The list of courts", "courts.csv", "line 2", "01.01.60", "1960-01-01", "remark 0", "latin script",
                  "0</b> of 20", "50 more decisions", "Other records"):  # fmt: skip
        assert words in body
    assert "The model" not in body
    assert "bits" not in body
    answer = visit.post("/decide", pair=number_in(body), judgement="same", note="same birthday", look="0")
    assert (answer.status, answer.headers["location"]) == (303, f"{visit.base}/")
    (entry,) = read_log(store)
    assert (entry.left, entry.right, entry.judgement, entry.by, entry.why, entry.origin) == (
        "courts:0", "press:1", "same", "AK", "same birthday", "queue")  # fmt: skip
    after = visit.get().body
    assert "you said <b>same</b>" in after
    assert "The model: 20 % one person" in after
    assert "−2.0 bits" in after
    assert "surname: missing" in after
    assert "1</b> of 20" in after
    visit.post("/decide", pair=number_in(after), judgement="unsure")
    assert "surname: different <b>−4.5</b>" in visit.get().body


def test_undo_and_looking_further_on(visit, store):
    first = visit.get().body
    visit.post("/decide", pair=number_in(first), judgement="same")
    assert visit.post("/undo").status == 303
    back = visit.get().body
    assert number_in(back) == number_in(first)
    assert "Decision 1 is taken back" in back
    assert [d.judgement for d in read_log(store)] == ["same", "withdrawn"]
    visit.post("/undo")
    assert "no decision of yours" in visit.get().body
    later = visit.get("/?look=3").body
    assert number_in(later) != number_in(first)
    answer = visit.post("/decide", pair=number_in(later), judgement="different", look="3")
    assert answer.headers["location"].endswith("/?look=3")
    assert "1</b> of 20" in visit.get("/?look=3").body
    for look in ("-1", "x", "99999999999", "19", "20"):
        assert visit.get(f"/?look={look}").status == 200


def test_forms_that_fit_nothing_write_nothing(visit, store):
    number = number_in(visit.get().body)
    misfits = [
        {},
        {"pair": "99", "judgement": "same"},
        {"pair": number},
        {"pair": number, "judgement": "withdrawn"},
        {"pair": number, "judgement": "SAME"},
        {"pair": "courts:0", "judgement": "same"},
    ]
    for fields in misfits:
        assert visit.post("/decide", **fields).status == 303
    doubled = f"pair={number}&judgement=same&judgement=different".encode()
    visit.send("POST", visit.base + "/decide", body=doubled)
    visit.send("POST", visit.base + "/decide", body=b"&".join(b"a%d=1" % k for k in range(50)))
    assert "nothing was written" in visit.get().body
    assert read_log(store) == ()
    visit.post("/decide", pair=number, judgement="same")
    visit.post("/decide", pair=number, judgement="different")  # sent twice, from an old page
    assert len(read_log(store)) == 1
    assert "does not wait for you" in visit.get().body


def test_notes_are_kept_as_written_but_not_endless(visit, store):
    visit.post("/decide", pair=number_in(visit.get().body), judgement="same", note="=SUM(A1)\r\n<b>\u202eпо\x00 ")
    visit.post("/decide", pair=number_in(visit.get().body), judgement="same", note="x" * 3_000)
    assert read_log(store)[0].why == "=SUM(A1)\r\n<b>\u202eпо"
    assert len(read_log(store)[1].why) == 2_000


def test_all_done_and_stop(store):
    desk = desk_for(store, records(invented_names(4)), scored(4, [(0, 1)]), share=1.0)
    with serving(desk) as server:
        visit = Visitor(server)
        visit.enter(server.link)
        visit.post("/decide", pair=number_in(visit.get().body), judgement="same")
        body = visit.get().body
        assert "All done" in body
        assert "1 pair waits for a second look" in body
        assert "closed" in visit.post("/stop").body
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                visit.get()
            except OSError:
                break
            time.sleep(0.05)
        else:
            pytest.fail("the server still answers")


def test_empty_queues_say_so(store):
    for mode, words in (("first", "no pair to review"), ("second", "second look by you"),
                        ("adjudicate", "agree on every pair")):  # fmt: skip
        desk = desk_for(store, records(invented_names(4)), scored(4, []), mode=mode)
        with serving(desk) as server:
            visit = Visitor(server)
            visit.enter(server.link)
            assert words in visit.get().body


def test_the_name_is_asked_for(store):
    with serving(desk_for(store, records(invented_names(40)), scored(40, PAIRS), by="")) as server:
        visit = Visitor(server)
        visit.enter(server.link)
        assert "Who reviews?" in visit.get().body
        visit.post("/decide", pair="1", judgement="same")
        visit.post("/undo")
        visit.post("/start", by="  ")
        assert "name is missing" in visit.get().body
        visit.post("/start", by="<b>Ж</b>")
        body = visit.get().body
        assert "&lt;b&gt;Ж&lt;/b&gt;" in body
        visit.post("/start", by="Another")
        visit.post("/decide", pair=number_in(body), judgement="same")
        assert [d.by for d in read_log(store)] == ["<b>Ж</b>"]


def test_the_second_reviewer_sees_nothing_of_the_first(store):
    found, pairs = records(invented_names(40)), scored(40, PAIRS)
    log = DecisionLog(store)
    log.append_all([NewDecision(left="courts:0", right="press:1", judgement="different", by="Firstling", at=AT,
                                why="my reasons", origin="queue")])  # fmt: skip
    with serving(desk_for(store, found, pairs, by="LM", mode="second", share=1.0)) as server:
        visit = Visitor(server)
        visit.enter(server.link)
        body = visit.get().body
        assert "Second look" in body
        for hidden in ("Firstling", "my reasons", "The model"):
            assert hidden not in body
        visit.post("/decide", pair=number_in(body), judgement="same")
        assert "Firstling" not in visit.get().body
    with serving(desk_for(store, found, pairs, by="ED", mode="adjudicate")) as server:
        visit = Visitor(server)
        visit.enter(server.link)
        body = visit.get().body
        assert "my reasons" in body
        assert "<b>different</b>" in body
        assert "<b>same</b>" in body
        assert "Firstling" not in body
        assert "LM" not in body
        visit.post("/decide", pair=number_in(body), judgement="same")
        after = visit.get().body
        assert "Firstling" in after
        assert "LM" in after
        assert read_log(store)[-1].origin == "adjudication"


# -- who is let in ----------------------------------------------------------------------------------------------------
def hostile(visit: Visitor) -> list[tuple[str, str, str, list[tuple[str, str]], bytes]]:
    """Return (name, method, path, headers, body) of requests that must not pass."""
    path, form = visit.base + "/decide", b"pair=1&judgement=same"
    host = f"127.0.0.1:{visit.port}"

    def changed(method: str, **changes: str | None) -> list[tuple[str, str]]:
        wanted = {k.replace("_", "-").lower(): v for k, v in changes.items()}
        kept = [(k, wanted.pop(k.lower(), v)) for k, v in visit.usual(method, form)]
        return [(k, v) for k, v in (*kept, *wanted.items()) if v is not None]

    get, post = changed("GET"), changed("POST")
    return [
        ("another host", "POST", path, changed("POST", host="evil.example"), form),
        ("localhost", "POST", path, changed("POST", host=f"localhost:{visit.port}"), form),
        ("host without port", "GET", visit.base + "/", changed("GET", host="127.0.0.1"), b""),
        ("another port", "GET", visit.base + "/", changed("GET", host="127.0.0.1:80"), b""),
        ("two hosts", "GET", visit.base + "/", [*get, ("Host", host)], b""),
        ("no origin", "POST", path, changed("POST", origin=None), form),
        ("null origin", "POST", path, changed("POST", origin="null"), form),
        ("another origin", "POST", path, changed("POST", origin="http://evil.example"), form),
        ("another port's origin", "POST", path, changed("POST", origin="http://127.0.0.1:80"), form),
        ("secure origin", "POST", path, changed("POST", origin=f"https://{host}"), form),
        ("two origins", "POST", path, [*post, ("Origin", f"http://{host}")], form),
        ("cross-site form", "POST", path, changed("POST", sec_fetch_site="cross-site"), form),
        ("same-site form", "POST", path, changed("POST", sec_fetch_site="same-site"), form),
        ("form of nobody", "POST", path, changed("POST", sec_fetch_site="none"), form),
        ("form of no browser", "POST", path, changed("POST", sec_fetch_site=None), form),
        ("cross-site read", "GET", visit.base + "/", changed("GET", sec_fetch_site="cross-site"), b""),
        ("same-site read", "GET", visit.base + "/", changed("GET", sec_fetch_site="same-site"), b""),
        ("foreign read", "GET", visit.base + "/", [*get, ("Origin", "http://evil.example")], b""),
        ("no cookie", "POST", path, changed("POST", cookie=None), form),
        ("empty cookie", "POST", path, changed("POST", cookie="uncounted_review="), form),
        ("wrong cookie", "GET", visit.base + "/", changed("GET", cookie="uncounted_review=" + "A" * 43), b""),
        ("two cookies", "GET", visit.base + "/", [*get, ("Cookie", "uncounted_review=x")], b""),
        ("style without cookie", "GET", visit.base + "/static/review.css", changed("GET", cookie=None), b""),
        ("PUT", "PUT", path, post, form),
        ("DELETE", "DELETE", path, post, form),
        ("OPTIONS", "OPTIONS", path, changed("GET", sec_fetch_site="cross-site"), b""),
        ("TRACE", "TRACE", visit.base + "/", get, b""),
        ("HEAD", "HEAD", visit.base + "/", get, b""),
        ("GET that writes", "GET", path + "?pair=1&judgement=same", get, b""),
        ("POST to a page", "POST", visit.base + "/", post, form),
        ("JSON", "POST", path, changed("POST", content_type="application/json"), form),
        ("plain text", "POST", path, changed("POST", content_type="text/plain"), form),
        ("no length", "POST", path, [*changed("POST", content_length=None), ("Transfer-Encoding", "chunked")],
         b"15\r\n" + form + b"\r\n0\r\n\r\n"),
        ("too long", "POST", path, changed("POST", content_length=str(BODY_LIMIT + 1)), b"x" * (BODY_LIMIT + 1)),
        ("negative length", "POST", path, changed("POST", content_length="-1"), b""),
        ("no folder", "POST", "/decide", post, form),
        ("root", "GET", "/", get, b""),
        ("another folder", "GET", "/AAAAAAAAAAAAAAAA/", get, b""),
        ("climbing", "GET", f"{visit.base}/static/../decide", get, b""),
        ("encoded climbing", "GET", f"{visit.base}/static/%2e%2e%2fapp.py", get, b""),
        ("template", "GET", f"{visit.base}/static/pair.html.j2", get, b""),
        ("wrong token", "GET", f"{visit.base}/open/" + "A" * 43, changed("GET", cookie=None), b""),
    ]  # fmt: skip


def test_no_hostile_request_passes(visit, store):
    cases = hostile(visit)
    assert len(cases) >= 20
    visit.get()  # pair 1 has been shown, so a form naming it would be taken
    for name, method, path, headers, body in cases:
        try:
            answer = visit.send(method, path, headers=headers, body=body)
        except ConnectionError:
            continue  # cut off while still sending
        assert 400 <= answer.status < 500, name
        assert "Lindqvist" not in answer.body, name
        assert "set-cookie" not in answer.headers, name
    assert read_log(store) == ()
    assert visit.get().status == 200
    assert visit.post("/decide", pair="1", judgement="same").status == 303  # the honest twin of the forged ones
    assert len(read_log(store)) == 1


def test_the_link_is_good_once(desk):
    with serving(desk) as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{16}/open/[\w-]{43}", server.link)
        one, two = Visitor(server), Visitor(server)
        assert one.enter(server.link).status == 303
        refused = two.enter(server.link)
        assert (refused.status, two.cookie) == (403, "")
        assert "good for one visit" in refused.body
        assert two.get().status == 403
        assert one.get().status == 200


def test_every_answer_carries_the_headers(visit):
    number = number_in(visit.get().body)
    answers = [
        visit.get(),
        visit.get("/static/review.js"),
        visit.get("/static/none.js"),
        visit.post("/decide", pair=number, judgement="same"),
        visit.send("GET", "/"),
        visit.send("DELETE", visit.base + "/"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


def test_the_cookie_is_for_this_page_alone(desk):
    with serving(desk) as server:
        visit = Visitor(server)
        cookie = visit.enter(server.link).headers["set-cookie"]
    parts = [p.strip() for p in cookie.split(";")]
    assert parts[1:] == [f"Path={visit.base}/", "HttpOnly", "SameSite=Strict"]


def test_only_this_machine_can_reach_it(visit):
    assert socket.create_connection(("127.0.0.1", visit.port), 2).close() is None
    for address in {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {
        "127.0.0.1"
    }:
        with pytest.raises((ConnectionRefusedError, TimeoutError)):
            socket.create_connection((address, visit.port), 0.5)


def test_nothing_of_people_in_addresses_pages_or_logs(visit, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for _ in range(5):
        body = visit.get().body
        visit.post("/decide", pair=number_in(body), judgement="same", note="Lindqvist")
        for address in re.findall(r'(?:href|action|src)="([^"]*)"', body):
            assert re.fullmatch(rf"{re.escape(visit.base)}/[a-z]*(/review\.(css|js)|/icon\.svg|\?look=\d+)?", address)
    assert "Lindqvist" not in caplog.text
    assert urlsplit(visit.base).path not in caplog.text
    assert capfd.readouterr() == ("", "")


# -- what names can do ------------------------------------------------------------------------------------------------
def test_hostile_names_are_text(store):
    found = records(NAMES)
    edges = [(k, k + 1) for k in range(0, len(NAMES) - 1, 2)]
    labels = np.zeros(len(NAMES), dtype=np.int64)
    desk = desk_for(store, found, scored(len(NAMES), edges),
                    clusterings=Clusterings(point=labels, draws=labels[None, :]))  # fmt: skip
    with serving(desk) as server:
        visit = Visitor(server)
        visit.enter(server.link)
        calm = None
        for look in range(len(edges)):
            body = visit.get(f"/?look={look}").body
            tags = sorted(re.findall(r"<(script|form|button|iframe|img|svg|base|meta|link|style|object|embed)\b", body))
            calm = calm or tags
            assert tags == calm, NAMES[2 * look]
            assert not re.search(
                r"[\x00-\x08\x0b-\x1f\x7f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]", body
            )
            assert not re.search(r"<[a-z]+[^>]*\son\w+=", body)


def test_a_moved_store_stops_the_page_in_words(tmp_path, visit, store):
    number = number_in(visit.get().body)
    store.path.rename(tmp_path / "away")
    answer = visit.post("/decide", pair=number, judgement="same")
    assert answer.status == 409
    assert "D08" in answer.body
    assert "Lindqvist" not in answer.body
    (tmp_path / "away").rename(store.path)
    assert read_log(store) == ()


def test_a_fault_of_ours_tells_nothing_of_people(visit, desk, caplog, capfd):
    def broken(*_ids):
        raise ValueError("Lindqvist")

    desk.cards.card = broken
    answer = visit.get()
    assert answer.status == 500
    assert "ValueError" in answer.body
    assert "Lindqvist" not in answer.body + caplog.text + "".join(capfd.readouterr())
    assert answer.headers["x-frame-options"] == "DENY"


def test_no_port_is_said(monkeypatch, desk):
    class Refusing(socket.socket):
        def bind(self, _address):
            raise OSError(13, "Permission denied")

    monkeypatch.setattr(server_module.socket, "socket", Refusing)
    with pytest.raises(DecisionError) as caught:
        server_module.PageServer(desk)
    assert caught.value.code == "D13"


def test_pace_leaves_breaks_out():
    pace = Pace()
    assert pace.per_minute(0.0) is None
    for now in (0.0, 6.0, 12.0, 1000.0, 1006.0):
        pace.decided(now)
    assert pace.per_minute(1007.0) == pytest.approx(10.0)
    assert pace.per_minute(2000.0) is None


def test_a_page_takes_less_than_a_tenth_of_a_second_after_ten_thousand_decisions(store):
    n = 21_000
    edges = [(2 * k, 2 * k + 1) for k in range(n // 2)]
    found = records(invented_names(n))
    ids = found.table["record_id"].to_pylist()
    DecisionLog(store).append_all(
        [NewDecision(left=ids[a], right=ids[b], judgement=("same", "different", "unsure")[a % 3], by="AK", at=AT,
                     origin="queue") for a, b in edges[:10_000]]
    )  # fmt: skip
    with serving(desk_for(store, found, scored(n, edges), by="LM")) as server:
        visit = Visitor(server)
        visit.enter(server.link)
        body = visit.get().body
        began = time.process_time()
        for _ in range(10):
            visit.post("/decide", pair=number_in(body), judgement="same")
            body = visit.get().body
        assert (time.process_time() - began) / 10 < 0.1
