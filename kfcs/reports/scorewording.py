"""The words of a scoring sheet: what the templates call ``w``, and how each number is reckoned (SPEC S1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from kfcs.i18n import Language, _
from kfcs.period import Period, day_end
from kfcs.reports.scoresheet import CardMark
from kfcs.reports.wording import period_name
from kfcs.rules.score import Adjustment, ItemScore, Part, Total
from kfcs.rules.scorecard import MEASURES, Target
from kfcs.words import word

NOTHING = "—"
LISTED = 12
"""How many cases a sheet names that cost points; the rest are counted."""


def plain(value: Decimal | None) -> str:
    """A number without idle zeros: 20, 0.5."""
    if value is None:
        return NOTHING
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def points(value: Decimal | None) -> str:
    """Points as a sheet prints them: one decimal."""
    return NOTHING if value is None else f"{value:.1f}"


def percent(value: Decimal) -> str:
    """A share with two decimals at most; never rounded up to the whole."""
    hundred = value * 100
    shown = hundred.quantize(Decimal("0.01"))
    if shown == 100 and hundred != 100:
        shown = Decimal("99.99")
    return f"{plain(shown)}%"


@dataclass(frozen=True)
class ScoreWording:
    """The words for sheets and rankings under one policy, in one language."""

    policy: CardMark
    lang: Language

    # ------------------------------------------------------------ codes and titles

    def word(self, kind: str, code: str | None) -> str:
        return NOTHING if code is None else word(kind, code, self.lang)

    def title(self, titles: Mapping[str, str]) -> str:
        return titles.get(self.lang) or titles.get("en") or ""

    @property
    def policy_title(self) -> str:
        return self.title(self.policy.title) or self.policy.name

    @property
    def card_title(self) -> str:
        card = self.policy.card
        return _("Scoring sheet") if card is None else self.title(card.title)

    def rule(self, rule: str) -> str:
        """What a rule of ``kfcs adjust`` is called."""
        known = self.policy.penalties.get(rule)
        return rule if known is None else self.title(known.title)

    def item_title(self, item_id: str) -> str:
        card = self.policy.card
        item = None if card is None else card.item(item_id)
        return item_id if item is None else self.title(item.title)

    # ------------------------------------------------------------ numbers and times

    def plain(self, value: Decimal | None) -> str:
        return plain(value)

    def points(self, value: Decimal | None) -> str:
        return points(value)

    def signed(self, value: Decimal | None) -> str:
        """Points given or taken: +2.0, -1.5."""
        return NOTHING if value is None else f"{value:+f}"

    def money(self, value: Decimal | None) -> str:
        return NOTHING if value is None else f"{value:,.2f}"

    def value(self, adjustment: Adjustment) -> str:
        """What an adjustment gives: points, or a sum."""
        if adjustment.points is not None:
            return self.signed(adjustment.points)
        return _("{sum} CNY").format(sum=self.money(adjustment.money))

    def tie(self, value: Fraction | None) -> str:
        """A figure that parts equal averages; a dash where nothing was measured."""
        return NOTHING if value is None else percent(Decimal(value.numerator) / value.denominator)

    def moment(self, moment: datetime | None) -> str:
        return NOTHING if moment is None else f"{moment:%Y-%m-%d %H:%M}"

    def period(self, period: Period) -> str:
        return period_name(period, self.lang)

    def target(self, target: Target) -> str:
        sign = {">=": "≥ ", "<=": "≤ ", "=": ""}[target.comparison]
        number = percent(target.value) if target.percent else plain(target.value)
        return f"{'' if target.percent and target.value == 1 else sign}{number}"

    # ------------------------------------------------------------ one item

    def actual(self, score: ItemScore) -> str:
        """The figure as it was measured."""
        if score.measured.failed:
            return _("not handed in")
        if score.actual is None:
            return NOTHING
        if MEASURES[score.measure].gives == "share" or score.target.percent:
            return percent(score.actual)
        if score.measure == "days-late":
            return _("{days} days late").format(days=plain(score.actual)) if score.actual else _("in time")
        return plain(score.actual)

    def reckoning(self, score: ItemScore) -> str:
        """How the points come about, to be followed with a pencil."""
        got, of, weight = score.measured.got, score.measured.of, plain(score.weight)
        if score.measured.failed:
            return _("nothing handed in, no points")
        if score.empty == "full":
            return _("nothing to measure: full marks")
        if score.empty == "leave-out":
            return _("nothing to measure: left out, its weight goes to the others")
        if score.formula == "deduct":
            left = plain(score.weight - (got or 0) * score.deduct)
            made = f"{weight} - {plain(got)} × {plain(score.deduct)} = {left}"
            under = score.weight < (got or 0) * score.deduct
            return _("{sum}, not under 0").format(sum=made) if under else made
        share = f"{plain(got)} ÷ {plain(of)}" if of else self.actual(score)
        if score.formula == "reached":
            told = _("target reached") if score.reached else _("target not reached")
            return f"{share} = {self.actual(score)}{_(': ')}{told}" if of else told
        return f"{weight} × {share} = {points(score.points)}"

    def part(self, part: Part) -> str:
        """One of the things a figure was added up from."""
        match part.kind:
            case "clock":
                return f"{self.word('clock', part.name)} {part.got} ÷ {part.of}"
            case "callback":
                return f"{self.word('callback', part.name)} {part.got}"
            case "obligation":
                return self._hand_in(part)
        return part.name

    def _hand_in(self, part: Part) -> str:
        due = part.due or datetime.max
        day = f"{due:%Y-%m-%d}" if due == day_end(due.date()) else self.moment(due)
        if part.at is None:
            return _("due {day}, not handed in").format(day=day)
        return _("due {day}, handed in {at}").format(day=day, at=self.moment(part.at))

    def parts(self, score: ItemScore) -> str:
        return _("; ").join(map(self.part, score.measured.parts))

    def lost(self, score: ItemScore) -> str:
        """The cases that cost points, the first of them by number."""
        cases = score.measured.lost
        shown = _(", ").join(cases[:LISTED])
        rest = len(cases) - LISTED
        return shown if rest <= 0 else _("{cases} and {count} more").format(cases=shown, count=rest)

    # ------------------------------------------------------------ the sum

    def steps(self, total: Total | None) -> list[str]:
        """The total step by step."""
        card = self.policy.card
        if total is None or card is None:
            return [_("Every item is left out: there is nothing to score.")]
        steps = [
            _("Items together: {points} of {weights}").format(
                points=points(total.points), weights=plain(total.weights)
            )
        ]
        if total.weights != card.total:
            steps.append(
                _("Weighed up to the whole: {whole} × {points} ÷ {weights} = {base}").format(
                    whole=plain(card.total),
                    points=points(total.points),
                    weights=plain(total.weights),
                    base=points(total.base),
                )
            )
        within = _("{base} {adjusted} = {sum}").format(
            base=points(total.base), adjusted=_signed(total.adjusted), sum=plain(total.base + total.adjusted)
        )
        steps.append(_("With points given and taken: {sum}").format(sum=within))
        limits = _("kept within {floor} and {cap}, one decimal, half up").format(
            floor=plain(card.floor), cap=plain(card.cap)
        )
        return [*steps, _("Total: {total} ({limits})").format(total=points(total.total), limits=limits)]


def _signed(value: Decimal) -> str:
    return f"{'-' if value < 0 else '+'} {plain(abs(value))}"
