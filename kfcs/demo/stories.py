"""The cases of the demo that are told as they stand in ``stories.toml``: grave ones, a hot topic, what is open now."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from kfcs.demo import lives
from kfcs.demo.acts import Life, Office, stamp
from kfcs.demo.lives import Plan
from kfcs.demo.material import HERE
from kfcs.period import add_months, day_of, day_start


@cache
def _document() -> Mapping[str, Any]:
    return tomllib.loads((HERE / "stories.toml").read_text(encoding="utf-8"))


def report_notes(branch: str) -> Iterator[tuple[str, str]]:
    """Section and text of what a branch writes into its report of the last month."""
    return ((row["section"], row["text"]) for row in _document()["note"] if row["branch"] == branch)


def tell(office: Office, now: datetime) -> None:
    """Let the branch's stories happen."""
    for row in _document()["story"]:
        if row["branch"] == office.branch.name:
            _tell(office, row, now)


def _tell(office: Office, row: Mapping[str, Any], now: datetime) -> None:
    fields = {"text": row["text"], **row["fields"]}
    project = next(p for p in office.branch.projects if p.name == fields["project"])
    fields.setdefault("stage", "after-handover")
    at = _moment(row, now)
    days = fields.pop("authority_days", None)
    if days is not None:
        due = office.calendar.add_working_days(day_of(at), days)
        fields["authority_due"] = stamp(day_start(due).replace(hour=18))
    matter = office.material.matter(row["matter"])
    matter = replace(
        matter, **{name: (row[name],) for name in ("order", "found", "fixed", "prevent") if name in row}
    )
    life = Life(office, project, matter, at, fields, office.customer())
    plan = dict(row["plan"])
    plan["brief_after"] = tuple(plan.get("brief_after", Plan.brief_after))
    lives.complaint(life, Plan(**plan))


def _moment(row: Mapping[str, Any], now: datetime) -> datetime:
    if "ago" in row:
        return now - timedelta(hours=row["ago"], minutes=7)
    first = add_months(day_of(now).replace(day=1), -row["month"])
    hour, minute = map(int, row["time"].split(":"))
    return day_start(first.replace(day=row["day"])).replace(hour=hour, minute=minute)
