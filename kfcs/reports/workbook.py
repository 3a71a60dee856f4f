"""The report as a workbook (SPEC R4): the figures behind every section as real numbers, to be sorted, added and charted."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from kfcs.cells import Column
from kfcs.errors import N_
from kfcs.i18n import Language, _, in_language
from kfcs.i18n import render as sentence
from kfcs.reports.figures import DIMENSIONS
from kfcs.reports.findings import ABOUT
from kfcs.reports.report import Headline, Report
from kfcs.reports.wording import Wording
from kfcs.sheets import Chart, Rate, Row, Tab, write_book

_DIMENSIONS: Mapping[str, str] = {
    "by_kind": N_("By kind (all cases)"),
    "by_level": N_("By level"),
    "by_category": N_("By category"),
    "by_subcategory": N_("By sub-category"),
    "by_channel": N_("By channel"),
    "by_project": N_("By project"),
    "by_stage": N_("By stage"),
    "by_department": N_("By department"),
}
assert _DIMENSIONS.keys() == DIMENSIONS.keys()


_CHARTED = ("by_level", "by_category", "by_project")
_BARS = 12
"""A chart has so many bars; all of them are in the table."""


def workbook(report: Report, lang: Language) -> bytes:
    """The report as the bytes of a .xlsx. Sheets with nothing in them are left out, but for the headline."""
    with in_language(lang):
        words = Wording(report, lang)
        tabs = [tab for tab in _tabs(report, words) if tab.rows]
        title = f"{_('Complaint analysis report')} {report.branch or ''} {words.period}".replace("  ", " ")
        out = io.BytesIO()
        write_book(tabs, out, title, report.as_of)
        return out.getvalue()


def _tabs(report: Report, words: Wording) -> Iterator[Tab]:
    yield _headline(report)
    yield _findings(report)
    yield _intake(report, words)
    yield _heat(report, words)
    yield _trend(report)
    yield _branches(report)
    yield _clocks(report, words)
    yield _rectification(report, words)
    yield _callbacks(report)
    yield _open(report, words)
    yield _escalations(report, words)
    yield _standing_out(report, words)
    yield _people(report)
    yield _texts(report)
    yield _late(report, words)
    yield _restatements(report, words)


def _rate(value: float | None) -> Rate | None:
    return None if value is None else Rate(value)


# ---------------------------------------------------------------- the whole

_FIGURE = Column("figure", N_("Figure"), width=24)
_COUNTED = ("complaints", N_("Complaints received")), ("persons", N_("People")), ("times", N_("Times"))
_RATED = (
    ("closure_rate", N_("Closure rate")),
    ("clocks_rate", N_("Limits kept")),
    ("satisfaction", N_("Satisfaction")),
)


def _headline(report: Report) -> Tab:
    compared = report.compared
    columns = (
        _FIGURE,
        Column("now", report.period.label, "number"),
        Column("previous", compared.previous_period, "number"),
        Column("year_before", compared.year_before_period, "number"),
    )
    beside: dict[str, Headline] = {
        "now": compared.now, "previous": compared.previous, "year_before": compared.year_before,
    }  # fmt: skip
    counted = [
        {"figure": _(title), **{key: getattr(headline, name) for key, headline in beside.items()}}
        for name, title in _COUNTED
    ]
    rated = [
        {"figure": _(title), **{key: _rate(getattr(headline, name)) for key, headline in beside.items()}}
        for name, title in _RATED
    ]
    called = {"figure": _("Callback rate"), "now": _rate(report.callback.rate)}
    return Tab(_("Headline figures"), columns, [*counted, *rated, called])


def _findings(report: Report) -> Tab:
    rows = [
        {
            "about": _(ABOUT[finding.about]),
            "text": sentence(finding.message),
            "figures": ", ".join(finding.names),
        }
        for finding in (*report.findings, *report.advice)
    ]
    columns = (
        Column("about", N_("Section"), "id"),
        Column("text", N_("Text"), width=72),
        Column("figures", N_("Figures"), width=40),
    )
    return Tab(_("In short"), columns, rows)


def _intake(report: Report, words: Wording) -> Tab:
    columns = (
        Column("dimension", N_("Section"), "id", width=22),
        Column("code", N_("Item"), width=24),
        Column("count", N_("Complaints"), "number"),
        Column("share", N_("Share"), "rate"),
    )
    rows: list[Row] = []
    for dimension, title in _DIMENSIONS.items():
        counts = getattr(report.intake, dimension)
        whole = sum(counts.values())
        for code, number in counts.items():
            name = words.named(dimension, code)
            rows.append({"dimension": _(title), "code": name, "count": number, "share": number / whole})
    return Tab(_("What was received"), columns, rows, tuple(_intake_charts(report)))


def _intake_charts(report: Report) -> Iterator[Chart]:
    """A chart for each dimension that a reader compares, of its rows in the table."""
    at = 1
    for dimension, title in _DIMENSIONS.items():
        rows = len(getattr(report.intake, dimension))
        if dimension in _CHARTED and rows:
            yield Chart("bar", _(title), "code", ("count",), rows=(at, at + min(rows, _BARS) - 1))
        at += rows


def _heat(report: Report, words: Wording) -> Tab:
    codes = list(report.intake.by_category)
    columns = (
        Column("project", N_("Project"), width=20),
        *(Column(code, words.category(code), "number") for code in codes),
    )
    rows = [{"project": project, **counts} for project, counts in report.heat.items()]
    return Tab(_("By project and category"), columns, rows, heat=tuple(codes))


def _trend(report: Report) -> Tab:
    columns = (
        Column("month", N_("Month"), "id"),
        Column("complaints", N_("Complaints"), "number"),
        Column("satisfaction", N_("Satisfaction"), "rate"),
    )
    rows = [
        {"month": point.month, "complaints": point.complaints, "satisfaction": point.satisfaction}
        for point in report.trend
    ]
    charts = (
        Chart("column", _("Complaints received a month"), "month", ("complaints",)),
        Chart("line", _("Satisfaction a month"), "month", ("satisfaction",), ("#007a5a",)),
    )
    return Tab(_("Trend of 13 months"), columns, rows, charts)


def _branches(report: Report) -> Tab:
    columns = (
        Column("rank", N_("Rank"), "number"),
        Column("branch", N_("Branch"), "id"),
        Column("score", N_("Score"), "number"),
        Column("complaints", N_("Complaints"), "number"),
        Column("persons", N_("People"), "number"),
        Column("closure_rate", N_("Closure rate"), "rate"),
        Column("clocks_rate", N_("Limits kept"), "rate"),
        Column("satisfaction", N_("Satisfaction"), "rate"),
        Column("overdue", N_("Overdue"), "number"),
        Column("escalations", N_("Escalations"), "number"),
    )
    chart = Chart("bar", _("Complaints"), "branch", ("complaints",))
    return Tab(_("Branches"), columns, [row.as_json() for row in report.branches.rows], (chart,))


# ---------------------------------------------------------------- section by section


def _clocks(report: Report, words: Wording) -> Tab:
    columns = (
        Column("clock", N_("Limit"), width=24),
        Column("due", N_("Due"), "number"),
        Column("met", N_("In time"), "number"),
        Column("breached", N_("Late"), "number"),
        Column("rate", N_("Rate"), "rate"),
    )
    rows = [
        {"clock": words.clock(clock), "due": f.due, "met": f.met, "breached": f.breached, "rate": f.rate}
        for clock, f in report.clocks.items()
    ]
    chart = Chart("bar", _("Timeliness"), "clock", ("met", "breached"), ("#007a5a", "#c8500a"), shares=True)
    return Tab(_("Timeliness"), columns, rows, (chart,))


def _rectification(report: Report, words: Wording) -> Tab:
    columns = (
        Column("unit", N_("Responsible unit"), width=24),
        Column("ordered", N_("Ordered"), "number"),
        Column("due", N_("Due"), "number"),
        Column("in_time", N_("In time"), "number"),
        Column("in_time_rate", N_("Rate"), "rate"),
        Column("inspected", N_("Inspected"), "number"),
        Column("first_pass", N_("First pass"), "rate"),
        Column("cost", N_("Cost (CNY)"), "money"),
        Column("deducted", N_("Deducted (CNY)"), "money"),
    )
    units = {words.word("department", unit): figure for unit, figure in report.rectification.by_unit.items()}
    rows = [
        {"unit": unit, **{column.key: getattr(figure, column.key) for column in columns[1:]}}
        for unit, figure in units.items()
    ]
    return Tab(_("Rectification"), columns, rows)


def _callbacks(report: Report) -> Tab:
    called, told = report.callback, report.callback.opinions
    rows: list[tuple[str, int | float | Decimal | None]] = [
        (N_("Callbacks needed"), called.needed),
        (N_("Callbacks done"), called.done),
        (N_("Overdue"), called.missed),
        (N_("Not due yet"), called.pending),
        (N_("Closed as unreachable (in no rate)"), called.unreachable),
        (N_("Callback rate"), _rate(called.rate)),
        (N_("Satisfied"), told.satisfied),
        (N_("Acceptable"), told.acceptable),
        (N_("Not satisfied"), told.unsatisfied),
        (N_("Satisfaction"), _rate(told.satisfaction)),
        (N_("by the first opinion"), _rate(told.first_satisfaction)),
        (N_("of inquiries"), _rate(report.inquiries.satisfaction)),
        (N_("Valid complaints received"), report.closure.received),
        (N_("Closed"), report.closure.closed),
        (N_("Closure rate"), _rate(report.closure.rate)),
        (N_("Claimed (CNY)"), report.compensation.claimed),
        (N_("Approved (CNY)"), report.compensation.approved),
        (N_("Paid (CNY)"), report.compensation.paid),
        (N_("Deducted (CNY)"), report.compensation.deducted),
    ]
    columns = (Column("figure", N_("Figure"), width=32), Column("value", N_("Value"), "number"))
    told_of = [n for n, (title, _value) in enumerate(rows, 1) if title in ("Satisfied", "Not satisfied")]
    chart = Chart("bar", _("Satisfaction"), "figure", ("value",), rows=(told_of[0], told_of[-1]))
    return Tab(
        _("Callbacks and satisfaction"),
        columns,
        [{"figure": _(title), "value": value} for title, value in rows],
        (chart,) if told.satisfaction is not None else (),
    )


def _open(report: Report, words: Wording) -> Tab:
    columns = (
        Column("case", N_("Case"), "id"),
        Column("level", N_("Level"), "id"),
        Column("project", N_("Project")),
        Column("category", N_("Category")),
        Column("department", N_("Department")),
        Column("received_at", N_("Received"), "time"),
        Column("next_due", N_("Due"), "time"),
    )
    rows = [
        {
            "case": row.case_id,
            "level": words.level(row.level),
            "project": row.project,
            "category": words.category(row.category),
            "department": words.department(row.department),
            "received_at": row.received_at,
            "next_due": row.next_due,
        }
        for row in report.backlog.rows
    ]
    return Tab(_("Overdue"), columns, rows)


def _escalations(report: Report, words: Wording) -> Tab:
    columns = (
        Column("case", N_("Case"), "id"),
        Column("rule", N_("Rule"), width=24),
        Column("rung", N_("Rung"), "number"),
        Column("recipient", N_("Recipient")),
        Column("level", N_("Level"), "id"),
        Column("due", N_("Due"), "time"),
        Column("at", N_("At"), "time"),
    )
    rows = [
        {
            "case": row.case_id or words.subject(row),
            "rule": words.rule(row.rule),
            "rung": row.rung,
            "recipient": words.word("recipient", row.recipient),
            "level": words.level(row.level),
            "due": row.due,
            "at": row.at,
        }
        for row in report.escalations.rows
    ]
    return Tab(_("Escalations"), columns, rows)


def _standing_out(report: Report, words: Wording) -> Tab:
    columns = (
        Column("list", N_("Section"), width=24),
        Column("case", N_("Case"), "id"),
        Column("project", N_("Project")),
        Column("level", N_("Level"), "id"),
        Column("category", N_("Category")),
        Column("people", N_("People"), "number"),
        Column("heat", N_("Heat"), "number"),
        Column("text", N_("Matter"), width=60),
    )
    lists = (
        (N_("Group complaints (three people or more)"), report.groups),
        (N_("Raised again after closure"), report.repeats),
        (N_("Web and media"), report.watch),
        (N_("Typical cases"), report.typical),
    )
    rows = [
        {
            "list": _(title),
            "case": row.case_id,
            "project": row.project,
            "level": words.level(row.level),
            "category": words.category(row.subcategory or row.category),
            "people": row.people,
            "heat": row.heat,
            "text": report.texts.get(row.case_id, ""),
        }
        for title, found in lists
        for row in found.rows
    ]
    return Tab(_("Cases that stand out"), columns, rows)


def _people(report: Report) -> Tab:
    columns = (
        Column("name", N_("Person"), "id"),
        Column("logged", N_("Logged"), "number"),
        Column("contacted", N_("Contacts"), "number"),
        Column("resolved", N_("Resolved"), "number"),
        Column("called_back", N_("Callbacks"), "number"),
        Column("self_called", N_("of own cases"), "number"),
        Column("self_inspected", N_("own work inspected"), "number"),
        Column("first_asked", N_("First asked"), "number"),
        Column("fined", N_("Fines, CNY"), "money"),
    )
    rows = [
        {"name": name, **{column.key: getattr(figure, column.key) for column in columns[1:]}}
        for name, figure in report.people.items()
    ]
    return Tab(_("By person"), columns, rows)


def _texts(report: Report) -> Tab:
    columns = (
        Column("section", N_("Section"), "id"),
        Column("text", N_("Text"), width=80),
        Column("value", N_("Value"), "id"),
        Column("by", N_("By"), "id"),
        Column("at", N_("At"), "time"),
    )
    titles = {
        "causes": N_("Causes"),
        "proposals": N_("Proposals"),
        "typical": N_("Typical cases"),
        "other": N_("Other"),
    }
    rows = [
        {
            "section": note.indicator or _(titles[note.section]),
            "text": note.text,
            "value": note.value,
            "by": note.by,
            "at": note.at,
        }
        for note in report.notes
    ]
    return Tab(_("Causes and proposals"), columns, rows)


def _late(report: Report, words: Wording) -> Tab:
    columns = (
        Column("case", N_("Case"), "id"),
        Column("kind", N_("Act")),
        Column("at", N_("Happened"), "time"),
        Column("recorded_at", N_("Recorded"), "time"),
    )
    rows = [{**row._asdict(), "kind": words.word("entry", row.kind)} for row in report.late_recorded]
    return Tab(_("Recorded late"), columns, rows)


def _restatements(report: Report, words: Wording) -> Tab:
    columns = (
        Column("period", N_("Period"), "id"),
        Column("figure", N_("Figure"), width=32),
        Column("submitted", N_("Handed in"), "id"),
        Column("now", N_("Now"), "id"),
    )
    rows: Sequence[Row] = [
        {
            "period": row.period,
            "figure": words.figure(row.figure),
            "submitted": words.restated(row.figure, row.submitted),
            "now": words.restated(row.figure, row.now),
        }
        for row in report.restatements
    ]
    return Tab(_("Restatements"), columns, rows)
