"""The figures that a sheet is made of, counted as the monthly report counts them (SPEC S1).

Every measure of `kfcs.rules.scorecard.MEASURES` has its function here. A figure that a report has too is taken from the
report's own functions, so that sheet and report cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from kfcs.archive import POINTS
from kfcs.checking import figures_of as check_figures_of
from kfcs.desk import Desk
from kfcs.duties import duties_between, handed_in
from kfcs.period import iso
from kfcs.reports import figures, rectifying, satisfaction
from kfcs.reports.comparing import clock_figures
from kfcs.reports.figures import ClockFigure
from kfcs.reports.monthly import CallbackRows, callback_rows, received
from kfcs.reports.notes import report_notes
from kfcs.reports.rows import RectificationRow
from kfcs.reports.scorereading import ScoreReading
from kfcs.rules.obligations import Duty, Obligation, duty_for
from kfcs.rules.policy import Policy
from kfcs.rules.score import NOTHING, Measured, Part, share
from kfcs.rules.scorecard import MEASURES, ScoreItem

YES = frozenset({"是", "有", "达标", "合格", "yes", "true"})
NO = frozenset({"否", "无", "不达标", "不合格", "no", "false"})
SURVEY_FULL = 100 * POINTS
"""The best answer of a survey, in the hundredths that the archive keeps."""


class ScoreFigures:
    """The figures of one branch, or one desk, in one month; each table is read once."""

    def __init__(self, desk: Desk, reading: ScoreReading, policy: Policy, *, with_cases: bool = True) -> None:
        self.desk = desk
        self.reading = reading
        self.policy = policy
        self.with_cases = with_cases
        self._narrowed: dict[tuple[tuple[str, ...], bool], ScoreFigures] = {}

    def measured(self, item: ScoreItem) -> Measured:
        """The figure of an item. What is counted from no case cannot be told for one desk."""
        if self.reading.desk is not None and not MEASURES[item.measure].of_cases:
            return NOTHING
        return _MEASURES[item.measure](self.narrowed(item), item)

    def narrowed(self, item: ScoreItem) -> ScoreFigures:
        """The same figures of the cases that the item is about."""
        if not (item.kinds or item.emergencies):
            return self
        key = (item.kinds, item.emergencies)
        if key not in self._narrowed:
            reading = self.reading.narrowed(*key)
            self._narrowed[key] = ScoreFigures(self.desk, reading, self.policy, with_cases=self.with_cases)
        return self._narrowed[key]

    # ------------------------------------------------------------ read once

    @cached_property
    def clocks(self) -> Mapping[str, ClockFigure]:
        return clock_figures(self.reading, self.policy)

    @cached_property
    def callbacks(self) -> CallbackRows:
        return callback_rows(self.reading)

    @cached_property
    def rectifications(self) -> Mapping[str, list[RectificationRow]]:
        period = self.reading.period
        return rectifying.rectification_sets(
            self.reading.rectifications(), iso(period.start), iso(period.end), iso(self.reading.now)
        )

    # ------------------------------------------------------------ of use to several measures

    def runs(self, clocks: Iterable[str], *verdicts: str) -> list[str]:
        """The case of each run of these clocks that stands so."""
        found = [self.reading.clock_cases(clock, verdicts) for clock in clocks if self.policy.clock(clock)]
        return sorted(case for cases in found for case in cases)

    def clock_parts(self, clocks: Iterable[str]) -> tuple[Part, ...]:
        """Each clock that had runs: so many met of so many."""
        rows = [(name, self.clocks[name]) for name in clocks if name in self.clocks]
        return tuple(
            Part("clock", name, row.met, row.met + row.breached)
            for name, row in rows
            if row.met + row.breached
        )

    def handed_in(self, duty: Duty) -> Part:
        """How a duty stands: its days late where it was handed in."""
        found = handed_in(self.desk, duty, self.reading.branch or "")
        at = None if found is None else found.at
        late = None if at is None else duty.days_late(at)
        return Part("obligation", duty.name, late, due=duty.due, at=at)

    def obligations(self, names: Iterable[str]) -> list[Obligation]:
        found = [self.policy.obligation(name) for name in names]
        return [obligation for obligation in found if obligation is not None]


# ---------------------------------------------------------------- limits


def _clocks_met(of: ScoreFigures, item: ScoreItem) -> Measured:
    """Limits kept among those that fall in the month and are decided."""
    if item.per_case:
        late = set(of.runs(item.clocks, "breached"))
        every = {*of.runs(item.clocks, "met"), *late}
        return share(len(every) - len(late), len(every), _once(every), _once(late))
    parts = of.clock_parts(item.clocks)
    met, decided = sum(part.got or 0 for part in parts), sum(part.of or 0 for part in parts)
    cases, lost = _listed(of, item.clocks)
    return share(met, decided, cases, lost)._replace(parts=parts)


def _clocks_missed(of: ScoreFigures, item: ScoreItem) -> Measured:
    """Limits missed among those that fall in the month; per case where the item says so."""
    parts = of.clock_parts(item.clocks)
    if not parts:
        return NOTHING
    late = of.runs(item.clocks, "breached")
    cases = _once([*of.runs(item.clocks, "met"), *late])
    missed = len(set(late)) if item.per_case else len(late)
    return Measured(Decimal(missed), cases=cases, lost=_once(late), parts=parts)


def _listed(of: ScoreFigures, clocks: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The cases behind clocks: all decided, and those too late. Left out where nobody wants them."""
    if not of.with_cases:
        return (), ()
    return _once(of.runs(clocks, "met", "breached")), _once(of.runs(clocks, "breached"))


