"""What a desk's commands answer: the case as it stands after the act, and whatever the person must know."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kfcs.answers import fitting
from kfcs.archive import home_of
from kfcs.cases import Case
from kfcs.desk import Desk
from kfcs.disclosure import disclose
from kfcs.drives import caution
from kfcs.errors import N_, LedgerUnusable, Message, Term, say
from kfcs.i18n import _, language, render
from kfcs.intake.repeats import Likely
from kfcs.masking import mask_text
from kfcs.output import check_format, emit_json
from kfcs.rules.judgement import Judgement
from kfcs.sections import Section, print_sections
from kfcs.showing import case_json, category_title, level_name, one_line
from kfcs.words import word


def announce(desk: Desk, judgement: Judgement, fmt: str | None, *, reveal: bool = False) -> None:
    """One line on what the case is now, or its JSON; warnings on stderr."""
    warn_of_provisional_years(desk, judgement)
    if check_format(fmt) in ("json", "jsonl"):
        reveal = reveal and _on_record(desk, judgement)
        emit_json(case_json(judgement, desk.now, reveal=reveal), sys.stdout)
        return
    _put(_standing(desk, judgement))


def _on_record(desk: Desk, judgement: Judgement) -> bool:
    """Put on record that an act is answered with personal data in full. What was done stands even where this cannot be
    recorded; the answer is masked then."""
    act = judgement.case.timeline[-1].entry.kind
    try:
        disclose(desk, "answer", [case_json(judgement, desk.now, reveal=True)], {"act": act})
    except LedgerUnusable as fault:
        tell(fault.message)
        return False
    return True


def answer(
    desk: Desk, judgement: Judgement, fmt: str | None, *, reveal: bool, repeats: Sequence[Likely]
) -> None:
    """What ``log`` answers (C1): number, category and level with their reasons, each deadline, likely repeats."""
    warn_of_provisional_years(desk, judgement)
    reveal = reveal and _on_record(desk, judgement)
    case = judgement.case
    if check_format(fmt) in ("json", "jsonl"):
        shown = case_json(judgement, desk.now, reveal=reveal)
        shown["standard_answers"] = [
            answer._asdict()
            for answer in fitting(desk, case.project, case.category, case.subcategory, case.text)
        ]
        shown["likely_repeats"] = [
            {"case": r.case_id, "received_at": r.received_at, "state": r.state, "why": r.why} for r in repeats
        ]
        shown["archive"] = _home_known(desk, case, reveal)
        emit_json(shown, sys.stdout)
        return
    lang = language()
    words = (case.case_id, word("kind", case.kind, lang), word("state", case.state, lang))
    sys.stdout.write("  ".join(words) + "\n")
    print_sections(_sections(desk, judgement, repeats, reveal), sys.stdout)


def _sections(desk: Desk, judgement: Judgement, repeats: Sequence[Likely], reveal: bool) -> Iterator[Section]:
    case = judgement.case
    level, rule = judgement.level(desk.now)
    lang = language()
    name = level_name(judgement.policy, level, lang)
    yield _("Category"), [_category_line(judgement)]
    yield (
        _("Level"),
        [say(N_("{name}: {rule} ({clause})"), name=name, rule=rule.title[lang], clause=rule.clause)],
    )
    if judgement.route:
        yield _("Suggested"), [say(N_("{word}"), word=Term("department", judgement.route.department))]
    running = sorted([run for run in judgement.clocks if run.ended_at is None], key=lambda run: run.due)
    yield _("Due"), [f"{run.due:%Y-%m-%d %H:%M}  {word('clock', run.clock, lang)}" for run in running]
    yield _("To be confirmed"), [say(N_("{list}"), list=_cue_lines(case.cues))] if case.cues_open else []
    standard = fitting(desk, case.project, case.category, case.subcategory, case.text)
    yield (
        _("Standard answer"),
        [say(N_("{subject}: {text}"), subject=each.subject, text=each.text) for each in standard],
    )
    if home := _home_known(desk, case, reveal):
        from kfcs.dossierpage import glance

        yield _("Home"), list(glance(home))
    yield _("May repeat"), [_repeat_line(likely, reveal) for likely in repeats]


def _home_known(desk: Desk, case: Case, reveal: bool) -> dict[str, Any] | None:
    """What the archive says of the home that a case is about: shown, never written into it."""
    place = home_of(desk.ledger.connection, case.project, case.home, case.person.phone)
    if place is None:
        return None
    from kfcs.dossier import at_a_glance

    return at_a_glance(desk, place, case.case_id, reveal=reveal)


def _repeat_line(likely: Likely, reveal: bool) -> str:
    text = likely.text if reveal else mask_text(likely.text)
    return f"{likely.case_id}  {likely.received_at[:10]}  {one_line(text)}"


def _category_line(judgement: Judgement) -> Message:
    case = judgement.case
    title = category_title(judgement.policy, case.subcategory or case.category, language())
    if case.category_given:
        return say(N_("{title}, given by a person"), title=title)
    words = "、".join(f"「{each}」" for each in case.proposed.get("words", ()))
    if not words:
        return say(N_("{title}: no word of the text says more"), title=title)
    return say(N_("{title}, by the words {words}"), title=title, words=words)


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


def warn_of_network_drive(path: Path) -> None:
    """L7: where SQLite cannot keep what it promises is said where a ledger is set up or looked after."""
    if (told := caution(path)) is not None:
        tell(told)


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
