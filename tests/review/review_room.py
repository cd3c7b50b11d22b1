"""Invented records, scored pairs and a desk for the tests of the review."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import pyarrow as pa

from uncounted.linkage import Clusterings, LevelWeight, ScoredPairs
from uncounted.project.model import ListSpec
from uncounted.records.records import RECORD_SCHEMA, Records
from uncounted.review import Cards, DecisionLog, ReviewQueue, opinion_of
from uncounted.review.page.app import Desk
from uncounted.review.page.server import PageServer
from uncounted.sources.source import Source
from uncounted.store import Store

AT = "2026-01-02T03:04:05+00:00"
GIVEN = ("Anna", "Борис", "Vera", "Глеб", "Dina", "Егор", "فاطمة", "José")
SURNAMES = ("Lindqvist", "Соколов", "Marsh", "Орлова", "Haddad", "Петренко", "الحداد", "Núñez")


def records(names: Sequence[str], *, lists: tuple[str, ...] = ("courts", "press")) -> Records:
    """Return one record a name, dealt to the lists in turn."""
    rows = []
    for n, name in enumerate(names):
        born = date(1960 + n % 40, 1 + n % 12, 1 + n % 28)
        rows.append(
            {
                "record": n,
                "list": lists[n % len(lists)],
                "record_id": f"{lists[n % len(lists)]}:{n}",
                "line": n + 2,
                "name_raw": name,
                "surname_key": name.split()[0].casefold()[:40] if name.split() else None,
                "given_key": "anna" if n % 3 else None,
                "given_initial": "a",
                "name_keys": [name.casefold()[:40]],
                "script": "latin",
                "birth_from": born,
                "birth_to": born,
                "event_from": date(2022, 3, 1),
                "event_to": date(2022, 3, 31),
                "place_raw": "Northport",
                "place_key": "northport",
            }
        )
    return Records(table=pa.Table.from_pylist(rows, schema=RECORD_SCHEMA), lists=lists, changes=())


def invented_names(n: int) -> list[str]:
    return [f"{SURNAMES[i % len(SURNAMES)]} {GIVEN[(i // 3) % len(GIVEN)]}" for i in range(n)]


def scored(n_records: int, edges: Sequence[tuple[int, int]], probs: Sequence[float] | None = None) -> ScoredPairs:
    """Return scored pairs of these records."""
    edges = sorted((min(e), max(e)) for e in edges)
    prob = np.array(probs if probs is not None else [0.2 + 0.6 * (k % 7) / 7 for k in range(len(edges))])
    table = pa.table(
        {
            "left": pa.array([a for a, _ in edges], pa.int64()),
            "right": pa.array([b for _, b in edges], pa.int64()),
            "match_weight": np.log2(prob / (1 - prob)),
            "match_prob": prob,
            "n_rules": pa.array([1] * len(edges), pa.int8()),
            "level_surname": pa.array([k % 3 - 1 for k in range(len(edges))], pa.int8()),
        }
    )
    weights = tuple(
        LevelWeight(comparison="surname", level=level, m_prob=0.5, u_prob=0.1, match_weight=weight)
        for level, weight in (("same", 7.25), ("different", -4.5))
    )
    return ScoredPairs(table=table, n_records=n_records, rules=(), weights=weights, prior_match_prob=0.1)


def list_specs() -> tuple[ListSpec, ...]:
    return tuple(
        ListSpec(
            name=name,
            title=f"The list of {name}",
            file=Path(f"{name}.csv"),
            columns=(("name", "Full name"), ("birth", "Born on"), ("place", "Town")),
        )
        for name in ("courts", "press")
    )


def sources_of(found: Records) -> tuple[Source, ...]:
    """Return the lists as they would have been delivered."""
    out = []
    for name in found.lists:
        rows = [r for r in found.table.to_pylist() if r["list"] == name]
        table = pa.table(
            {
                "Full name": pa.array([r["name_raw"] for r in rows], pa.string()),
                "Born on": pa.array([f"{r['birth_from']:%d.%m.%y}" for r in rows], pa.string()),
                "Town": pa.array([r["place_raw"] for r in rows], pa.string()),
                "Remark": pa.array([f"remark {r['record']}" for r in rows], pa.string()),
                "__line": pa.array([r["line"] for r in rows], pa.int64()),
            }
        )
        columns = ("Full name", "Born on", "Town", "Remark")
        out.append(
            Source(name=name, file=f"{name}.csv", sha256="0" * 64, table=table, n_rows=len(rows), columns=columns)
        )
    return tuple(out)


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        self.seconds += 5.0
        return self.seconds


def desk_for(
    store: Store,
    found: Records,
    pairs: ScoredPairs | None,
    *,
    by: str = "AK",
    mode: Any = "first",
    order: Sequence[int] | None = None,
    share: float = 0.15,
    outlook: str = "",
    clusterings: Clusterings | None = None,
) -> Desk:
    """Return a desk over a store; `by` "" leaves the name to the page."""
    ids = found.table["record_id"].to_pylist()
    plan = np.arange(pairs.n_pairs) if order is None and pairs is not None else np.array(order or (), dtype=np.int64)
    desk = Desk(
        open_queue=lambda name: ReviewQueue(
            DecisionLog(store), ids=ids, pairs=pairs, order=plan, by=name, mode=mode, share=share
        ),
        cards=Cards(found, list_specs(), sources_of(found), clusterings),
        opinion=lambda position: opinion_of(pairs, position),
        now=lambda: AT,
        clock=Clock(),
        outlook=outlook,
    )
    if by:
        desk.start(by)
    return desk


@contextmanager
def serving(desk: Desk) -> Iterator[PageServer]:
    """Serve the page in a thread."""
    server = PageServer(desk)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str


class Visitor:
    """A browser of few manners: sends what it is told."""

    def __init__(self, server: PageServer) -> None:
        self.port = server.port
        self.base = urlsplit(server.link).path.rsplit("/open/", 1)[0]
        self.cookie = ""

    def enter(self, link: str) -> Answer:
        answer = self.send("GET", urlsplit(link).path)
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer

    def send(
        self, method: str, path: str, *, headers: Sequence[tuple[str, str]] | None = None, body: bytes = b""
    ) -> Answer:
        """Send exactly these headers, or those of a page of the same origin."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.usual(method, body) if headers is None else headers:
                connection.putheader(name, value)
            connection.endheaders(body)
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read().decode())
        finally:
            connection.close()

    def usual(self, method: str, body: bytes) -> list[tuple[str, str]]:
        host = f"127.0.0.1:{self.port}"
        found = [("Host", host), ("Cookie", self.cookie), ("Sec-Fetch-Site", "same-origin")]
        if method == "POST":
            found += [
                ("Origin", f"http://{host}"),
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("Content-Length", str(len(body))),
            ]
        return found

    def get(self, path: str = "/") -> Answer:
        return self.send("GET", self.base + path)

    def post(self, path: str, **fields: str) -> Answer:
        return self.send("POST", self.base + path, body=urlencode(fields).encode())
