"""The pages of a review and what their forms do. Reads change nothing; each write ends in a redirect to a read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from uncounted.errors import DecisionError, UncountedError
from uncounted.review.decisions import Decision, Judgement
from uncounted.review.page.pace import Pace
from uncounted.review.page.security import Key
from uncounted.review.page.views import render
from uncounted.review.queue import ReviewQueue, Task

if TYPE_CHECKING:
    from uncounted.review.card import Cards, Opinion

NOTE_LIMIT = 2_000
NAME_LIMIT = 80
_STATIC = {"review.css": "text/css", "review.js": "text/javascript", "icon.svg": "image/svg+xml"}
_JUDGEMENTS: dict[str, Judgement] = {"same": "same", "different": "different", "unsure": "unsure"}


@dataclass(slots=True, kw_only=True)
class Desk:
    """What one review session works with.

    Attributes
    ----------
    open_queue : callable
        Makes the queue once the reviewer's name is known.
    cards : Cards
        Makes what is shown of two records.
    opinion : callable
        What the model thinks of the pair in a row of the pairs; shown after the decision.
    now, clock : callable
        The time in ISO form, for the log; and in seconds, for decisions a minute.
    outlook : str
        What the next decisions would do for the result, in a sentence; "" if nothing is known.
    by : str
        The reviewer's name; "" until it is given on the page.
    """

    open_queue: Callable[[str], ReviewQueue]
    cards: Cards
    opinion: Callable[[int], Opinion]
    now: Callable[[], str]
    clock: Callable[[], float]
    outlook: str = ""
    by: str = ""
    queue: ReviewQueue | None = None
    last: Decision | None = None
    notice: str = ""
    made: list[Decision] = field(default_factory=list)
    pace: Pace = field(default_factory=Pace)
    shown: dict[str, Task] = field(default_factory=dict)

    def start(self, by: str) -> None:
        """Begin with a reviewer's name."""
        self.queue = self.open_queue(by)
        self.by = self.queue.by


def build_app(desk: Desk, *, key: Key, stop: Callable[[], None]) -> Starlette:
    """Return the application, without the guard that must stand before it (`security.Guard`)."""
    pages = _Pages(desk, key, stop)
    base = key.base
    return Starlette(
        routes=[
            Route(f"{base}/open/{{token}}", pages.open, methods=["GET"]),
            Route(f"{base}/", pages.show, methods=["GET"]),
            Route(f"{base}/start", pages.start, methods=["POST"]),
            Route(f"{base}/decide", pages.decide, methods=["POST"]),
            Route(f"{base}/undo", pages.undo, methods=["POST"]),
            Route(f"{base}/stop", pages.stop, methods=["POST"]),
            Route(f"{base}/static/{{name}}", pages.static, methods=["GET"]),
        ],
        exception_handlers={UncountedError: pages.refused, Exception: pages.broken},
    )