def _once(cases: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(cases)))


# ---------------------------------------------------------------- rectification, callbacks, complaints


def _rectified_in_time(of: ScoreFigures, item: ScoreItem) -> Measured:
    return _of_sets(of, "in_time", "late")


def _first_pass(of: ScoreFigures, item: ScoreItem) -> Measured:
    inspected, passed = of.rectifications["inspected"], of.rectifications["first_pass"]
    failed = [row for row in inspected if row not in passed]
    return share(
        len(passed),
        len(inspected),
        _once(row.case_id for row in inspected),
        _once(row.case_id for row in failed),
    )


def _of_sets(of: ScoreFigures, good: str, bad: str) -> Measured:
    """The attempts of one set among those of both."""
    met, missed = of.rectifications[good], of.rectifications[bad]
    return share(
        len(met),
        len(met) + len(missed),
        _once(row.case_id for row in (*met, *missed)),
        _once(row.case_id for row in missed),
    )


def _called_back(of: ScoreFigures, item: ScoreItem) -> Measured:
    verdicts = of.callbacks.verdicts
    done = [case for case, verdict in verdicts.items() if verdict == "done"]
    missed = [case for case, verdict in verdicts.items() if verdict == "missed"]
    return share(len(done), len(done) + len(missed), _once([*done, *missed]), _once(missed))


def _satisfaction(of: ScoreFigures, item: ScoreItem) -> Measured:
    last, _first = satisfaction.opinions(of.callbacks.rated)
    lost = [case for case, result in last.items() if result != "satisfied"]
    counts = {result: sum(said == result for said in last.values()) for result in satisfaction.OPINIONS}
    parts = tuple(Part("callback", result, count) for result, count in counts.items() if count)
    return share(len(last) - len(lost), len(last), _once(last), _once(lost))._replace(parts=parts)


def _signed_satisfied(of: ScoreFigures, item: ScoreItem) -> Measured:
    """Valid complaints called back in the month whose customer signed that he is satisfied."""
    reached = {row.case_id for row in of.callbacks.rated if row.result != "unreachable"}
    called = of.reading.valid_complaints(reached)
    signed = called & of.reading.signed()
    return share(len(signed), len(called), _once(called), _once(called - signed))


