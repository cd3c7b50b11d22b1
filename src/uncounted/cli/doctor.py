"""`uncounted doctor`: whether this machine has what the work needs."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from uncounted.cli.options import Json
from uncounted.cli.talk import result, result_json

ENGINES = (
    "numpy", "scipy", "duckdb", "splink", "pyarrow", "narwhals", "sqlcipher3", "vl-convert-python", "jinja2",
    "typer", "rich", "pydantic", "python-calamine", "cryptography", "anyascii", "xlsxwriter",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    found: str
    do: str = ""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(as_json: Json = False) -> None:
        """Look at Python, packages, memory, disk and the store, and say what is missing."""
        findings = examine()
        if as_json:
            result_json([{"what": f.what, "ok": f.ok, "found": f.found, "do": f.do} for f in findings])
        else:
            for f in findings:
                result(f"{'ok ' if f.ok else 'NO '} {f.what}: {f.found}" + (f"\n    Do: {f.do}" if not f.ok else ""))
        raise typer.Exit(0 if all(f.ok for f in findings) else 1)


def examine() -> list[Finding]:
    """Return what was found on this machine; writes nothing outside memory."""
    findings = [
        Finding(
            what="Python",
            ok=sys.version_info >= (3, 11),
            found=".".join(map(str, sys.version_info[:3])),
            do="Install Python 3.11 or newer.",
        )
    ]
    for name in ENGINES:
        try:
            findings.append(Finding(what=name, ok=True, found=importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            do = "Install again: `pip install -c constraints.txt -e '.[dev]'` in the project's folder."
            findings.append(Finding(what=name, ok=False, found="not installed", do=do))
    findings.append(_encryption())
    free = shutil.disk_usage(Path.cwd()).free
    do = "Free some space: the store and the report need a few hundred megabytes."
    findings.append(Finding(what="free disk here", ok=free > 500e6, found=f"{free / 1e9:.1f} GB", do=do))
    memory = _memory()
    if memory is not None:
        do = "Close other programs; linking 6,000 records needs about 1 GB."
        findings.append(Finding(what="free memory", ok=memory > 1.5e9, found=f"{memory / 1e9:.1f} GB", do=do))
    return findings


def _encryption() -> Finding:
    from uncounted.store import cipher_version

    version = cipher_version()
    do = "Install the package sqlcipher3 again; without it no encrypted store can be made."
    return Finding(what="encrypted store", ok=bool(version), found=version or "no cipher", do=do)


def _memory() -> float | None:
    """Return bytes of memory that programs may still take, or None where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError, AttributeError):
        return None
