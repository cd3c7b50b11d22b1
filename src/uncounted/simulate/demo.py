"""The demo: a project folder with four invented lists about people who left their military units, and its truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from uncounted.errors import ProjectError
from uncounted.simulate.capture import PersonCapture, Referral, Trait
from uncounted.simulate.damage import Damage
from uncounted.simulate.demo_project import HEADERS, project_file
from uncounted.simulate.habits import DEMO_HABITS
from uncounted.simulate.list_files import ListFile, write_csv, write_workbook
from uncounted.simulate.lists import SimulatedList, SimulatedLists, simulate_lists
from uncounted.simulate.seeds import stream
from uncounted.simulate.truth import DemoTruth

START, END, LAWYERS_FROM = date(2022, 1, 1), date(2023, 12, 31), date(2023, 1, 1)
YEARS = (2022, 2023)

# Order of the lists: courts, hotline, press, lawyers. Three things tie lists together. Cases that newspapers follow
# (a quarter of all) come to court more often and into the press more often. The hotline sends callers to the lawyers.
# And regions differ a little in what reaches whom. The first two are exactly one two-list interaction each.
DEMO_CAPTURE = PersonCapture(
    lists=("courts", "hotline", "press", "lawyers"),
    base_logits=(-1.08, -1.31, -2.35, -1.82),
    region_logits=(
        (0.15, -0.10, 0.10, 0.00),
        (-0.10, 0.15, 0.00, 0.10),
        (0.10, 0.10, -0.10, -0.10),
        (0.00, -0.15, 0.10, 0.10),
        (-0.15, 0.10, 0.10, 0.00),
        (0.10, 0.00, -0.15, -0.10),
        (-0.10, -0.10, 0.00, 0.10),
        (0.15, 0.10, 0.00, -0.10),
        (0.00, 0.00, 0.15, 0.00),
        (-0.15, -0.10, -0.10, 0.10),
        (0.10, 0.10, 0.00, 0.00),
        (-0.10, -0.10, -0.10, -0.10),
    ),
    traits=(
        Trait(share=0.25, logits=(1.6, 0.0, 2.0, 0.0)),  # a case that newspapers follow
        Trait(share=0.40, logits=(0.1, 0.1, 0.1, 0.1)),  # somebody who leaves more traces everywhere
    ),
    referrals=(Referral(source=1, target=3, logit=1.35),),
    first_day=(0, 0, 0, (LAWYERS_FROM - START).days),
)

# About "easy" of `damage.LEVELS`; each list multiplies it by its own factor, and most of the doubt comes from what the
# lists leave out: see `habits`.
DEMO_DAMAGE = Damage(
    typo=0.02, swapped_names=0.01, swapped_date=0.008, shifted_date=0.02, missing=0.012, wrong_place=0.008
)

_BROKEN_ROWS = {"hotline": 3, "lawyers": 2}
_TRUTH_FILE = "truth.json"


def write_demo(folder: Path, *, seed: int = 20261122, n_people: int = 6300) -> DemoTruth:
    """Write the demo project: ``uncounted.toml``, four lists of about 6,000 records in all, and ``truth.json``.

    The same seed gives the same bytes. All people are invented.

    Parameters
    ----------
    folder : Path
        A new or empty folder, or that of an earlier demo.
    seed : int
        Another seed invents other people.
    n_people : int
        Size of the population, those on no list included.

    Returns
    -------
    DemoTruth
        The same as in ``truth.json``, which no stage reads.

    Raises
    ------
    ProjectError
        If the folder holds files that are not a demo's (P95), or a file cannot be written (P96).
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ProjectError(
            "the demo needs a folder, and there is a file of that name.",
            where=folder.name,
            do="Name another folder: `uncounted demo FOLDER`.",
            code="P95",
        )
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _TRUTH_FILE).exists():
        raise ProjectError(
            "the folder holds files that are not the demo's.",
            where=folder.name,
            why="The demo would write its own project file and lists among them.",
            do="Name another folder: `uncounted demo FOLDER`.",
            code="P95",
        )
    simulated = simulate_demo(seed=seed, n_people=n_people)
    files = {one.name: _list_file(one, seed) for one in simulated.lists}
    truth = _truth(simulated, files, seed)
    contents = {HEADERS[name].file: file.content for name, file in files.items()}
    contents["uncounted.toml"] = project_file(DEMO_HABITS, seed=seed).encode("utf-8")
    # Last, so that a folder with a truth in it is a whole demo.
    contents[_TRUTH_FILE] = truth.to_json().encode("utf-8")
    _write_files(folder, contents)
    return truth


def simulate_demo(*, seed: int, n_people: int) -> SimulatedLists:
    """Return the people and records of the demo without writing them.

    Parameters
    ----------
    seed, n_people : int
        See `write_demo`.

    Returns
    -------
    SimulatedLists
    """
    return simulate_lists(
        n_people=n_people,
        seed=seed,
        capture=DEMO_CAPTURE,
        habits=DEMO_HABITS,
        start=START,
        end=END,
        damage=DEMO_DAMAGE,
    )


# -- files ------------------------------------------------------------------------------------------------------
def _list_file(one: SimulatedList, seed: int) -> ListFile:
    shape = HEADERS[one.name]
    header = [shape.columns[column] for column in one.columns]
    if shape.sheet:
        return write_workbook(
            header,
            one.rows,
            sheet=shape.sheet,
            title=shape.title_line,
            hidden_sheet=shape.hidden_sheet,
            number_columns=[one.columns.index("birth")],
        )
    return write_csv(
        header,
        one.rows,
        encoding=shape.encoding,
        delimiter=shape.delimiter,
        newline=shape.newline,
        broken=_broken_rows(one, seed),
    )


def _broken_rows(one: SimulatedList, seed: int) -> Mapping[int, Sequence[str]]:
    """Return rows entered a second time, with a cell too many or cut off; their people keep their whole record."""
    n_broken = min(_BROKEN_ROWS.get(one.name, 0), len(one.rows))
    if not n_broken:
        return {}
    places = stream(seed, f"broken:{one.name}").choice(len(one.rows), size=n_broken, replace=False)
    broken: dict[int, Sequence[str]] = {}
    for number, place in enumerate(sorted(int(p) for p in places)):
        row = [cell.replace("\n", " ") for cell in one.rows[place]]
        broken[place] = row[:-2] if number % 2 else [*row, "?"]
    return broken


def _truth(simulated: SimulatedLists, files: Mapping[str, ListFile], seed: int) -> DemoTruth:
    counts = simulated.counts_by_year(YEARS)
    first = [START.toordinal() + day for day in DEMO_CAPTURE.first_day]
    return DemoTruth(
        seed=seed,
        n_people=len(simulated.people.event),
        lists=DEMO_CAPTURE.lists,
        n_by_year={year: sum(day.year == year for day in simulated.people.event) for year in YEARS},
        counts_by_year={year: tuple(counts[at].tolist()) for at, year in enumerate(YEARS)},
        covered_by_year={year: tuple(day <= date(year, 12, 31).toordinal() for day in first) for year in YEARS},
        persons={
            one.name: dict(zip(files[one.name].lines, one.person.tolist(), strict=True)) for one in simulated.lists
        },
        rejected={one.name: files[one.name].rejected for one in simulated.lists},
    )


def _write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write each file under another name first, so that none is ever half there."""
    for name, content in contents.items():
        target = folder / name
        part = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise ProjectError(
                f"the demo's file could not be written ({error.strerror or 'no reason given'}).",
                where=name,
                do="Make room on the disk, or name another folder: `uncounted demo FOLDER`.",
                code="P96",
            ) from error
