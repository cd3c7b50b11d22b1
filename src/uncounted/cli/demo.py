"""`uncounted demo`: four invented lists, the whole way, and the answer beside the known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uncounted.cli.options import Json
from uncounted.cli.talk import progress_bar, result, result_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def demo(
        folder: Annotated[Path, typer.Argument(help="Where to write the demo project.")] = Path("uncounted-demo"),
        seed: Annotated[int, typer.Option("--seed", help="Another seed invents other people.")] = 20261122,
        as_json: Json = False,
    ) -> None:
        """Invent four lists with a known truth, run every stage on them, and write the report."""
        from uncounted import pipeline, simulate
        from uncounted.project import load_project

        truth = simulate.write_demo(folder, seed=seed)
        say("Store: plain (not encrypted), since all people of the demo are invented.")
        with progress_bar() as progress:
            done = pipeline.run(
                load_project(folder), progress=progress, truth=("known truth of the invented lists", truth.n_people)
            )
        assert done.answer is not None
        if as_json:
            result_json({"truth": truth.n_people, **done.to_dict()})
            return
        result(str(done))
        result(f"\nTruth, known because the people are invented: {truth.n_people:,}.")
