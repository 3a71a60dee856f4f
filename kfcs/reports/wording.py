"""Codes, numbers and times of a report as its reader knows them: what the templates call ``w``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from kfcs.errors import N_
from kfcs.i18n import Language, _
from kfcs.i18n import render as sentence
from kfcs.period import Period, from_iso
from kfcs.reports.charts import ColumnMark, Share, columns, shares
from kfcs.reports.figures import NOT_GIVEN
from kfcs.reports.findings import ABOUT, Finding, percent
from kfcs.reports.report import Report
from kfcs.reports.rows import EscalationRow
from kfcs.words import word

MANY = 12
"""A chart shows so many bars; what lies behind them is in the table beside it."""


@dataclass(frozen=True)
class Wording:
    """The words for one report in one language."""

    report: Report
    lang: Language

    # ------------------------------------------------------------ codes

    def word(self, kind: str, code: str | None) -> str:
        """The word for a code of a vocabulary (``kfcs.words``)."""
        return "—" if code is None else word(kind, code, self.lang)

    def level(self, level: object) -> str:
        """A level as the scheme in force names it."""
        return self._title(self.report.policy.level_names, str(level))

    def category(self, code: str | None) -> str:
        """A category or sub-category by its title in the policy's taxonomy."""
        return "—" if code is None else self._title(self.report.policy.category_names, code)

    def clock(self, clock: str) -> str:
        return word("clock", clock, self.lang)

    def rule(self, rule: str) -> str:
        """A rule of escalation: the clock it watches, or the event."""
        if rule.startswith("clock."):
            return _("{clock} overdue").format(clock=self.clock(rule.removeprefix("clock.")))
        if rule.startswith("warning."):
            return _("{clock} soon due").format(clock=self.clock(rule.removeprefix("warning.")))
        return _(EVENTS.get(rule, rule))

    def stage(self, code: str) -> str:
        return _("not given") if code == NOT_GIVEN else self.word("stage", code)

    def department(self, code: str | None) -> str:
        return _("not dispatched") if code in (NOT_GIVEN, None) else self.word("department", code)

    def named(self, dimension: str, code: str) -> str:
        """The word for a code of one dimension of intake."""
        match dimension:
            case "by_level":
                return self.level(code)
            case "by_category" | "by_subcategory":
                return self.category(code)
            case "by_stage":
                return self.stage(code)
            case "by_department":
                return self.department(code)
            case "by_kind" | "by_channel":
                return self.word(dimension.removeprefix("by_"), code)
        return code or _("not given")

    def _title(self, titles: Mapping[str, Mapping[str, str]], code: str) -> str:
        names = titles.get(code, {})
        return names.get(self.lang) or names.get("en") or code

    def subject(self, row: EscalationRow) -> str:
        """What an escalation without a case is about: a hand-in and its period, or a hot topic."""
        if row.subject is None:
            return "—"
        if row.rule == "obligation-overdue":
            name, _space, period = row.subject.rpartition(" ")
            return f"{self._title(self.report.policy.obligation_titles, name)} {period}"
        project, sign, matter = row.subject.rpartition("/")
        return f"{project}{_(': ')}{self.category(matter)}" if sign else row.subject

    def field(self, code: str) -> str:
        """The field of a defect: quality, design or service."""
        return _(FIELDS[code])

    def figure(self, name: str) -> str:
        """A figure as ``--cases`` names it, in words."""
        section, _sign, rest = name.partition(".")
        dimension, _sign, code = rest.rpartition(".")
        if section == "intake" and dimension:
            return f"{_(DIMENSIONS[dimension])}{_(': ')}{self.named(dimension, code)}"
        if section == "clocks":
            return f"{self.clock(dimension)}{_(': ')}{_(PARTS[code])}"
        if section == "rectification":
            return f"{_('Rectification')}{_(': ')}{_(PARTS[rest])}"
        return _(FIGURES.get(name, name))

    def restated(self, name: str, value: int | str | None) -> str:
        """A frozen value as people read it."""
        if value is None:
            return percent(None)
        if name.startswith("compensation."):
            return self.money(Decimal(value))
        return self.number(value) if isinstance(value, int) else percent(float(value))

    # ------------------------------------------------------------ numbers and times

    def percent(self, value: float | None) -> str:
        return percent(value)

    def number(self, value: int) -> str:
        return f"{value:,}"

    def money(self, value: Decimal) -> str:
        return f"{value:,.2f}"

    def change(self, now: float | None, before: float | None, rate: bool = False) -> str:
        """How a figure differs from another period's: rates in points, counts with their share."""
        if now is None or before is None:
            return "—"
        if rate:
            return _("{points:+.1f} points").format(points=(now - before) * 100) if now != before else "0"
        share = f" ({(now - before) / before:+.1%})" if before else ""
        return f"{now - before:+,}{share}" if now != before else "0"

    def moment(self, text: str | datetime | None) -> str:
        """A moment to the minute, in Shanghai."""
        if text is None:
            return "—"
        moment = from_iso(text) if isinstance(text, str) else text
        return f"{moment:%Y-%m-%d %H:%M}"

    def day(self, text: str | None) -> str:
        return "—" if text is None else text[:10]

    def share(self, part: int, whole: int) -> str:
        return percent(part / whole if whole else None)

    def excerpt(self, text: str, length: int = 60) -> str:
        """The beginning of a text on one line."""
        line = " ".join(text.split())
        return line if len(line) <= length else line[: length - 1] + "…"

    # ------------------------------------------------------------ the whole

    @property
    def policy(self) -> str:
        """What the policy in force is called."""
        titles = self.report.policy.title
        return titles.get(self.lang) or titles.get("en") or self.report.policy.name

    @property
    def period(self) -> str:
        return period_name(self.report.period, self.lang)

    @property
    def bounds(self) -> str:
        """The period's bounds, the end not included (R3)."""
        period = self.report.period
        return _("{start} up to, not including, {end}").format(
            start=self.moment(period.start), end=self.moment(period.end)
        )

    @property
    def ranked_by(self) -> str:
        """What the branches are ranked by (R6)."""
        if self.report.branches.ranked_by == "score":
            return _("ranked by the score sheets of the month")
        return _("ranked by closure rate, then by limits kept")

    def story(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The findings by what they are about: its title, and each sentence with the names of its figures."""
        told: dict[str, list[Finding]] = {}
        for finding in self.report.findings:
            told.setdefault(finding.about, []).append(finding)
        return [(_(ABOUT[about]), self.told(found)) for about, found in told.items()]

    def told(self, found: Iterable[Finding]) -> list[tuple[str, str]]:
        """Sentences, each with the names of the figures that it is made from (R7)."""
        return [(sentence(finding.message), " ".join(finding.names)) for finding in found]

    # ------------------------------------------------------------ charts

    def trend(self) -> list[ColumnMark]:
        """Complaints of 13 months."""
        return columns([(_month(p.month), p.complaints, str(p.complaints)) for p in self.report.trend])

    def satisfaction_trend(self) -> list[ColumnMark]:
        """Satisfaction of 13 months; empty unless two of them have opinions."""
        marks = columns(
            [
                (_month(p.month), p.satisfaction, "" if p.satisfaction is None else f"{p.satisfaction:.0%}")
                for p in self.report.trend
            ]
        )
        return marks if sum(bool(mark.text) for mark in marks) > 1 else []

    def shares(self, counts: Mapping[str, int], most: int = MANY) -> list[Share]:
        """The parts of a whole with their cumulated share."""
        return shares(list(counts.items()))[:most]

    def widest(self, parts: list[Share]) -> float:
        """The share of the largest part: bars are drawn relative to it."""
        return max((part.width for part in parts), default=0) or 1


EVENTS: Mapping[str, str] = {
    "level-raised": N_("level raised"),
    "level-at-once": N_("grave case, at once"),
    "missed-promise": N_("promise missed"),
    "hot-topic": N_("hot topic"),
    "inspection-failed": N_("inspection failed"),
    "callback-unsatisfied": N_("customer not satisfied"),
    "promise-missed": N_("promise missed again"),
    "callback-unreachable": N_("customer not reached"),
    "supervision-overdue": N_("supervision overdue"),
    "obligation-overdue": N_("hand-in overdue"),
}
"""Rules of escalation that no clock drives."""

FIELDS: Mapping[str, str] = {"quality": N_("Quality"), "design": N_("Design"), "service": N_("Service")}
DIMENSIONS: Mapping[str, str] = {
    "by_kind": N_("By kind (all cases)"),
    "by_level": N_("By level"),
    "by_category": N_("By category"),
}
PARTS: Mapping[str, str] = {
    "due": N_("Due"),
    "met": N_("In time"),
    "in_time": N_("In time"),
    "breached": N_("Late"),
    "rate": N_("Rate"),
    "in_time_rate": N_("Rate"),
    "ordered": N_("Ordered"),
    "first_pass": N_("First pass"),
}
FIGURES: Mapping[str, str] = {
    "intake.complaints": N_("Complaints received"),
    "intake.persons": N_("People"),
    "intake.times": N_("Times"),
    "closure.received": N_("Valid complaints received"),
    "closure.closed": N_("Closed"),
    "closure.rate": N_("Closure rate"),
    "callback.needed": N_("Callbacks needed"),
    "callback.done": N_("Callbacks done"),
    "callback.rate": N_("Callback rate"),
    "callback.satisfied": N_("Satisfied"),
    "callback.acceptable": N_("Acceptable"),
    "callback.unsatisfied": N_("Not satisfied"),
    "callback.satisfaction": N_("Satisfaction"),
    "compensation.claimed": N_("Claimed (CNY)"),
    "compensation.approved": N_("Approved (CNY)"),
    "compensation.paid": N_("Paid (CNY)"),
    "compensation.deducted": N_("Deducted (CNY)"),
    "escalations.total": N_("Escalations"),
}
"""Figures that are restated, in words."""


def _month(label: str) -> str:
    """The month alone, with the year at each January."""
    year, _dash, month = label.partition("-")
    return f"{year[2:]}/{month}" if month == "01" else month


def period_name(period: Period, lang: Language) -> str:
    """A period as a title has it: 2026年10月, 2026年第3季度."""
    if lang != "zh":
        return period.label
    first = period.first
    month = f"{first.year}年{first.month}月"
    match period.kind:
        case "month":
            return month
        case "quarter":
            return f"{first.year}年第{'一二三四'[(first.month - 1) // 3]}季度"
        case "year":
            return f"{first.year}年度"
        case "half-month":
            return f"{month}{'上' if first.day == 1 else '下'}半月"
        case "day":
            return f"{month}{first.day}日"
    last = period.after - timedelta(days=1)
    return f"{month}{first.day}日至{last.month}月{last.day}日（第{period.label[-2:]}周）"
