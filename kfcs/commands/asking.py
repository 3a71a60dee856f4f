"""Ask at the desk for what was not said (SPEC C1): few keys, defaults by Enter, cues offered as facts (K2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kfcs.desk import Desk
from kfcs.errors import N_, KfcsError
from kfcs.i18n import _, language, render
from kfcs.intake.complaint import open_cues
from kfcs.intake.facts import checked_field, checked_phone
from kfcs.rules.classify import classify
from kfcs.words import codes, word

QUESTIONS = (
    ("text", N_("What does the customer raise?")),
    ("project", N_("Project")),
    ("home", N_("Home")),
    ("customer", N_("Name")),
    ("phone", N_("Phone")),
    ("channel", N_("Channel")),
)
NEEDED = ("text", "project")


def ask_for_missing(desk: Desk, said: Mapping[str, Any], ask: Callable[[str], str] = input) -> dict[str, Any]:
    """What was said, with answers to what was not. Enter takes the default shown in brackets."""
    answers = dict(said)
    projects = known_projects(desk)
    _complete(projects)
    try:
        for name, question in QUESTIONS:
            if not answers.get(name):
                default = (
                    projects[0] if name == "project" and projects else "phone" if name == "channel" else ""
                )
                answers[name] = _answer(desk, name, question, default, ask)
        _confirm_cues(desk, answers, ask)
    except (EOFError, KeyboardInterrupt):
        print()  # what comes next begins a line of its own
        raise KeyboardInterrupt from None
    return answers


def _answer(desk: Desk, name: str, question: str, default: str, ask: Callable[[str], str]) -> str | None:
    shown = word("channel", default, language()) if name == "channel" else default
    prompt = _prompt(f"{_(question)}{f' [{shown}]' if shown else ''}")
    while True:
        given = ask(prompt).strip() or default
        if not given and name not in NEEDED:
            return None
        fault = _fault(desk, name, given)
        if fault is None:
            return given
        print(fault)


def _prompt(question: str) -> str:
    if question.endswith(("?", "？")):
        return f"{question} "
    return f"{question}：" if language() == "zh" else f"{question}: "


def _fault(desk: Desk, name: str, given: str) -> str | None:
    if not given:
        return _("This is needed.")
    try:
        if name == "phone":
            checked_phone(given)
        else:
            checked_field(name, given, desk.now)
    except KfcsError as error:
        return render(error.message)
    return None


def _confirm_cues(desk: Desk, answers: dict[str, Any], ask: Callable[[str], str]) -> None:
    """Offer each cue in the text as a fact: it becomes one only by a yes."""
    from kfcs.commands.answering import CUE_TITLES

    found = classify(str(answers["text"]), desk.book.policy.taxonomy)
    for name, value in open_cues(found.cues, answers).items():
        if name not in CUE_TITLES or name == "repeat":
            continue
        shown = (
            word(name, str(value), language())
            if name in ("media", "legal", "harm")
            else ""
            if value is True
            else str(value)
        )
        if ask(_cue_question(_(CUE_TITLES[name]), shown)).strip().lower() in ("y", "yes", "是", "1"):
            answers[name] = value


def _cue_question(title: str, value: str) -> str:
    colon, mark = ("：", "？") if language() == "zh" else (": ", "?")
    return f"{title}{colon if value else ''}{value}{mark} [y/N] "


def known_projects(desk: Desk) -> list[str]:
    """The projects of the settings and of the last cases, the most used first."""
    rows = desk.ledger.connection.execute(
        "SELECT project FROM (SELECT project FROM cases ORDER BY received_at DESC LIMIT 500) GROUP BY project ORDER BY count(*) DESC"
    )
    used = [row[0] for row in rows]
    return used + [name for name in desk.settings.projects if name not in used]


def _complete(projects: list[str]) -> None:
    """Complete names of projects and channels by the Tab key, where the terminal can."""
    try:
        import readline
    except ImportError:
        return
    choices = [*projects, *(word("channel", code, language()) for code in codes("channel"))]

    def match(text: str, state: int) -> str | None:
        found = [choice for choice in choices if choice.startswith(text)]
        return found[state] if state < len(found) else None

    readline.set_completer(match)
    readline.set_completer_delims("\n")
    readline.parse_and_bind("tab: complete")
