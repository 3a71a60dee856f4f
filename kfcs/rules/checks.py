"""Checks: patrols, sales halls, service checks; what fails again at one place in one matter (SPEC O4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from unicodedata import normalize

from kfcs.period import day_of

PASS, FAIL = "pass", "fail"


class Check(NamedTuple):
    """One check of a subject: at which place, of which matter, and whether it passed."""

    at: datetime
    branch: str
    subject: str
    place: str
    matter: str
    result: str
    text: str | None = None

    @property
    def failed(self) -> bool:
        return self.result == FAIL


class RepeatedFailure(NamedTuple):
    """A place and matter that failed more than once: how often, and from which day to which."""

    branch: str
    subject: str
    place: str
    matter: str
    failures: int
    first: date
    last: date

    @property
    def days(self) -> int:
        """Over how many days, the first and the last counted."""
        return (self.last - self.first).days + 1


class CheckFigures(NamedTuple):
    """Checks of a period: made, failed, and the places and matters that failed again, the most frequent first."""

    done: int
    failed: int
    repeated: tuple[RepeatedFailure, ...]


def matter_key(place: str, matter: str) -> str:
    """What tells one place and matter from another, whatever the case, width and spaces they are written with."""
    return "\n".join("".join(normalize("NFKC", text).casefold().split()) for text in (place, matter))


def check_figures(checks: Iterable[Check]) -> CheckFigures:
    """The figures of the checks of one period."""
    made = list(checks)
    failed = sorted((check for check in made if check.failed), key=lambda check: check.at)
    groups: dict[tuple[str, str], list[Check]] = {}
    for check in failed:
        groups.setdefault((check.branch, matter_key(check.place, check.matter)), []).append(check)
    repeated = [repeated_failure(group) for group in groups.values() if len(group) > 1]
    repeated.sort(key=lambda each: (-each.failures, each.first, each.branch, each.place, each.matter))
    return CheckFigures(len(made), len(failed), tuple(repeated))


def repeated_failure(failed: list[Check]) -> RepeatedFailure:
    """The failed checks of one place and matter, in their order, as one; named as the last of them."""
    last = failed[-1]
    return RepeatedFailure(
        branch=last.branch,
        subject=last.subject,
        place=last.place,
        matter=last.matter,
        failures=len(failed),
        first=day_of(failed[0].at),
        last=day_of(last.at),
    )
