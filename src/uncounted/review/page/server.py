"""The server of the review page: one port on 127.0.0.1, no log, until Ctrl-C or the page's stop button."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uncounted.errors import DecisionError
from uncounted.review.page.app import Desk, build_app
from uncounted.review.page.security import Guard, Key

if TYPE_CHECKING:
    from types import FrameType

    from uncounted.review.decisions import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSummary:
    """What a session did: entries written, and what still waits (None if nobody began)."""

    made: tuple[Decision, ...]
    n_waiting: int | None


class PageServer:
    """Serves a review to this machine's browser.

    Parameters
    ----------
    desk : Desk
        What the session works with.

    Raises
    ------
    DecisionError
        D13 if no port can be had.
    """

    def __init__(self, desk: Desk) -> None:
        import uvicorn

        self._desk, self._key = desk, Key()
        self._socket = _listen()
        self.port = int(self._socket.getsockname()[1])
        host = f"127.0.0.1:{self.port}"
        self.link = f"http://{host}{self._key.base}/open/{self._key.link_token}"
        guarded = Guard(build_app(desk, key=self._key, stop=self.stop), key=self._key, host=host)
        config = uvicorn.Config(
            guarded,
            access_log=False,  # addresses and cookies of requests are nobody's business
            log_config=None,
            log_level="critical",
            lifespan="off",
            ws="none",
            http="h11",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=32,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=2,
            h11_max_incomplete_event_size=16_384,
        )
        self._server = _server(config)

    def serve(self, *, opened: Callable[[str], object] | None = None) -> ReviewSummary:
        """Answer requests until stopped; `opened` is called with the one-time link first."""
        try:
            if opened is not None:
                opened(self.link)
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()
        queue = self._desk.queue
        return ReviewSummary(made=tuple(self._desk.made), n_waiting=None if queue is None else len(queue.open_tasks()))

    def stop(self) -> None:
        """End `serve` after the answers that are being given."""
        self._server.should_exit = True


def _listen() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.bind(("127.0.0.1", 0))
        made.listen(32)  # at once: the browser may be there before the first answer can be given
    except OSError as error:
        made.close()
        raise DecisionError(
            f"the review page cannot be opened on this machine ({error.strerror}).",
            do="Review in the terminal: uncounted review --terminal --by NAME.",
            code="D13",
        ) from error
    return made


def _server(config: Any) -> Any:
    import uvicorn

    class Quiet(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of uvicorn
            """End in order on the first Ctrl-C, which is a usual way to end a review and no interruption."""
            if self.should_exit and sig == signal.SIGINT:
                self.force_exit = True
            self.should_exit = True

    return Quiet(config)
