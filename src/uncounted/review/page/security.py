"""Who may talk to the review page: the one browser that came by the one-time link, on this machine, from this page.

Any page that the reviewer has open elsewhere can send requests to 127.0.0.1, and so can every other user of the
machine. So each request must come over the loopback address to the exact host and port (against DNS rebinding), carry
the cookie (against other users and programs), and, if it writes, come from this very page (against forged forms).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

BODY_LIMIT = 16_384
COOKIE = "uncounted_review"
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        b"frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), clipboard-read=()"),
)
_FORM = b"application/x-www-form-urlencoded"


@dataclass(slots=True)
class Key:
    """The secrets of one review session.

    Attributes
    ----------
    link_token : str
        256 bits, in the link; good for one visit.
    cookie : str
        256 bits, in the browser's cookie after that visit.
    base : str
        A random folder that all addresses of the page lie in. Browsers send the cookies of 127.0.0.1 to every port of
        it; with this as its path, the cookie goes to no other program.
    used : bool
        Whether the link was used.
    """

    link_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    base: str = field(default_factory=lambda: "/" + secrets.token_urlsafe(12))
    used: bool = False

    def redeem(self, token: str) -> bool:
        """Return whether this is the link's token, the first time it is shown."""
        if self.used or not hmac.compare_digest(token.encode(), self.link_token.encode()):
            return False
        self.used = True
        return True

    @property
    def cookie_header(self) -> str:
        """Value of Set-Cookie."""
        return f"{COOKIE}={self.cookie}; Path={self.base}/; HttpOnly; SameSite=Strict"


class Guard:
    """Refuses every request that does not come from the reviewer's own page, and puts the headers on every answer.

    Parameters
    ----------
    app : ASGI application
        Sees only requests that passed.
    key : Key
        Of this session.
    host : str
        The exact host and port, e.g. "127.0.0.1:40123".
    """

    def __init__(self, app: App, *, key: Key, host: str) -> None:
        self._app, self._key = app, key
        self._host = host.encode("ascii")
        self._origin = f"http://{host}".encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with a refusal that says nothing of the data."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)
        body = b""
        if not refused and scope["method"] == "POST":
            read = await _read_body(receive)
            refused, body = ((413, "The form is too large.") if read is None else None), read or b""
        if refused:
            await _refuse(send, *refused)
            return
        await self._app(scope, _replay(body, receive), _with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        if headers.get(b"host") != [self._host]:
            return 403, "Wrong host."
        if scope["method"] not in ("GET", "POST"):
            return 405, "Wrong method."
        raw = scope.get("raw_path", b"").partition(b"?")[0]
        if not raw.startswith(self._key.base.encode() + b"/") or b"%" in raw or b"//" in raw or b".." in raw:
            return 404, "No such page."
        return self._forged(scope["method"], headers) or self._stranger(scope, headers)

    def _forged(self, method: str, headers: dict[bytes, list[bytes]]) -> tuple[int, str] | None:
        """Refuse what another page sent: a write must name this page, a read must not name another."""
        site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
        if method == "POST":
            if origin != [self._origin] or site != [b"same-origin"]:
                return 403, "This form was not sent by the review page."
            if [v.partition(b";")[0].strip().lower() for v in headers.get(b"content-type", [])] != [_FORM]:
                return 415, "Wrong kind of content."
            length = headers.get(b"content-length", [])
            if len(length) != 1 or not length[0].isdigit() or b"transfer-encoding" in headers:
                return 411, "The length of the form must be given."
            if int(length[0][:12]) > BODY_LIMIT or len(length[0]) > 12:
                return 413, "The form is too large."
            return None
        if site not in (None, [b"same-origin"], [b"none"]) or origin not in (None, [self._origin]):
            return 403, "Another page may not open this one."
        return None

    def _stranger(self, scope: Scope, headers: dict[bytes, list[bytes]]) -> tuple[int, str] | None:
        if scope["method"] == "GET" and scope["path"].startswith(f"{self._key.base}/open/"):
            return None  # the one-time link; the page compares its token
        cookies = [_cookie(value) for value in headers.get(b"cookie", [])]
        good = [c for c in cookies if c is not None and hmac.compare_digest(c.encode(), self._key.cookie.encode())]
        if len(good) != 1 or len(cookies) != 1:
            return 403, "Open the review by the link that the program printed."
        return None


def _cookie(header: bytes) -> str | None:
    try:
        held = SimpleCookie(header.decode("latin-1"))
    except CookieError:
        return None
    return held[COOKIE].value if COOKIE in held else None


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, or None if it is longer than allowed, whatever its header said."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > BODY_LIMIT:
            return None
        if not message.get("more_body", False):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> dict[str, Any]:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again


def _with_headers(send: Send) -> Send:
    async def dressed(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            ours = {name for name, _ in HEADERS}
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in ours]
            message = {**message, "headers": [*kept, *HEADERS]}
        await send(message)

    return dressed


async def _refuse(send: Send, status: int, words: str) -> None:
    body = words.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *HEADERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
