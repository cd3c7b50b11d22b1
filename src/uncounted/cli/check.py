"""`uncounted check`: what is in the project file and the lists, before anything slow runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uncounted.cli.options import Json, ProjectPath
from uncounted.cli.talk import result, result_json

if TYPE_CHECKING:
    from uncounted.errors import CaptureError
    from uncounted.sources import SourceSummary


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def check(
        project: ProjectPath = Path(),
        as_json: Json = False,
        rules: Annotated[bool, typer.Option("--rules", help="List all cleaning rules instead.")] = False,
    ) -> None:
        """Validate the project file, read all lists, and show rows, rejects, gaps, dates and what is cleaned."""
        if rules:
            _show_rules(project, as_json=as_json)
            return
        from uncounted import pipeline

        found = pipeline.check(project)
        if as_json:
            from uncounted.store import to_json

            told = {"sources": found.sources, "records": found.records, "warnings": found.warnings}
            result_json(to_json(told).decode())
            _stop(found.refusal)
            return
        spec = found.project
        result(f"{spec.name}: {spec.population}")
        result(f"Project file: in order. {len(spec.lists)} lists, store {spec.store}, seed {spec.seed}.\n")
        for source in found.sources:
            for line in source_lines(source):
                result(line)
            result("")
        result(str(found.records))
        for warning in found.warnings:
            result(f"Warning: {warning}")
        _stop(found.refusal)
        result("\nNext: uncounted link, or uncounted run for the whole way.")


def _stop(refusal: CaptureError | None) -> None:
    """End with what would stop a run, once everything else that was found has been shown."""
    if refusal is not None:
        raise refusal


def _show_rules(path: Path, *, as_json: bool) -> None:
    """Print every cleaning rule, and whether it acts in the project; without a project file all are on."""
    from uncounted.project import load_project
    from uncounted.project.load import FILE_NAME
    from uncounted.records import cleaning_rules
    from uncounted.store import to_json

    there = path.is_file() or (path / FILE_NAME).is_file() or path != Path()
    found = cleaning_rules(load_project(path, files_must_exist=False) if there else None)
    if as_json:
        result_json(to_json({"rules": found}).decode())
        return
    for rule in found:
        result(str(rule))
    result('\nSwitch rules off in the project file: [records], then off = ["nickname", "feminine"].')


def source_lines(source: SourceSummary) -> list[str]:
    """Return what one file holds, in lines for a screen."""
    sheet = f", sheet '{source.sheet}'" if source.sheet else ""
    lines = [
        f"{source.name}: {source.file} ({source.encoding}{sheet})",
        f"  {source.n_rows:,} rows: {source.n_accepted:,} accepted, {source.n_rejected:,} rejected",
        f"  sha256 {source.sha256}",
    ]
    for reject in source.rejects[:5]:
        lines.append(f"  rejected line {reject.line}: {reject.reason}")
    if source.n_rejected > 5:
        lines.append(f"  … and {source.n_rejected - 5} more; see --json")
    missing = [f"{c.field} {c.missing_share:.0%}" for c in source.columns]
    lines.append("  empty: " + ", ".join(missing))
    if source.unmapped:
        lines.append(f"  not used: {', '.join(source.unmapped)}")
    lines += [f"  noticed: {note}" for note in source.notes]
    return lines
