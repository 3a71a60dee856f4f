"""`kfcs` run in this process, as a script would run it: its words, a fixed clock, what it printed, its exit code."""

from __future__ import annotations

import gc
import io
import json
import os
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from kfcs.i18n import in_language
from kfcs.main import main

NOW = "2026-11-02T09:00:00+08:00"
"""Where the clock of a test stands until it says otherwise: a Monday in a month without holidays."""


@dataclass(frozen=True)
class Answer:
    """What one command line printed and gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """A folder with a desk, and a clock. Calling it runs one command line."""

    def __init__(self, folder: Path, lang: str = "en") -> None:
        self.folder = folder
        self.now = NOW
        self.environ = {
            "KFCS_LEDGER": str(folder / "kfcs.db"),
            "KFCS_LANG": lang,
            "KFCS_OPERATOR": "op1",
            "NO_COLOR": "1",
            "COLUMNS": "120",
        }

    def __call__(self, *words: str, now: str | None = None, stdin: str = "", **environ: str) -> Answer:
        """Run a command line. ``now`` stays the time of the next one; ``environ`` holds for this one alone."""
        self.now = _moment(now or self.now)
        settled = {k: v for k, v in os.environ.items() if not k.startswith(("KFCS_", "LC_", "LANG"))}
        wanted = settled | self.environ | {"KFCS_NOW": self.now} | environ
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, wanted, clear=True),
            mock.patch("sys.stdin", io.StringIO(stdin)),
            in_language("en"),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = main(list(words))
        gc.collect()  # closes the ledger, as the end of a process would
        return Answer(code, out.getvalue(), err.getvalue())

    def do(self, *words: str, now: str | None = None, **environ: str) -> Answer:
        """Run a command line that must work."""
        answer = self(*words, now=now, **environ)
        assert answer.code == 0, f"kfcs {' '.join(words)}: exit {answer.code}: {answer.err}"
        return answer

    def log(self, text: str = "车位划线不清", *words: str, project: str = "A", now: str | None = None) -> str:
        """Log a case and give its number."""
        answer = self.do("log", text, "--project", project, "--format", "json", *words, now=now)
        return str(answer.json["case"])

    def show(self, case: str, *words: str, now: str | None = None) -> Any:
        """A case as `show --format json` gives it."""
        return self.do("show", case, "--format", "json", *words, now=now).json

    def escalate(self, *words: str, now: str | None = None) -> list[Any]:
        """What one run of the escalation job added, what the desk owes by the calendar aside."""
        added = self.do("escalate", "--format", "json", *words, now=now).json
        return [row for row in added if row["rule"] != "obligation-overdue"]

    def refused(self, *words: str, now: str | None = None, code: int = 4) -> str:
        """Run a command line that must be refused: nothing on stdout, one line on stderr, which is given."""
        answer = self(*words, now=now)
        assert (answer.code, answer.out) == (code, ""), answer
        assert re.fullmatch(r"error: [^\n]+\n", answer.err), answer.err
        return answer.err


def _moment(text: str) -> str:
    """``2026-11-02 09:00`` as the clock wants it; a time with its zone stays as it is."""
    return text if "T" in text else text.replace(" ", "T", 1) + "+08:00"


def rows_of_tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a ledger, what an index for searching keeps to itself included."""
    with closing(sqlite3.connect(path)) as db:
        tables = db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        )
        return {name: db.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables.fetchall()}


def settings(shell: Shell, **lines: str) -> None:
    """Append top-level lines to the desk's kfcs.toml."""
    with (shell.folder / "kfcs.toml").open("a", encoding="utf-8") as file:
        file.writelines(f"{key} = {value}\n" for key, value in lines.items())


def clocks(shown: Mapping[str, Any]) -> dict[str, str]:
    """The state of each clock's latest run in a shown case."""
    states: dict[str, str] = {}
    for run in shown["clocks"]:
        states.setdefault(run["clock"], run["state"])
    return states
