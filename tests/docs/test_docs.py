"""The pages say what the program does: commands run, generated pages are current, links lead somewhere."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import typer.main

from uncounted.cli.main import app, main_inner

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
NAMES = [page.relative_to(DOCS).as_posix() for page in PAGES]
OF_ESTIMATORS = [name for name in NAMES if name.startswith("estimators/")]
# Commands on lists of people take a minute; the slow test runs them, the quick one the rest.
QUICK = ("estimate", "hold-out", "models", "published", "explain", "schema", "passphrase")
ON_TABLES = ("estimate", "hold-out", "models")
ELLIPSIS = "…"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_SAVED_AS = re.compile(r"[Ss]ave as `([\w.]+)`")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block: its language, its text, and the paragraph above it."""

    language: str
    text: str
    above: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command of a console block, the lines said to be printed, and the exit code said to follow (or 0)."""

    command: str
    printed: tuple[str, ...]
    exit_code: int = 0


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    return [
        Block(language=m[1], text=m[2], above=text[: m.start()].rstrip().rsplit("\n\n", 1)[-1])
        for m in _FENCE.finditer(text)
    ]


def steps(block: Block) -> list[Step]:
    found: list[Step] = []
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, *printed = part.rstrip("\n").split("\n")
        if command == "echo $?":
            before = found.pop()
            found.append(Step(command=before.command, printed=before.printed, exit_code=int(printed[0])))
        else:
            found.append(Step(command=command, printed=tuple(printed)))
    return found


def uncounted(command: str) -> tuple[int, list[str]]:
    """Run a command in this process; return its exit code and what it printed to either stream."""
    program, *arguments = shlex.split(command)
    assert program == "uncounted"
    out, talk = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(talk):
        code = main_inner(arguments)
    return code, (out.getvalue() + talk.getvalue()).splitlines()


def assert_printed(said: tuple[str, ...], printed: list[str], command: str) -> None:
    """Every line said must be printed, in that order; lines may be left out only where the page has an ellipsis."""
    at, may_skip = 0, False
    for line in said:
        if line == ELLIPSIS:
            may_skip = True
            continue
        rest = [x.rstrip() for x in printed[at:]]
        assert line.rstrip() in rest, f"{command}: the page says a line that was not printed: {line}"
        where = rest.index(line.rstrip())
        assert may_skip or where == 0, f"{command}: the page leaves lines out before: {line}"
        at, may_skip = at + where + 1, False


def is_quick(command: str) -> bool:
    words = shlex.split(command)
    return words[0] == "uncounted" and words[1] in QUICK and (words[1] not in ON_TABLES or _is_a_table(words[2:3]))


def _is_a_table(target: list[str]) -> bool:
    return bool(target) and (target[0].startswith("published:") or target[0].endswith(".csv"))


def run_python(code: str) -> list[str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "docs", "exec"), {"__name__": "docs"})
    return out.getvalue().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_commands_on_tables_of_counts_print_what_the_page_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks(read(name)):
        saved = _SAVED_AS.search(block.above)
        if block.language == "csv":
            assert saved is not None, "a table on a page needs a file name above it"
            (tmp_path / saved[1]).write_text(block.text, encoding="utf-8")
        for step in steps(block) if block.language == "console" else ():
            if is_quick(step.command):
                code, printed = uncounted(step.command)
                assert code == step.exit_code, step.command
                assert_printed(step.printed, printed, step.command)


@pytest.mark.parametrize("name", NAMES)
def test_python_on_tables_of_counts_prints_what_the_page_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks(read(name))
    for number, block in enumerate(found):
        saved = _SAVED_AS.search(block.above)
        if block.language == "csv" and saved is not None:
            (tmp_path / saved[1]).write_text(block.text, encoding="utf-8")
        if block.language == "python" and "uc.run(" not in block.text:
            after = found[number + 1]
            assert after.language == "text", "a program on a page is followed by what it prints"
            assert run_python(block.text) == after.text.splitlines()


def test_the_pages_that_must_have_examples_have_them() -> None:
    for name, fewest in (("kosovo.md", 6), ("counts.md", 4), ("first-number.md", 1), ("verdicts.md", 2)):
        commands = [s.command for b in blocks(read(name)) if b.language == "console" for s in steps(b)]
        assert sum(is_quick(c) for c in commands) >= fewest, name


@pytest.mark.parametrize(
    ("said", "printed"),
    [(("b",), ["a", "b"]), (("…", "c"), ["a", "b"]), (("…", "b", "a"), ["a", "b"])],
    ids=["left out without ellipsis", "never printed", "wrong order"],
)
def test_a_page_that_says_what_was_not_printed_is_caught(said: tuple[str, ...], printed: list[str]) -> None:
    with pytest.raises(AssertionError):
        assert_printed(said, printed, "planted")


# -- generated pages ------------------------------------------------------------------------------------------------
def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["make_project_file", "make_exit_codes"])
def test_generated_pages_are_current(name: str) -> None:
    made = script(name)
    assert made.PAGE.read_text(encoding="utf-8") == made.page(), f"run: python docs/{name}.py"


def test_every_key_of_the_project_file_is_on_its_page() -> None:
    from uncounted.project.schema import ProjectFile

    text = read("project-file.md")
    schema = ProjectFile.model_json_schema(by_alias=True)
    tables = {**schema["$defs"], "ProjectFile": schema}
    for table in tables.values():
        for key, node in table["properties"].items():
            title = {"list": "[[list]]", "columns": "[list.columns]", "covers": "[list.covers]"}.get(key, f"[{key}]")
            is_table = "$ref" in node or "$ref" in node.get("items", {})
            assert (f"`{title}`" if is_table else f"| `{key}` |") in text, key
    assert len(tables) == 12


def test_every_code_is_on_its_page() -> None:
    from uncounted.cli.explain import all_codes

    text = read("exit-codes.md")
    assert [code for code in all_codes() if f"| {code} |" not in text] == []


# -- hand-written pages against the program ---------------------------------------------------------------------------
def test_every_command_is_in_the_index_and_no_other() -> None:
    listed = set(re.findall(r"^\| `uncounted ([\w-]+)[^`]*` \|", read("index.md"), flags=re.MULTILINE))
    assert listed == set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_every_page_is_in_the_index() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", read("index.md")))
    assert linked == set(NAMES) - {"index.md"} - set(OF_ESTIMATORS)


def test_every_option_on_a_page_exists() -> None:
    known = {o for c in typer.main.get_command(app).commands.values() for p in c.params for o in p.opts}  # type: ignore[attr-defined]
    known |= {"--help", "--debug", "--version", "--master", "--driver-memory", "--archives"}  # the last three: Spark's
    for name in NAMES:
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", read(name))) <= known, name


# What every page on an estimator says, in this order.
PARTS = (
    "What it assumes",
    "When it holds, when it fails",
    "Formula",
    "As computed here",
    "Example",
    "An objection, and the answer",
    "Sources",
)


def named_ids(name: str) -> set[str]:
    """Return the ids that a page on an estimator is about: "chapman" for `chapman:A,B`."""
    line = re.search(r"^Ids?: (.*?)\. ", read(name), flags=re.MULTILINE | re.DOTALL)
    return {x.partition(":")[0] for x in re.findall(r"`([^`]+)`", line[1])} if line else set()


def test_every_estimator_has_a_page_and_every_page_an_estimator() -> None:
    from uncounted.estimation import ENTRIES

    pages = {name: named_ids(name) for name in OF_ESTIMATORS}
    assert set().union(*pages.values()) == {entry.id for entry in ENTRIES}
    for name, ids in pages.items():
        call = re.search(r"^Call: `uncounted\.(\w+)`", read(name), flags=re.MULTILINE)
        assert bool(ids) != bool(call), f"{name} is about ids or about a function"
        if call is not None:
            assert callable(getattr(importlib.import_module("uncounted"), call[1]))


def test_the_overview_links_every_page_and_names_every_id_and_group() -> None:
    from uncounted.estimation import ENTRIES

    text = read("estimators.md")
    assert {f"estimators/{x}" for x in re.findall(r"\]\(estimators/([\w-]+\.md)\)", text)} == set(OF_ESTIMATORS)
    rows = {}
    for row in re.findall(r"^\| (\[`.*)$", text, flags=re.MULTILINE):
        ids, group = row.split(" | ")[:2]
        rows.update({x.partition(":")[0]: group.strip("`") for x in re.findall(r"`([^`]+)`", ids)})
    assert set(rows) == {entry.id for entry in ENTRIES}
    for entry in ENTRIES:
        if entry.group:
            assert rows[entry.id] == entry.group


def rows_of_directions() -> dict[str, list[str]]:
    text = read("estimators.md").split("## Which way they err")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): [cell.strip() for cell in row[1:]] for row in rows}


def assert_about(said: list[str], made: list[str], share: float) -> None:
    """Compare cells such as "3,530 (3,270–3,860) ✗": numbers up to a share of each, everything else exactly."""
    for a, b in zip(said, made, strict=True):
        assert re.sub(r"[\d,]+", "#", a) == re.sub(r"[\d,]+", "#", b)
        numbers = [[float(x.replace(",", "")) for x in re.findall(r"\d[\d,]*", cell)] for cell in (a, b)]
        assert numbers[0] == [pytest.approx(x, rel=share) for x in numbers[1]]


def test_which_way_estimators_err_is_what_they_say() -> None:
    made, rows = script("make_directions"), rows_of_directions()
    assert tuple(rows) == (*made.CLOSED, *made.SAMPLED)
    for name in made.CLOSED:
        assert_about(rows[name], made.said(name), 0.006)


@pytest.mark.validation
def test_which_way_samplers_err_is_what_they_say() -> None:
    made, rows = script("make_directions"), rows_of_directions()
    for name in made.SAMPLED:
        assert_about(rows[name], made.said(name), 0.1)


@pytest.mark.parametrize("name", OF_ESTIMATORS)
def test_a_page_on_an_estimator_has_all_its_parts_and_a_picture(name: str) -> None:
    text = read(name)
    assert tuple(re.findall(r"^## (.*)$", text, flags=re.MULTILINE)) == PARTS
    picture = re.findall(r"^!\[(.+)\]\(\.\./images/estimators/([\w-]+)\.svg\)$", text, flags=re.MULTILINE)
    assert [p for _, p in picture] == [Path(name).stem]
    holds = text.split("## When it holds, when it fails")[1].split("## ")[0]
    assert re.search(r"too (low|high|narrow)|larger than|either way", holds, flags=re.IGNORECASE), "which way it errs"
    objection = text.split("## An objection, and the answer")[1].split("## ")[0]
    assert re.search(r'^\*".+?"\*', objection, flags=re.MULTILINE | re.DOTALL), "the objection in its own words"
    assert any(b.language in ("python", "console") for b in blocks(text)), "an example that runs"
    assert re.search(r"\b(19|20)\d\d\b", text.split("## Sources")[1]), "a source with its year"


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def pictures() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))
        yield script("make_estimator_pictures")


def test_there_is_a_picture_for_every_page_on_an_estimator(pictures: ModuleType) -> None:
    assert set(pictures.PICTURES) == {Path(name).stem for name in OF_ESTIMATORS}
    assert {p.stem for p in pictures.FOLDER.glob("*.svg")} == set(pictures.PICTURES)


@pytest.mark.parametrize("stem", [Path(name).stem for name in OF_ESTIMATORS])
def test_pictures_are_current(pictures: ModuleType, stem: str) -> None:
    same_but_for_rounding(
        (pictures.FOLDER / f"{stem}.svg").read_text(encoding="utf-8"), pictures.PICTURES[stem]().svg()
    )


def test_pictures_of_linking_are_current_and_shown(pictures: ModuleType) -> None:
    assert {p.stem for p in pictures.LINKING.glob("*.svg")} == set(pictures.ON_LINKING)
    for stem, make in pictures.ON_LINKING.items():
        same_but_for_rounding((pictures.LINKING / f"{stem}.svg").read_text(encoding="utf-8"), make().svg())
        assert f"images/linking/{stem}.svg" in read("missed-links.md")


def test_the_picture_of_the_tutorial_is_current(pictures: ModuleType) -> None:
    same_but_for_rounding((pictures.IMAGES / "kosovo.svg").read_text(encoding="utf-8"), pictures.kosovo())


def same_but_for_rounding(kept: str, made: str) -> None:
    """Compare two pictures; a pixel, or a person in a sum, may round the other way on another machine."""
    how = "run: python docs/make_estimator_pictures.py"
    assert _NUMBER.sub("#", made) == _NUMBER.sub("#", kept), how
    assert [float(x) for x in _NUMBER.findall(made)] == [
        pytest.approx(float(x), abs=1.5) for x in _NUMBER.findall(kept)
    ], how


def test_verdict_rules_and_thresholds_are_those_of_the_program() -> None:
    from uncounted.estimation import coherence as c
    from uncounted.estimation import rules_repeats as one_log
    from uncounted.estimation.codes import CODES
    from uncounted.estimation.result import VERDICT_ORDER
    from uncounted.estimation.rules import THRESHOLDS as T

    text = read("verdicts.md")
    rules = dict(re.findall(r"^## (R\d+), [^\n]*\n(.*?)(?=^## )", text, flags=re.MULTILINE | re.DOTALL))
    assert list(rules) == [f"R{k}" for k in range(1, 18)]
    assert {code for code in CODES if re.fullmatch(r"R[1-9]\d?", code)} <= set(rules)
    for code, words in rules.items():
        assert "*Cannot see*" in words, code
        assert "*Next*" in words, code
    rows = re.findall(r"^\| ([a-z ]+) \|.*\| (\d) \|$", text, flags=re.MULTILINE)
    assert [name for name, _ in rows] == list(VERDICT_ORDER)
    for code, words in (
        ("R3", f"Fewer than {T.overlap_bound} people on two or more lists: **lower bound only**"),
        ("R3", f"Fewer than {T.overlap_warn} people on two or more lists, "),
        (
            "R3",
            f"a list with fewer than {T.list_size_warn} people, or one that shares fewer than {T.list_overlap_warn}",
        ),
        ("R5", f"R-hat above {T.r_hat_warn:g} or fewer than {T.ess_warn} effective draws: warning"),
        ("R5", f"R-hat above {T.r_hat_range:g} or chain medians apart by a factor above {T.chain_ratio_range:g}"),
        ("R6", f"p above {T.fits_above:g} and a BIC within {T.swing_within_bic:g} of the best"),
        ("R6", f"more than {T.swing_warn:g} times the smallest: warning. More than {T.swing_range:g} times: **range"),
        ("R7", f"more than {T.prior_width:g} times as wide as the prior's"),
        ("R7", f"moves the total by more than {100 * T.prior_shift:g} %; less than {T.reachable_share:g} of the total"),
        ("R9", f"outside {c.TOTAL_OVER_STRATA_LOW:g} to {c.TOTAL_OVER_STRATA_HIGH:g} times the sum of the strata"),
        ("R10", f"by more than {100 * c.LINKAGE_WARN:g} % between a strict and a loose linkage"),
        ("R10", f"By more than {100 * c.LINKAGE_RANGE:g} %, or review found less than {c.REVIEWED_LINKAGE_RANGE:g} of"),
        ("R11", f"at least {100 * c.DOMINANT_SHARE_WARN:g} % of the people documented"),
        ("R11", f"moves by more than {100 * c.DELETION_WARN:g} %"),
        ("R12", f"Upper limit more than {T.width_warn:g} times the lower: warning"),
        ("R13", f"all p below {T.all_rejected:g}): **lower bound only**"),
        ("R13", f"p below {T.best_fit_warn:g}: warning"),
        ("R13", f"more than {100 * T.below_bound_warn:g} % below the bound: warning"),
        ("R14", f"below −{-T.held_low_warn:g}: warning. Fewer than half of at least {T.held_enough} known sizes"),
        ("R15", "outside {:g} to {:g}: warning".format(*one_log.ONCE_PER_TWICE)),
        ("R16", f"more than {c.WINDOW_OVER_STAY_WARN:g} times as long"),
        ("R16", f"more than {100 * c.DUPLICATES_WARN:g} % duplicates"),
        (
            "R17",
            f"more than {T.families_warn:g} times as many or as few: warning. More than {T.families_range:g} times",
        ),
    ):
        assert words in " ".join(rules[code].split()), (code, words)
    assert T.held_coverage_range == 0.5  # "half" in R14


def test_what_is_said_of_held_lists_is_what_was_measured() -> None:
    measured = (DOCS.parent / "validation" / "held_lists.md").read_text(encoding="utf-8")
    cells = re.search(r"^\| loglinear-average \|(.*)$", measured, flags=re.MULTILINE)
    assert cells is not None
    inside, band = re.findall(r"\((\d+ of \d+)\)", cells[1])
    for name in ("estimators/loglinear.md", "estimators/hold-out.md"):
        text = " ".join(read(name).split())
        assert f"{inside}" in text, name
        assert f"{band}" in text, name


def test_what_is_said_of_linking_is_so() -> None:
    from uncounted.linkage.blocking import RULES
    from uncounted.linkage.comparisons import COMPARISON_NAMES
    from uncounted.linkage.refine import DISAGREEMENT_SHARE
    from uncounted.project.model import LinkageSpec

    text = " ".join(read("linking.md").split())
    numbers = {17: "Seventeen", 18: "Eighteen", 19: "Nineteen", 20: "Twenty"}
    assert f"{numbers[len(RULES)]} rules bring pairs up" in text
    for rule in ("the same surname", "the same birth date and place"):
        assert rule in [r.words for r in RULES]
    compared = {"given": "given name", "second_surname": "second surname"}
    assert ", ".join(compared.get(n, n) for n in COMPARISON_NAMES) in text
    assert f"more than {LinkageSpec().max_block} records (`max_block`)" in text
    assert (DISAGREEMENT_SHARE, "counts at four fifths" in text) == (0.8, True)


# -- links ----------------------------------------------------------------------------------------------------------
def anchors(text: str) -> Iterator[str]:
    for heading in re.findall(r"^#+ (.*)$", re.sub(_FENCE, "", text), flags=re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", NAMES)
def test_relative_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(name)):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        page = ((DOCS / name).parent / path) if path else (DOCS / name)
        assert page.exists(), f"{name}: {target}"
        if anchor:
            assert anchor in set(anchors(page.read_text(encoding="utf-8"))), f"{name}: {target}"


def test_pages_are_short() -> None:
    most = {"verdicts.md": 260, "kosovo.md": 190}  # all rules on one page; the whole way on one page
    written = [name for name in NAMES if name not in ("exit-codes.md", "project-file.md")]
    assert {name: n for name in written if (n := len(read(name).splitlines())) > most.get(name, 150)} == {}


# -- the tutorial from lists, whole -----------------------------------------------------------------------------------
# What the page tells the reader to change in the project file, by the words it stands beside.
EDITS = (
    ('population = "People who … between … and … in …."', 'population = "People who left their unit, 2022 to 2023"'),
    ('# from = 2022-01-01\n# to = 2022-12-31\n# "encrypted"', 'from = 2022-01-01\nto = 2023-12-31\n# "encrypted"'),
    ('store = "encrypted"', 'store = "plain"'),
    ("# Not mapped: Request | Left the unit | Note\n", 'id = "Request"\nevent = "Left the unit"\n'),
    ("# Not mapped: Left the unit\n", 'event = "Left the unit"\n'),
    ("strata = []", 'strata = ["year"]'),
)


def edit_project(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in EDITS:
        assert text.count(old) == 1, f"the proposal no longer holds what the page speaks of: {old}"
        text = text.replace(old, new)
    before, covers, after = text.rpartition("# from = 2022-01-01")
    file.write_text(before + "from = 2023-01-01" + after, encoding="utf-8")
    assert covers


@pytest.mark.slow
def test_the_tutorial_from_lists_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path
    for block in blocks(read("first-number.md")):
        monkeypatch.chdir(here)
        if block.language == "python" and "uc.run(" in block.text:
            assert len(run_python(block.text)) == 5
        for step in steps(block) if block.language == "console" else ():
            monkeypatch.chdir(here)
            words = shlex.split(step.command)
            if words[0] == "mkdir":
                (here / words[1]).mkdir()
            elif words[0] == "cp":
                for file in sorted(here.glob(words[1])):
                    shutil.copy(file, here / words[2])
            elif words[0] == "cd":
                here = here / words[1]
            else:
                code, printed = uncounted(step.command)
                assert code == step.exit_code, (step.command, printed[-3:])
                assert_printed(step.printed, printed, step.command)
                if words[1] == "init":
                    edit_project(here / "uncounted.toml")
    code, printed = uncounted("uncounted run")
    assert code == 0
    assert not [line for line in printed if "decisions speak of records" in line], "the page decides about no record"
    assert (here / "report.html").stat().st_mode & 0o077 == 0
