"""The reasons of a case as a person reads them (SPEC P3, T7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from kfcs.conditionwords import FACT_WORDS, limit_words
from kfcs.errors import N_, Message, Term, say
from kfcs.i18n import _, language, render, shown
from kfcs.rules.calendar import ORDINARY_WEEKDAY, ORDINARY_WEEKEND
from kfcs.rules.durations import CALENDAR_DAY, PAUSED
from kfcs.rules.policy import Policy
from kfcs.sections import Line, Section, print_sections
from kfcs.showing import category_title, level_name
from kfcs.words import kinds, word

_SOURCES = {
    ORDINARY_WEEKDAY: N_("Monday to Friday"),
    ORDINARY_WEEKEND: N_("weekend"),
    CALENDAR_DAY: N_("calendar days"),
    PAUSED: N_("waiting for the customer"),
}


def print_reasons(told: Mapping[str, Any], policy: Policy, stream: TextIO) -> None:
    """The reasons, a heading and its sentences at a time; what is assumed is marked and said once at the end."""
    title = policy.title[language()]
    stream.write(
        render(
            say(N_("{case} under policy {name} ({title})"), case=told["case"], name=policy.name, title=title)
        )
    )
    stream.write("\n\n")
    print_sections(
        [*_level(told, policy), *_category(told, policy), *_clocks(told), *_escalations(told, policy)], stream
    )
    if any(row["assumed"] for row in rules_of(told)):
        stream.write("\n" + render(say(N_("* assumed: the source does not state it"))) + "\n")


def rules_of(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every rule that the reasons of a case name."""
    yield told["level"]
    yield from told["level"]["rises"]
    yield from told["clocks"]
    if told["department"]:
        yield told["department"]


def _source(row: Mapping[str, Any]) -> Message:
    """The rule's title, the clause it comes from and its id, starred where the source is silent."""
    star = "*" if row["assumed"] else ""
    return say(N_("{title} ({clause}; rule {rule}){star}"), **{**_of(row), "star": star})


def _of(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": row["title"], "clause": row["clause"], "rule": row["rule"]}


# ---------------------------------------------------------------- level, category, department


def _level(told: Mapping[str, Any], policy: Policy) -> Iterator[Section]:
    level = told["level"]
    facts = ("；" if language() == "zh" else "; ").join(
        _fact(name, value, policy) for name, value in level["facts"].items()
    )
    sentences: list[Line] = [
        say(N_("{name}: {source}"), name=level["name"], source=_source(level)),
        say(N_("facts: {facts}"), facts=facts),
    ]
    sentences += [
        say(
            N_("becomes {name} on {at}: {source}"),
            name=level_name(policy, rise["level"], language()),
            at=_time(rise["at"]),
            source=_source(rise),
        )
        for rise in level["rises"]
    ]
    yield _("Level"), sentences


def _fact(name: str, value: Any, policy: Policy) -> str:
    """A fact in words: a flag alone, anything else with its value."""
    title = _(FACT_WORDS[name]) if name in FACT_WORDS else word("field", name, language())
    if value is True:
        return title
    if name in ("category", "subcategory", "cause"):
        text = category_title(policy, value, language())
    else:
        text = word(name, value, language()) if name in kinds() else shown(value)
    return render(say(N_("{fact}: {value}"), fact=title, value=text))


def _category(told: Mapping[str, Any], policy: Policy) -> Iterator[Section]:
    yield _("Category"), [category_reason(told, policy)]
    if told["department"]:
        department = told["department"]
        name = Term("department", department["suggested"])
        yield _("Department"), [say(N_("{name}: {source}"), name=name, source=_source(department))]


def category_reason(told: Mapping[str, Any], policy: Policy) -> Message:
    """The category, and what decided for it: a person, or words of the text."""
    found = told["category"]
    proposed = found["proposed"]
    title = category_title(policy, found["subcategory"] or found["category"], language())
    quoted = "、".join(f"「{each}」" for each in proposed.get("words", ()))
    if found["given"]:
        return say(N_("{title}, given by a person"), title=title)
    if quoted:
        rule = proposed["rule"]
        return say(N_("{title}, by the words {words} (rule {rule})"), title=title, words=quoted, rule=rule)
    return say(N_("{title}: no word of the text says more"), title=title)


# ---------------------------------------------------------------- clocks


def _clocks(told: Mapping[str, Any]) -> Iterator[Section]:
    for clock in told["clocks"]:
        yield word("clock", clock["clock"], language()), _clock(clock)


def _clock(clock: Mapping[str, Any]) -> list[Line]:
    limit = limit_words(clock["limit"]) if clock["limit"] else _("the time that was set")
    sentences: list[Line] = [
        say(
            N_("{state}, due {due}: {limit} from {start}"),
            state=Term("clock-state", clock["state"]),
            due=_time(clock["due"]),
            limit=limit,
            start=_time(clock["start"]),
        ),
        _source(clock),
    ]
    for counted, heading in ((True, N_("counted {days}")), (False, N_("skipped {days}"))):
        days = [day for day in clock["days"] if day["counted"] is counted]
        sentences += [say(heading, days=_with_source(group)) for group in _by_source(days)]
    if clock["provisional"]:
        years = ", ".join(map(str, clock["provisional"]))
        sentences.append(say(N_("the working days of {years} are not published yet"), years=years))
    return sentences


def _by_source(days: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The days by who says that they count or not, in the order of their first."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for day in days:
        groups.setdefault(day["source"], []).append(day)
    return list(groups.values())


def _with_source(days: Sequence[Mapping[str, Any]]) -> Message | str:
    source = days[0]["source"]
    listed = " ".join(day["day"][5:] for day in days)
    return (
        say(N_("{days} ({source})"), days=listed, source=_(_SOURCES.get(source, source)))
        if source
        else listed
    )


# ---------------------------------------------------------------- escalations


def _escalations(told: Mapping[str, Any], policy: Policy) -> Iterator[Section]:
    sentences: list[Line] = []
    for raised in told["escalations"]:
        rule = policy.events.get(raised["rule"]) or policy.clock(raised["rule"].removeprefix("clock."))
        sentences.append(
            say(
                N_("{at} to {recipient}, rung {rung}: {title} ({clause})"),
                at=_time(raised["at"]),
                recipient=Term("recipient", raised["recipient"]),
                rung=raised["rung"],
                title=rule.title[language()] if rule else raised["rule"],
                clause=raised["clause"],
            )
        )
    if sentences:
        yield _("Escalations"), sentences


def _time(text: str) -> str:
    return f"{text[:10]} {text[11:16]}"
