"""The map agrees with the territory: rooms, estimators and codes in the documents are those in the code."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import uncounted
from uncounted.cli.explain import ROOMS, all_codes

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "uncounted"


def test_every_room_is_on_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    on_the_map = set(re.findall(r"^\| `(\w+)/` \|", text, flags=re.MULTILINE))
    assert on_the_map == rooms


def test_every_estimator_is_in_the_table() -> None:
    from uncounted.estimation import ENTRIES

    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.split("## Estimators", 1)[1].split("\n## ", 1)[0]
    listed = set(re.findall(r"^\| `([\w-]+)[^`]*` \|", table, flags=re.MULTILINE))
    assert listed == {entry.id for entry in ENTRIES}


def test_codes_are_unique_and_every_code_used_is_explained() -> None:
    codes = all_codes()
    per_room = [set(import_module(f"uncounted.{room}.codes").CODES) for room in ROOMS]
    assert sum(len(c) for c in per_room) == len(set().union(*per_room))
    used = set()
    for path in SOURCE.rglob("*.py"):
        if path.name != "codes.py":
            used |= set(re.findall(r"""code=["']([A-Z]\d{2})["']""", path.read_text(encoding="utf-8")))
    assert used - set(codes) == set()
    assert len(used) > 30


def test_a_table_of_counts_needs_no_engine() -> None:
    program = (
        "import sys, uncounted as uc\n"
        "answer = uc.estimate(uc.published('korea'), estimators=['loglinear', 'decomposable', 'shrinkage'])\n"
        "heavy = {'duckdb','splink','pandas','pyarrow','typer','jinja2','altair','pydantic','rich'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "print(round(answer.n_total))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 123


def test_the_public_names_exist() -> None:
    for name in uncounted.__all__:
        assert getattr(uncounted, name) is not None


def test_help_imports_only_typer() -> None:
    program = (
        "import sys\n"
        "import uncounted.cli.main\n"
        "heavy = {'duckdb','splink','pandas','pyarrow','numpy','jinja2','altair','pydantic','scipy'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