def _valid_handled(of: ScoreFigures, item: ScoreItem) -> Measured:
    """Valid complaints received in the month that are resolved or closed by now."""
    valid = {row.case_id for row in figures.valid_complaints(received(of.desk, of.reading))}
    handled = of.reading.handled(valid)
    return share(len(handled), len(valid), _once(valid), _once(valid - handled))


# ---------------------------------------------------------------- what belongs to no case


def _days_late(of: ScoreFigures, item: ScoreItem) -> Measured:
    """Days by which the hand-ins for the month are late; nothing at all is worth nothing (S2)."""
    parts = []
    for obligation in of.obligations(item.obligations):
        if obligation.period_kind == of.reading.period.kind:
            duty = duty_for(obligation, of.reading.period.label, of.desk.book.calendar)
            parts += [] if duty is None else [of.handed_in(duty)]
    if not parts:
        return NOTHING
    if any(part.at is None for part in parts):
        return Measured(failed=True, parts=tuple(parts))
    return Measured(Decimal(sum(part.got or 0 for part in parts)), parts=tuple(parts))


def _hand_ins_late(of: ScoreFigures, item: ScoreItem) -> Measured:
    """Hand-ins that fell due in the month and came late, or not at all."""
    period = of.reading.period
    duties = duties_between(of.desk.book, period.first, period.after)
    parts = [(duty, of.handed_in(duty)) for duty in duties if duty.name in item.obligations]
    states = [duty.state(part.at, of.reading.now) for duty, part in parts]
    if all(state == "upcoming" for state in states):
        return NOTHING
    late = sum(state in ("late", "missed") for state in states)
    return Measured(Decimal(late), parts=tuple(part for _duty, part in parts))


def _checks_passed(of: ScoreFigures, item: ScoreItem) -> Measured:
    checks = check_figures_of(of.desk, of.reading.period, of.reading.branch)
    return share(checks.done - checks.failed, checks.done)


def _survey(of: ScoreFigures, item: ScoreItem) -> Measured:
    """Points given in surveys, of the most that could have been given."""
    rows = of.reading.surveys()
    points, answers = sum(row[2] for row in rows), sum(row[3] for row in rows)
    return share(points, answers * SURVEY_FULL)


def _indicator(of: ScoreFigures, item: ScoreItem) -> Measured:
    """What people typed last for the month (``kfcs report note --indicator``)."""
    notes = report_notes(of.desk.ledger, of.reading.period, of.reading.branch)
    typed = [note.value for note in notes if note.indicator == item.indicator and note.value]
    value = typed_number(typed[-1], percent=item.target.percent) if typed else None
    return NOTHING if value is None else Measured(value, parts=(Part("typed", typed[-1] or "", None),))


def typed_number(text: str, *, percent: bool) -> Decimal | None:
    """The number that a person typed, or yes or no; None for anything else.

    Where a percentage is wanted, 98 and 98% mean the same.
    """
    plain = text.strip().lower()
    if plain in YES or plain in NO:
        return Decimal(int(plain in YES))
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%|％)?\D*", plain)
    if found is None:
        return None
    number = Decimal(found[1])
    return number / 100 if found[2] or (percent and number > 1) else number


_MEASURES: Mapping[str, Callable[[ScoreFigures, ScoreItem], Measured]] = {
    "clocks-met": _clocks_met,
    "clocks-missed": _clocks_missed,
    "rectified-in-time": _rectified_in_time,
    "first-pass": _first_pass,
    "called-back": _called_back,
    "satisfaction": _satisfaction,
    "signed-satisfied": _signed_satisfied,
    "valid-handled": _valid_handled,
    "days-late": _days_late,
    "hand-ins-late": _hand_ins_late,
    "checks-passed": _checks_passed,
    "survey": _survey,
    "indicator": _indicator,
}
