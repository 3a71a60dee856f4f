"""What a start may import: a clerk runs kfcs a hundred times a day."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    "babel",
    "calendar",
    "chinese_calendar",
    "dateutil",
    "jinja2",
    "msgspec",
    "pydantic",
    "rich",
    "sqlite3",
    "sqlite_utils",
    "tomllib",
    "xlsxwriter",
}
LISTING = """
import sys
from kfcs.main import main
code = main(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""


def imported(*arguments: str, lang: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *arguments],
        cwd=ROOT,
        env=os.environ | {"KFCS_LANG": lang, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_nothing_heavy_is_imported(argument: str, lang: str) -> None:
    assert not imported(argument, lang=lang) & HEAVY


def test_version_needs_no_typer() -> None:
    assert "typer" not in imported("--version", lang="zh")


def test_help_imports_no_command() -> None:
    assert {m for m in imported("--help", lang="zh") if m.startswith("kfcs.commands.")} == set()
