"""Points and penalties given by hand, checked against the policy (SPEC S3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from kfcs.desk import Desk
from kfcs.entries import Entry
from kfcs.errors import N_, BadInput, Forbidden, Message, Term, say
from kfcs.i18n import language
from kfcs.money import parse_money
from kfcs.period import Period, day_of
from kfcs.reports.scoreacts import BRANCH, adjustment_draft, adjustment_of
from kfcs.reports.scorereading import departments, desks, persons
from kfcs.reports.scoresheet import adjustment_json
from kfcs.reports.scoring import Scoring
from kfcs.rules.policy import Policy
from kfcs.rules.scorecard import Penalty
from kfcs.words import codes, parse_word, word

FINEST = Decimal("0.01")
"""Points are given in hundredths at the finest; a total has one decimal."""


class Given(NamedTuple):
    """An adjustment recorded: the month it counts in, and what the person must know."""

    entry: Entry
    rule: Penalty
    month: Period
    doubts: tuple[Message, ...]

    @property
    def message(self) -> Message:
        """What was given, to whom, under which rule, and in which month it counts."""
        body = self.entry.body
        text = N_("{subject}: {points} points, {rule}; counts in {month}.")
        if "money" in body:
            text = N_("{subject}: {money} CNY, {rule}; counts in {month}.")
        return say(
            text,
            subject=body["subject"],
            points=body.get("points"),
            money=body.get("money"),
            rule=self.rule.title[language()],
            month=self.month.label,
        )

    def as_json(self) -> dict[str, Any]:
        """The adjustment as a sheet shows it, with its month."""
        return {**adjustment_json(adjustment_of(self.entry)), "month": self.month.label}


def wanted_value(points: str | None, money: str | None) -> Mapping[str, Decimal]:
    """The one of points and money that was given, as a number. Raises BadInput."""
    if (points is None) == (money is None):
        raise BadInput(N_("Say either --points P or --money CNY."))
    if points is not None:
        return {"points": points_number(points, "--points")}
    try:
        return {"money": parse_money(str(money))}
    except ValueError:
        raise BadInput(
            N_("--money {value} is no sum; write it like 50 or 1,200.50."), value=str(money)
        ) from None


def points_number(text: str, option: str) -> Decimal:
    """Points as a person writes them: -1.5, +2, －1.5. Raises BadInput for anything else."""
    plain = text.strip().translate(_FULL_WIDTH).removesuffix("分").strip()
    try:
        number = Decimal(plain)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10_000 or number != number.quantize(FINEST):
        raise BadInput(
            N_("{option} {value} is no number of points; write -1.5 or 2."), option=option, value=text
        )
    return number


_FULL_WIDTH = {ord("－"): "-", ord("−"): "-", ord("＋"): "+", ord("．"): "."} | {
    ord("０") + n: ord("0") + n for n in range(10)
}


def adjust(
    desk: Desk,
    subject: str,
    value: Mapping[str, Decimal],
    rule_id: str,
    reason: str,
    *,
    case: str | None,
    kind: str | None,
    at: datetime,
) -> Given:
    """Record points or money for a subject. Raises BadInput, with nothing written, for what no rule allows."""
    month = Period.of("month", day_of(at))
    policy = desk.book.policy_on(month.first)
    rule = _rule(policy, rule_id)
    _check_value(rule, value)
    number = None if case is None else desk.number(case)
    scoring = Scoring(desk)
    who, doubts = _subject_kind(scoring, rule, subject, kind, value)
    if "points" in value and policy.scorecard is None:
        raise Forbidden(N_("Policy {name} has no scorecard: points would count nowhere."), name=policy.name)
    draft = adjustment_draft(
        subject,
        who,
        rule.id,
        value,
        reason,
        case=number,
        branch=desk.settings.branch,
        at=at,
        by=desk.operator,
    )
    if who == BRANCH and "points" in value and scoring.acts.confirmed(subject, month.label):
        doubts = (
            *doubts,
            say(N_("The sheet of {month} is confirmed; this is listed in the next one."), month=month.label),
        )
    with desk.ledger.writing():
        [entry] = desk.append([draft])
        desk.projection.recorded([entry], desk.now)
    return Given(entry, rule, month, doubts)


def _rule(policy: Policy, name: str) -> Penalty:
    rule = policy.penalties.get(name)
    if rule is None:
        raise BadInput(
            N_("Policy {policy} has no rule {name} for points or penalties."),
            policy=policy.name,
            name=repr(name),
            hint=say(N_("One of: {words}."), words=list(policy.penalties)),
        )
    return rule


def _check_value(rule: Penalty, value: Mapping[str, Decimal]) -> None:
    """Raises BadInput for money where points are wanted, or the other way, and for a value outside the range."""
    [(name, number)] = value.items()
    wanted = "points" if rule.points is not None else "money"
    low, high = rule.points or rule.money or (Decimal(0), Decimal(0))
    if name != wanted:
        raise BadInput(
            N_("Rule {rule} goes by --{wanted}, from {low} to {high}."),
            rule=rule.id,
            wanted=wanted,
            low=f"{low:f}",
            high=f"{high:f}",
        )
    if not rule.allows(number):
        text = N_("--{name} {value} is outside what rule {rule} allows: {low} to {high}.")
        if rule.step is not None:
            text = N_("--{name} {value} is not what rule {rule} allows: {low} to {high}, in steps of {step}.")
        raise BadInput(
            text,
            name=name,
            value=f"{number:f}",
            rule=rule.id,
            low=f"{low:f}",
            high=f"{high:f}",
            step=f"{rule.step or 0:f}",
        )


# ---------------------------------------------------------------- who it is


def _subject_kind(
    scoring: Scoring, rule: Penalty, subject: str, kind: str | None, value: Mapping[str, Decimal]
) -> tuple[str, tuple[Message, ...]]:
    """Whether a subject is a branch, desk, department or person: as said, else as the ledger knows the name.

    An unknown name is taken as whom the rule is for; as a branch for points, which count in sheets, and as a person for
    money. Raises BadInput where the rule is for others.
    """
    known = _kinds_known(scoring, subject)
    if kind is not None:
        chosen = kind
    elif known:
        chosen = next((each for each in known if each in rule.subjects), known[0])
    else:
        likely = BRANCH if "points" in value else "person"
        chosen = likely if likely in rule.subjects else rule.subjects[0]
    if chosen not in rule.subjects:
        raise BadInput(
            N_("Rule {rule} is not for a {kind} such as {name}; it is for: {kinds}."),
            rule=rule.id,
            kind=Term("subject", chosen),
            name=subject,
            kinds=[Term("subject", each) for each in rule.subjects],
        )
    if kind is None and not known:
        doubt = say(
            N_("{name} is not known here and is taken as a {kind}; --as says otherwise."),
            name=subject,
            kind=Term("subject", chosen),
        )
        return chosen, (doubt,)
    return chosen, ()


def _kinds_known(scoring: Scoring, subject: str) -> list[str]:
    """As what the ledger or the settings know a name."""
    desk = scoring.desk
    settings, connection = desk.settings, scoring.connection
    return [
        kind
        for kind, names in (
            (BRANCH, set(scoring.branches())),
            ("desk", desks(connection) | {settings.desk}),
            ("department", departments(connection) | {*settings.departments} | _department_words()),
            ("person", persons(connection) | {*settings.staff} | {desk.operator}),
        )
        if subject in names
    ]


def _department_words() -> set[str]:
    names = codes("department")
    return {*names, *(word("department", code, lang) for code in names for lang in ("zh", "en"))}


def subject_kind(text: str | None) -> str | None:
    """What ``--as`` names. Raises BadInput."""
    return None if text is None else parse_word("subject", text)
