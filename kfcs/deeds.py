"""What one entry of a timeline says, in a line (SPEC I2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from kfcs.conditionwords import limit_words
from kfcs.errors import N_, Message, Term, say
from kfcs.i18n import language, render, shown
from kfcs.rules.policy import Policy
from kfcs.showing import category_title
from kfcs.words import word

Act = Mapping[str, Any]


def said(act: Act, policy: Policy) -> str:
    """What an entry says, in the language; its free text as it was written."""
    tell = _TOLD.get(act["kind"], _plain)
    parts = [render(part) if isinstance(part, Message) else str(part) for part in tell(act, policy)]
    *first, last = [part for part in parts if part] or [""]
    return _comma().join([*(part.rstrip("。；.;") for part in first), last])


def _comma() -> str:
    return "，" if language() == "zh" else ", "


def _time(text: str) -> str:
    return f"{text[:10]} {text[11:16]}"


def _plain(act: Act, policy: Policy) -> list[Any]:
    return [act.get("text") or act.get("reason") or act.get("what") or ""]


def _complaint(act: Act, policy: Policy) -> list[Any]:
    """What it says stands at the head of the case; here, how it came."""
    spot = say(N_("solved on the spot")) if act.get("on_the_spot") and not act.get("unsatisfied") else ""
    return [word("channel", act.get("channel", "phone"), language()), spot]


def _join(act: Act, policy: Policy) -> list[Any]:
    if act.get("folds_in"):
        return [say(N_("folds in {case}"), case=act["folds_in"])]
    who = [act[name] for name in ("customer", "home", "phone") if act.get(name)]
    people = act.get("people", 1)
    return [*who, say(N_("{count} people"), count=people) if people != 1 else "", act.get("text") or ""]


def _verification(act: Act, policy: Policy) -> list[Any]:
    return [say(N_("{word}"), word=Term("validity", act["validity"])), act.get("reason") or ""]


def _dispatch(act: Act, policy: Policy) -> list[Any]:
    return [
        say(N_("to {name}"), name=act["department"]),
        say(N_("branch {name}"), name=act["branch"]) if act.get("branch") else "",
        say(N_("to coordinate")) if act.get("coordinate") else "",
        say(N_("outside help")) if act.get("outside_help") else "",
        say(N_("contact within {limit}"), limit=limit_words(act["contact_within"]))
        if act.get("contact_within")
        else "",
        _by(act),
        act.get("text") or "",
    ]


def _by(act: Act) -> Message | str:
    return say(N_("due {time}"), time=_time(act["due"])) if act.get("due") else ""


_CONTACT = (
    ("reply", N_("reply")),
    ("plan", N_("plan")),
    ("on_site", N_("on site")),
    ("waiting_on_customer", N_("waiting on the customer")),
    ("no_agreement", N_("no agreement")),
    ("ack", N_("told that it was received")),
)


def _contact(act: Act, policy: Policy) -> list[Any]:
    promise = say(N_("promised by {time}"), time=_time(act["promise"])) if act.get("promise") else ""
    return [*(say(title) for name, title in _CONTACT if act.get(name)), promise, act.get("text") or ""]


def _ordered(act: Act, policy: Policy) -> list[Any]:
    return [f"{act['r']} {act['what']}", act["department"], act.get("unit") or "", _by(act)]


def _done(act: Act, policy: Policy) -> list[Any]:
    return [act["r"], say(N_("cost {sum}"), sum=_money(act["cost"])) if act.get("cost") else ""]


def _money(text: str) -> str:
    return shown(Decimal(text))


def _inspection(act: Act, policy: Policy) -> list[Any]:
    fault = say(N_("{word}"), word=Term("fault", act["fault"])) if act.get("fault") else ""
    result = word("inspection", act["result"], language())
    return [f"{act['r']} {result}", fault, _by(act), act.get("reason") or ""]


def _resolution(act: Act, policy: Policy) -> list[Any]:
    cause = act.get("cause")
    title = category_title(policy, cause, language()) if cause else ""
    return [act.get("text") or "", say(N_("cause: {title}"), title=title) if title else ""]


def _result(vocabulary: str) -> Callable[[Act, Policy], list[Any]]:
    def tell(act: Act, policy: Policy) -> list[Any]:
        return [word(vocabulary, act["result"], language()), act.get("text") or act.get("reason") or ""]

    return tell


def _closure(act: Act, policy: Policy) -> list[Any]:
    reason = act.get("reason") or ""
    return [word("closed-as", act["why"], language()), say(N_("taken back")) if act.get("undo") else reason]


def _note(act: Act, policy: Policy) -> list[Any]:
    return [word("note", act["as"], language()), act.get("department") or "", _by(act), act.get("text") or ""]


def _brief(act: Act, policy: Policy) -> list[Any]:
    return [say(N_("reported to {name}"), name=Term("brief-to", act["to"])), act.get("progress") or ""]


def _signature(act: Act, policy: Policy) -> list[Any]:
    return [say(N_("{word}"), word=Term("signature", act["as"])), act.get("customer") or ""]


def _escalation(act: Act, policy: Policy) -> list[Any]:
    """To whom, on which rung, and what for."""
    clock = act.get("clock")
    kind, _sign, warned = act["rule"].partition(".")
    rule = policy.clock(clock) if clock else policy.events.get(act["rule"])
    title: Any = rule.title[language()] if rule else act["rule"]
    if kind == "warning":
        title = say(N_("{clock} soon due"), clock=Term("clock", warned))
    return [
        say(N_("raised to {name}"), name=Term("recipient", act["recipient"])),
        say(N_("rung {n}"), n=act["rung"]),
        say(N_("{clock} overdue"), clock=Term("clock", clock)) if clock else title,
    ]


def _amendment(act: Act, policy: Policy) -> list[Any]:
    which = f"#{act['corrects']}" if act.get("corrects") else ""
    if act.get("undo"):
        return [say(N_("takes back {entry}"), entry=which)]
    changes = [f"{name}={shown(value)}" for name, value in act.get("set", {}).items()]
    people = [f"{name}={act.get(_PERSON[name]) or '—'}" for name in act.get("person_fields", ())]
    return [" ".join([which, *changes, *people]), act.get("reason") or ""]


_PERSON = {"name": "customer", "phone": "phone", "contact": "contact"}


_STEPS = {
    "apply": N_("applied for {sum}"),
    "approve": N_("approved {sum}"),
    "letter": N_("commitment letter"),
    "pay": N_("paid {sum}"),
    "deduct": N_("deducted {sum}"),
}


def _compensation(act: Act, policy: Policy) -> list[Any]:
    amount = _money(act["amount"]) if act.get("amount") else ""
    return [
        say(_STEPS.get(act["step"], N_("{sum}")), sum=amount),
        act.get("grounds") or act.get("unit") or "",
    ]


_TOLD: Mapping[str, Callable[[Act, Policy], list[Any]]] = {
    "complaint": _complaint,
    "join": _join,
    "verification": _verification,
    "dispatch": _dispatch,
    "contact": _contact,
    "rectification-ordered": _ordered,
    "rectification-done": _done,
    "inspection": _inspection,
    "action-verification": _result("inspection"),
    "resolution": _resolution,
    "callback": _result("callback"),
    "closure": _closure,
    "auto-closure": _closure,
    "note": _note,
    "brief": _brief,
    "signature": _signature,
    "escalation": _escalation,
    "amendment": _amendment,
    "compensation": _compensation,
}
