"""What a desk's commands answer: the case as it stands after the act, and whatever the person must know."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from kfcs.answers import fitting
from kfcs.desk import Desk
from kfcs.errors import N_, Message, Term, say
from kfcs.i18n import _, language, render
from kfcs.intake.complaint import Likely
from kfcs.output import check_format, emit_json
from kfcs.rules.judgement import Judgement
from kfcs.showing import case_json, level_name, one_line
from kfcs.words import word


def announce(desk: Desk, judgement: Judgement, fmt: str | None, *, reveal: bool = False) -> None:
    """One line on what the case is now, or its JSON; warnings on stderr."""
    warn_of_provisional_years(desk, judgement)
    if check_format(fmt) in ("json", "jsonl"):
        emit_json(case_json(judgement, desk.now, reveal=reveal), sys.stdout)
        return
    _put(_standing(desk, judgement))


def answer(
    desk: Desk, judgement: Judgement, fmt: str | None, *, reveal: bool, repeats: Sequence[Likely]
) -> None:
    """What ``log`` answers (C1): number, category and level with their reasons, each deadline, likely repeats."""
    warn_of_provisional_years(desk, judgement)
    case = judgement.case
    if check_format(fmt) in ("json", "jsonl"):
        shown = case_json(judgement, desk.now, reveal=reveal)
        shown["standard_answers"] = [
            answer._asdict() for answer in fitting(desk, case.project, case.category, case.subcategory, case.text)
        ]
        shown["likely_repeats"] = [
            {"case": r.case_id, "received_at": r.received_at, "state": r.state, "why": r.why} for r in repeats
        ]
        emit_json(shown, sys.stdout)
        return
    case = judgement.case
    _put(
        say(
            N_("{case}  {kind}, {state}"),
            case=case.case_id,
            kind=Term("kind", case.kind),
            state=Term("state", case.state),
        )
    )
    _put(_category_line(judgement))
    level, rule = judgement.level(desk.now)
    lang = language()
    name = level_name(judgement.policy, level, lang)
    _put(say(N_("Level: {level} ({rule}, {clause})"), level=name, rule=rule.title[lang], clause=rule.clause))
    if judgement.route:
        department = word("department", judgement.route.department, lang)
        _put(say(N_("Suggested department: {department}"), department=department))
    for run in judgement.clocks:
        if run.ended_at is None:
            _put(say(N_("Due {due}  {clock}"), due=run.due, clock=Term("clock", run.clock)))
    for cue in _cue_lines(case.cues if case.cues_open else {}):
        _put(say(N_("To be confirmed: {cue}"), cue=cue))
    for standard in fitting(desk, case.project, case.category, case.subcategory, case.text):
        _put(say(N_("Standard answer ({subject}): {text}"), subject=standard.subject, text=standard.text))
    for likely in repeats:
        _put(
            say(
                N_("May repeat {case} of {day}: {text}"),
                case=likely.case_id,
                day=likely.received_at[:10],
                text=one_line(likely.text),
            )
        )


def _category_line(judgement: Judgement) -> Message:
    case = judgement.case
    taxonomy = judgement.policy.taxonomy
    title = taxonomy.title(case.subcategory or case.category, language())
    if case.category_given:
        return say(N_("Category: {category} (given)"), category=title)
    words = "、".join(case.proposed.get("words", ())) or "–"
    return say(N_("Category: {category} (proposed by {words})"), category=title, words=words)


def _cue_lines(cues: Any) -> list[str]:
    return [
        f"{_(CUE_TITLES[name])}{_cue_value(name, value)}"
        for name, value in cues.items()
        if name in CUE_TITLES
    ]


CUE_TITLES = {
    "people": N_("people"),
    "media": N_("media"),
    "legal": N_("lawsuit"),
    "harm": N_("harm"),
    "refund": N_("wants to give the home back"),
    "repeat": N_("raised before"),
    "safety": N_("safety"),
}


def _cue_value(name: str, value: object) -> str:
    if value is True:
        return ""
    return f" {word(name, str(value), language())}" if name in ("media", "legal", "harm") else f" {value}"


def _standing(desk: Desk, judgement: Judgement) -> Message:
    case = judgement.case
    level, _rule = judgement.level(desk.now)
    name = level_name(judgement.policy, level, language())
    due = judgement.next_due()
    if due is None or case.state == "closed":
        return say(
            N_("{case}: {state}, level {level}"),
            case=case.case_id,
            state=Term("state", case.state),
            level=name,
        )
    return say(
        N_("{case}: {state}, level {level}, next due {due}"),
        case=case.case_id,
        state=Term("state", case.state),
        level=name,
        due=due,
    )


def _put(message: Message) -> None:
    sys.stdout.write(render(message) + "\n")


def tell(message: Message) -> None:
    """A message to the person, on stderr."""
    sys.stderr.write(render(message) + "\n")


def warn_of_provisional_years(desk: Desk, judgement: Judgement) -> None:
    """T2: deadlines that touch a year whose working days are not published are marked, by the year's number."""
    for year in desk.provisional_years(judgement):
        tell(
            say(
                N_(
                    "The working days of {year} are not published yet; Monday to Friday is assumed. Correct them in kfcs.toml."
                ),
                year=str(year),
            )
        )
