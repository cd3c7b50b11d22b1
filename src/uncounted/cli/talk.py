"""How commands talk: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from uncounted.errors import UncountedError

Progress = Callable[[str, float], None]


def say(text: str) -> None:
    """Write a line of talk to stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def result(text: str) -> None:
    """Write a line of the result to stdout."""
    sys.stdout.write(text + "\n")


def result_json(value: object) -> None:
    """Write a result as JSON to stdout; `value` may be JSON text already."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    sys.stdout.write(text.rstrip("\n") + "\n")


def show_error(error: UncountedError) -> None:
    """Write the error frame: code, place, what, why, what to do, where to read more."""
    say(str(error))
    say(f"More: uncounted explain {error.code}")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield a callback (stage, fraction done) that draws a bar on stderr, or plain lines where there is no terminal.

    A stage may name its step after a colon and count it in brackets: "estimating: chapman (3 of 34)". The bar of the
    stage then shows the latest step; without a terminal each step is one line, said once.
    """
    if not sys.stderr.isatty():
        seen: set[str] = set()

        def plain(stage: str, _fraction: float) -> None:
            step = stage.partition(" (")[0]
            if step not in seen:
                seen.add(step)
                say(f"… {step}")

        yield plain
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Bar(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def draw(stage: str, fraction: float) -> None:
            name = stage.partition(":")[0]
            if name not in tasks:
                for task in tasks.values():
                    bar.update(task, completed=1.0)
                tasks[name] = bar.add_task(stage, total=1.0)
            bar.update(tasks[name], completed=fraction, description=stage)

        yield draw