class _Pages:
    def __init__(self, desk: Desk, key: Key, stop: Callable[[], None]) -> None:
        self._desk, self._key, self._stop = desk, key, stop

    async def open(self, request: Request) -> Response:
        """Exchange the one-time link for the cookie."""
        if not self._key.redeem(request.path_params["token"]):
            return _page("message", base=self._key.base, title="This link was used", status=403,
                         text="It is good for one visit. Stop the program with Ctrl-C and start it again.")  # fmt: skip
        answer = RedirectResponse(f"{self._key.base}/", status_code=303)
        answer.headers["set-cookie"] = self._key.cookie_header
        return answer

    async def show(self, request: Request) -> Response:
        """Show the next pair, another one further on (`look`), or that all is done."""
        desk = self._desk
        notice, desk.notice = desk.notice, ""
        if desk.queue is None:
            return _page("start", base=self._key.base, notice=notice)
        waiting = desk.queue.open_tasks()
        common: dict[str, Any] = {
            "base": self._key.base,
            "desk": desk,
            "notice": notice,
            "progress": desk.queue.progress(),
            "pace": desk.pace.per_minute(desk.clock()),
            "last": self._last(),
        }
        if not waiting:
            return _page("done", **common)
        look = _whole(request.query_params.get("look", "0")) % len(waiting)
        task = waiting[look]
        number = self._number(task)
        said = []
        if desk.queue.mode == "adjudicate":
            held = desk.queue.judgements.of(task.pair)
            said = [] if held is None else _without_names(held.decisions)
        card = desk.cards.card(task.left, task.right)
        return _page("pair", **common, card=card, number=number, look=look, n_waiting=len(waiting), said=said)

    async def start(self, request: Request) -> Response:
        """Take the reviewer's name."""
        form = await _form(request)
        name = form.get("by", "").strip()[:NAME_LIMIT]
        if self._desk.queue is None:
            try:
                self._desk.start(name)
            except DecisionError as error:
                self._desk.notice = error.what
        return self._home()

    async def decide(self, request: Request) -> Response:
        """Write a decision into the log; a pair that no longer waits is said, and nothing is written."""
        desk = self._desk
        form = await _form(request)
        task, judgement = desk.shown.get(form.get("pair", "")), _JUDGEMENTS.get(form.get("judgement", ""))
        note = " ".join(form.get("note", "").split("\x00"))[:NOTE_LIMIT].strip()
        if desk.queue is None or task is None or judgement is None:
            desk.notice = "That was not a decision about a pair shown here; nothing was written."
            return self._home()
        try:
            entry = desk.queue.decide(task, judgement, at=desk.now(), why=note)
        except DecisionError as error:
            if error.code != "D11":
                raise
            desk.notice = "That pair does not wait for you any more; nothing was written."
            return self._home()
        desk.last = entry
        desk.made.append(entry)
        desk.pace.decided(desk.clock())
        return self._home(_whole(form.get("look", "0")))

    async def undo(self, _request: Request) -> Response:
        """Take the last decision back; the pair is shown again."""
        desk = self._desk
        entry = desk.queue.undo(at=desk.now()) if desk.queue is not None else None
        desk.last = None
        if entry is None:
            desk.notice = "There is no decision of yours to take back."
        else:
            desk.notice = f"Decision {entry.supersedes} is taken back; here is the pair again."
            desk.made.append(entry)
        return self._home()

    async def stop(self, _request: Request) -> Response:
        """Say goodbye and end the program."""
        self._stop()
        return _page("message", base=self._key.base, title="The review is closed",
                     text="Every decision is on the disk. You can close this window; start `uncounted review` again to "
                     "go on where you stopped.")  # fmt: skip

    async def static(self, request: Request) -> Response:
        """Give the style or the script."""
        name = request.path_params["name"]
        if name not in _STATIC:
            return Response("No such page.", status_code=404, media_type="text/plain")
        data = (files("uncounted.review.page") / "static" / name).read_bytes()
        return Response(data, media_type=_STATIC[name])

    async def refused(self, _request: Request, error: Exception) -> Response:
        """Show an error of the log or the store; nothing was written."""
        return _page("message", base=self._key.base, title="Nothing was written", text=str(error), status=409)

    async def broken(self, _request: Request, error: Exception) -> Response:
        """Say that something broke, without its words, which may hold data of people."""
        return _page("message", base=self._key.base, title="Something broke", status=500,
                     text=f"This is a fault of uncounted: {type(error).__name__}. Decisions made before are on the "
                     "disk. Stop with Ctrl-C and start again.")  # fmt: skip

    def _home(self, look: int = 0) -> Response:
        """Go back to the pairs: the one decided is gone, so the same place holds the one after it."""
        return RedirectResponse(f"{self._key.base}/" + (f"?look={look}" if look else ""), status_code=303)

    def _number(self, task: Task) -> str:
        """Return the number by which a form names this pair: no record id stands in an address or a form."""
        for number, shown in self._desk.shown.items():
            if shown.pair == task.pair:
                return number
        number = str(len(self._desk.shown) + 1)
        self._desk.shown[number] = task
        return number

    def _last(self) -> dict[str, Any] | None:
        """Return the last decision with the model's opinion and, for an adjudicator, who had said what."""
        desk, entry = self._desk, self._desk.last
        if entry is None or desk.queue is None:
            return None
        position = desk.queue.position(entry.pair)
        opinion = desk.opinion(position) if position is not None else None
        held = desk.queue.judgements.of(entry.pair)
        said = [d for d in held.decisions if d.origin != "adjudication"] if held else []
        return {"entry": entry, "opinion": opinion, "said": said if desk.queue.mode == "adjudicate" else []}


def _without_names(decisions: tuple[Decision, ...]) -> list[Decision]:
    """Return the answers to adjudicate in an order that does not tell whose they are: by what they say."""
    return sorted((d for d in decisions if d.origin != "adjudication"), key=lambda d: (d.judgement, d.why))


def _page(name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(render(f"{name}.html.j2", **values), status_code=status)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form; of a field sent twice, none."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}
