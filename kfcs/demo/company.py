"""The whole demo: a group's folder with its ledger, and in it a folder for each branch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from kfcs import escalating
from kfcs.demo import generator, writing
from kfcs.demo.material import Branch, Material, material
from kfcs.desk import LEDGER_NAME, Desk
from kfcs.entries import Entry
from kfcs.ledger import Ledger
from kfcs.merging import merge
from kfcs.period import Period, day_of, day_start
from kfcs.projection import Projection
from kfcs.reports.monthly import build
from kfcs.reports.ranking import ranking
from kfcs.reports.render import render
from kfcs.reports.scope import Scope
from kfcs.reports.scorerender import render_ranking, render_sheet
from kfcs.reports.scoring import Scoring
from kfcs.settings import DEFAULT_POLICY, Settings, settings_text

SEED = 2024


class Made(NamedTuple):
    """What was made: the folders of the branches with their names, the pages beside the group's ledger, and how much."""

    branches: Mapping[str, str]
    reports: tuple[str, ...]
    sheets: tuple[str, ...]
    cases: int
    entries: int


def make(folder: Path, now: datetime, seed: int = SEED, only: str | None = None) -> Made:
    """Make the demo in an empty folder, or ``only`` the branch of this code."""
    stuff = material()
    branches = tuple(branch for branch in stuff.branches if only in (None, branch.code))
    began = day_start(generator.first_day(now))
    with ExitStack() as stack:
        group = writing.new_desk(folder, group_settings(stuff), began, now)
        stack.enter_context(closing(group.ledger))
        with group.ledger.writing():
            for draft in writing.handed_in_by_group(group, day_of(began), stuff.group["staff"]):
                replace(group, now=draft.at).record([draft])
        for branch in branches:
            _make_branch(folder / branch.code, branch, group, began, seed)
        _merge(group, [folder / branch.code / LEDGER_NAME for branch in branches])
        escalating.run(group, now)
        reports, sheets = _write_reports(group), _write_sheets(group, branches)
        count = group.ledger.connection.execute
        cases = count("SELECT count(*) FROM cases").fetchone()[0]
        entries = count("SELECT count(*) FROM entries").fetchone()[0]
    return Made({branch.code: branch.name for branch in branches}, reports, sheets, cases, entries)


def _make_branch(folder: Path, branch: Branch, group: Desk, began: datetime, seed: int) -> None:
    desk = writing.new_desk(folder, branch_settings(branch, material()), began, group.now, group)
    with closing(desk.ledger):
        merge(desk, group.ledger)  # what the group handed in, as a branch would have it from the group
        office = generator.office_of(branch, desk.book.calendar, desk.now, seed)
        writing.write(desk, office, began)


class _Later(Projection):
    """Tables that wait until all ledgers are merged."""

    def rebuild(self, entries: Iterable[Entry] | None = None) -> int:
        return 0


def _merge(group: Desk, ledgers: Sequence[Path]) -> None:
    """Take over the branches' ledgers, and derive the tables from all of them together."""
    waiting = replace(group, projection=_Later(group.ledger, group.book))
    for path in ledgers:
        with closing(Ledger.open(path)) as other:
            merge(waiting, other)
    with group.ledger.writing():
        group.projection.rebuild()


def _write_reports(group: Desk) -> tuple[str, ...]:
    """The group's report of the last month beside the ledger, in Chinese as documents are."""
    period = Period.of("month", day_of(group.now)).previous()
    report = build(group, period, Scope.GROUP)
    names = []
    for fmt in ("html", "md"):
        name = f"report-{period.label}.{fmt}"
        text = render(report, fmt, "zh", group.settings.folder / "templates")
        (group.settings.folder / name).write_text(text, encoding="utf-8", newline="")
        names.append(name)
    return tuple(names)


def _write_sheets(group: Desk, branches: tuple[Branch, ...]) -> tuple[str, ...]:
    """The scoring sheet of each branch for the last month, and the ranking of the last quarter."""
    scoring = Scoring(group)
    today, folder = day_of(group.now), group.settings.folder
    month, quarter = (Period.of(kind, today).previous() for kind in ("month", "quarter"))
    pages = {
        f"score-{month.label}-{branch.code}.html": render_sheet(
            scoring.sheet(branch.name, month), "html", "zh", folder / "templates"
        )
        for branch in branches
    }
    pages[f"ranking-{quarter.label}.md"] = render_ranking(
        ranking(scoring, quarter), "md", "zh", folder / "templates"
    )
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return tuple(pages)


# ---------------------------------------------------------------- kfcs.toml


def branch_settings(branch: Branch, stuff: Material) -> str:
    """A branch's kfcs.toml."""
    head = Settings(branch=branch.name, branch_code=branch.code, desk=branch.desk, policy=DEFAULT_POLICY)
    recipients = {
        "branch-head": branch.head,
        "subsidiary-leader": branch.leader,
        "group-centre": stuff.group["centre"],
        "group-leader": stuff.group["leader"],
    }
    return "\n".join(
        [
            settings_text(head)
            + 'office_hours = ["08:30-12:00", "13:30-17:30"]\n'
            + f"departments = {_list(('工程部', '物业公司', '销售部', '客户服务部'))}\n"
            + f"staff = {_list(branch.staff)}\n",
            _table("recipients", recipients),
            _table("projects", {p.name: [p.alias] if p.alias else [] for p in branch.projects}),
            _table("authority", {"branch-head": 5_000, "subsidiary-leader": 50_000}),
        ]
    )


def group_settings(stuff: Material) -> str:
    """The group's kfcs.toml: no branch of its own, so that its reports are about all."""
    head = Settings(desk=stuff.group["desk"], policy=DEFAULT_POLICY)
    recipients = {"group-centre": stuff.group["centre"], "group-leader": stuff.group["leader"]}
    return "\n".join([settings_text(head), _table("recipients", recipients)])


def _table(name: str, values: Mapping[str, object]) -> str:
    return f"[{name}]\n" + "".join(f"{_key(key)} = {_text(value)}\n" for key, value in values.items())


def _list(values: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _key(name: str) -> str:
    return name if name.isascii() else _text(name)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
