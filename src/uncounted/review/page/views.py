"""The templates of the page: every value escaped, every text of strangers isolated and its hidden characters shown."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from uncounted.review.card import MARK_SIGNS, MARK_WORDS
from uncounted.review.visible import pieces

_NAMES = ("base.html.j2", "start.html.j2", "pair.html.j2", "done.html.j2", "message.html.j2", "parts.html.j2")


def render(name: str, **values: Any) -> str:
    """Return a page."""
    return str(_environment().get_template(name).render(**values))


def _bits(weight: float) -> str:
    return f"{weight:+.1f}".replace("-", "−")


@cache
def _environment() -> Any:
    import jinja2

    folder = files("uncounted.review.page") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({name: (folder / name).read_text(encoding="utf-8") for name in _NAMES}),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(pieces=pieces, bits=_bits)
    environment.globals.update(signs=MARK_SIGNS, words=MARK_WORDS)
    return environment
