"""A period beside others: the headline figures of the one before and of last year, and the trend (SPEC R2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta

from kfcs.period import Period, iso
from kfcs.reports import figures, satisfaction
from kfcs.reports.reading import Reading
from kfcs.reports.report import Before, Compared, Headline, TrendPoint
from kfcs.reports.rows import ProjectRow
from kfcs.rules.policy import Policy

TREND = 13
"""Months of the trend: a year, and the same month of last year beside this one."""


def clock_figures(reading: Reading, policy: Policy) -> dict[str, figures.ClockFigure]:
    """Timeliness of each clock of the policy in the period."""
    order = [clock.id for clock in policy.clocks]
    return figures.clock_figures(reading.clocks(order), order)


def together(clocks: Mapping[str, figures.ClockFigure], policy: Policy) -> figures.ClockFigure:
    """All limits together; silences are none."""
    return figures.pooled(clocks, {clock.id for clock in policy.clocks if clock.start == "silence"})


def over_time(
    reading: Reading, now: Headline, policy: Policy, codes: Collection[str]
) -> tuple[Compared, tuple[TrendPoint, ...], Before]:
    """The period beside others, the trend of months, and what the period before was about."""
    previous, year_before = reading.period.previous(), reading.period.year_before()
    months = _months_until(reading.period)
    told = opinion_counts(reading, list({p.label: p for p in (*months, previous, year_before)}.values()))
    trend = [
        TrendPoint(
            month.label,
            now.complaints if month == reading.period else reading.of(month).complaints(),
            _satisfied(told[month.label]),
        )
        for month in months
    ]
    before = reading.of(previous)
    sums = before.intake_sums()
    compared = Compared(
        now,
        _headline(before, sums, told[previous.label], policy),
        _headline(reading.of(year_before), None, told[year_before.label], policy),
        previous.label,
        year_before.label,
    )
    about = Before({row.project: row.complaints for row in sums}, before.categories(codes) if sums else {})
    return compared, tuple(trend), about


def _months_until(period: Period) -> list[Period]:
    """The months of the trend, the earliest first."""
    months = [Period.of("month", period.after - timedelta(days=1))]
    while len(months) < TREND:
        months.append(months[-1].previous())
    return months[::-1]


def _headline(
    reading: Reading, sums: list[ProjectRow] | None, told: Counter[str], policy: Policy
) -> Headline:
    rows = sums if sums is not None else reading.intake_sums()
    valid, closed = sum(row.valid for row in rows), sum(row.closed for row in rows)
    all_limits = together(clock_figures(reading, policy), policy)
    return Headline(
        sum(row.complaints for row in rows),
        sum(row.persons for row in rows),
        sum(row.times for row in rows),
        figures.rate(closed, valid),
        all_limits.rate,
        _satisfied(told),
    )


def headline_of(reading: Reading, policy: Policy) -> Headline:
    """The headline figures alone, as of a branch in the report of the group (R6) or a month in that of a year."""
    told = opinion_counts(reading, [reading.period])
    return _headline(reading, None, told[reading.period.label], policy)


def _satisfied(told: Counter[str]) -> float | None:
    return figures.rate(told["satisfied"], told.total())


def opinion_counts(reading: Reading, periods: Collection[Period]) -> dict[str, Counter[str]]:
    """Opinions by period, one a case, its last in the period (R3).

    Nearly every case has one opinion, so they are counted in the index; then those few that were called back
    after several resolutions, or left the counts, are taken out and counted with care.
    """
    odd = reading.opinions_to_correct(min(p.start for p in periods), max(p.end for p in periods))
    counted = {}
    for period in periods:
        within = reading.of(period)
        counts = Counter({result: within.opinion_counts(result) for result in satisfaction.OPINIONS})
        start, end = iso(period.start), iso(period.end)
        rows = [row for row in odd if start <= row.at < end]
        counts.subtract(Counter(row.result for row in rows))
        last = {row.case_id: row.result for row in sorted(rows, key=lambda row: row.n) if row.counted}
        counts.update(Counter(last.values()))
        counted[period.label] = counts
    return counted
