"""A desk of its own for tests of reports: commands run in this process at a given time."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from kfcs.desk import Desk
from kfcs.i18n import in_language
from kfcs.main import main
from kfcs.period import Period
from kfcs.reports.monthly import build
from kfcs.reports.report import Report


@dataclass(frozen=True)
class Answer:
    """What one command printed and returned."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Office:
    """A ledger in a folder, and a clock that each command names."""

    def __init__(self, folder: Path, policy: str = "jinke", lang: str = "en") -> None:
        self.folder = folder
        self.lang = lang
        self.at = "2026-11-01T08:00:00+08:00"
        self.run("init", "--branch", "重庆", "--branch-code", "CQ", "--desk", "CQ1", "--policy", policy)

    def settle_in(self, branch: str) -> None:
        """Let the desk work for another branch from now on."""
        settings = self.folder / "kfcs.toml"
        lines = settings.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("branch =")]
        settings.write_text("\n".join([f'branch = "{branch}"', *kept]), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        return {
            "KFCS_LEDGER": str(self.folder / "kfcs.db"),
            "KFCS_NOW": self.at,
            "KFCS_OPERATOR": "op1",
            "KFCS_LANG": self.lang,
            "NO_COLOR": "1",
        }

    def run(self, *words: str, at: str | None = None) -> Answer:
        """Run a command at a time, which stays the time of the next."""
        self.at = at or self.at
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment()),
            in_language("zh"),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = main(list(words))
        return Answer(code, out.getvalue(), err.getvalue())

    def do(self, at: str, *words: str) -> Answer:
        """Run a command that must work."""
        answer = self.run(*words, at=at)
        assert answer.code == 0, answer.err
        return answer

    def log(self, at: str, text: str, *words: str, project: str = "A") -> str:
        """Log a case and return its number."""
        answer = self.do(at, "log", text, "--project", project, "--format", "json", *words)
        return str(answer.json["case"])

    def json(self, at: str, *words: str) -> Any:
        return self.do(at, "report", "--format", "json", *words).json

    def report(self, at: str, label: str, kind: str = "month", branch: str | None = None) -> Report:
        """The report as a value."""
        self.at = at
        with mock.patch.dict(os.environ, self.environment()):
            desk = Desk.open()
            try:
                return build(desk, Period.parse(kind, label), branch)
            finally:
                desk.ledger.close()
