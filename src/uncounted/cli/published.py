"""`uncounted published`: the public capture tables that come with the program."""

from __future__ import annotations

from typing import Annotated

import typer

from uncounted.cli.options import Json
from uncounted.cli.talk import result, result_json


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def published(
        name: Annotated[str | None, typer.Argument(help="A table's name; without it, all are listed.")] = None,
        as_json: Json = False,
    ) -> None:
        """List the published capture tables, or show the counts of one."""
        from uncounted.captures import published as load
        from uncounted.captures import published_tables

        if name is None:
            tables = published_tables()
            if as_json:
                result_json(
                    [
                        {
                            "name": t.name,
                            "title": t.title,
                            "lists": t.lists,
                            "n_listed": t.n_listed,
                            "citation": t.citation,
                        }
                        for t in tables
                    ]
                )
                return
            for t in tables:
                result(f"{t.name:<15} {len(t.lists)} lists {t.n_listed:>6,} people  {t.title}")
            result("\nEstimate one: uncounted estimate published:kosovo")
            return
        table = load(name)
        cells = {
            stratum: {p: int(n) for p, n in zip(table.pattern_labels, row, strict=True) if n}
            for stratum, row in zip(table.strata, table.counts[0], strict=True)
        }
        if as_json:
            result_json({"lists": table.lists, "counts": cells, "citation": table.citation, "title": table.name})
            return
        result(str(table))
        for stratum, row in cells.items():
            if table.n_strata > 1:
                result(f"-- {stratum}")
            for pattern, n in row.items():
                on = " + ".join(x for x, bit in zip(table.lists, pattern, strict=True) if bit == "1")
                result(f"{pattern}  {n:>7,}  {on}")
        result(f"Source: {table.citation}")
