"""One row of a file as a case: what it says, checked, and what the rules propose for it (SPEC C6, C8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from kfcs.entries import Person
from kfcs.errors import N_, Message, say
from kfcs.intake.columns import JOINED, Column, Plan
from kfcs.intake.complaint import complaint_body
from kfcs.intake.values import ERRORS, Damaged, Unfit, first_phone_in
from kfcs.period import iso
from kfcs.rules.classify import Taxonomy

LIVE_FOR = timedelta(days=7)
"""Rows younger than this are live; older ones are history (C8)."""
AHEAD = timedelta(minutes=5)
KEY_LENGTH = 32

SOFT = frozenset({
    "home", "phone", "channel", "category", "subcategory", "stage", "remedy", "impact", "heat",
    "due", "authority_due",
})  # fmt: skip
"""Fields that a row is taken in without, where they cannot be read; what stood there is kept beside it."""
AUTHORITIES = frozenset({"government", "superior"})
"""Channels whose wanted date is a limit that an authority sets."""
DONE = frozenset({
    "已办结", "办结", "已完成", "完成", "已解决", "解决", "已处理", "已关闭", "关闭", "closed",
    "resolved", "completed", "done",
})  # fmt: skip
"""What a register calls finished business."""
_NOT_FACTS = frozenset({
    "received_at", "subject", "customer", "phone", "contact", "by", "status", "source_id",
    "reply", "reply_at", "resolution", "resolved_at", "due", "category", "subcategory",
})  # fmt: skip

Named = Callable[[str], tuple[str, Message | None]]
StageOf = Callable[[str, str | None, str | None, date], str | None]
Act = tuple[str, str, dict[str, Any]]
"""Kind, ISO time and body of an act that followed the complaint."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row that can be taken in, as plain data: ``at`` is ISO text, ``key`` tells the row from every other."""

    number: int
    key: str
    at: str
    by: str | None
    person: Person
    body: dict[str, Any]
    acts: tuple[Act, ...]
    same: bytes

    @property
    def matter(self) -> tuple[str, str, str]:
        """Project, month and category: the cases that count towards each other's level."""
        body = self.body
        return body["project"], self.at[:7], body.get("category") or body["proposed"]["category"]

    @property
    def history(self) -> bool:
        return bool(self.body.get("history"))


@dataclass
class Reading:
    """What the rows of one file are read with.

    ``named`` gives the name that a project has on our lists, and the doubt about it; ``stage_of`` the stage that the
    homes archive knows. ``live`` decides for all rows; None lets their age decide.
    """

    plan: Plan
    file: str
    taxonomy: Taxonomy
    branch: str
    now: datetime
    named: Named
    stage_of: StageOf | None = None
    live: bool | None = None
    remarks: list[Message] = field(default_factory=list)

    def case(self, number: int, cells: list[str]) -> CaseRow:
        """The case that a row tells of; ``remarks`` then says what somebody should look at.

        Raises Unfit saying why the row cannot be taken in.
        """
        self.remarks = []
        values, extra = read_values(self.plan, cells, self.remarks)
        at = self._received(values)
        text = _told(values)
        facts = {name: value for name, value in values.items() if name not in _NOT_FACTS}
        facts["text"] = text
        facts["project"], doubt = self.named(values["project"])
        if doubt is not None:
            self.remarks.append(doubt)
        if self.stage_of is not None and "stage" not in facts:
            facts["stage"] = self.stage_of(
                facts["project"], facts.get("home"), values.get("phone"), at.date()
            )
        self._limit(facts, values, extra)
        if category := self._category(values, extra):
            facts["category"] = category
        person = Person(values.get("customer"), values.get("phone"), values.get("contact"))
        body = _without_mere_agreement(complaint_body(facts, self.taxonomy))
        identity = "\0".join(
            (iso(at), values["project"], values.get("home", ""), *map(str, _parts(person)), text)
        )
        same = sha256("".join(identity.split()).encode("utf-8", "surrogatepass")).digest()
        source_id = values.get("source_id")
        key = source_key("cases", source_id) if source_id else same.hex()[:KEY_LENGTH]
        source: dict[str, Any] = {"file": self.file, "row": number, "key": key}
        acts = self._acts(at, values, extra, source)
        if source_id:
            source = {**source, "id": source_id}
        body["source"] = {**source, "extra": extra} if extra else source
        body["branch"] = self.branch
        if self._is_history(at, values):
            body["history"] = True
        return CaseRow(number, key, iso(at), values.get("by"), person, body, acts, same)

    def _received(self, values: Mapping[str, Any]) -> datetime:
        at = values.get("received_at")
        if at is None:
            raise Unfit(say(N_("{column} is empty"), column=self.plan.header_of("received_at")))
        if not values.get("project"):
            raise Unfit(say(N_("{column} is empty"), column=self.plan.header_of("project")))
        return past(at, self.now)

    def _category(self, values: Mapping[str, Any], extra: dict[str, str]) -> str | None:
        """The finest category given that the taxonomy knows; others are kept beside the case."""
        for name in ("subcategory", "category"):
            given = values.get(name)
            if given and self.taxonomy.resolve(given):
                return str(given)
            if given:
                extra[self.plan.header_of(name)] = given
                self.remarks.append(
                    say(N_("{value} is no category that the policy knows"), value=repr(given))
                )
        return None

    def _limit(self, facts: dict[str, Any], values: Mapping[str, Any], extra: dict[str, str]) -> None:
        """A wanted date is the authority's limit where an authority passed the matter on; else it is kept beside it."""
        if status := values.get("status"):
            extra[self.plan.header_of("status")] = status
        due = values.get("due")
        if due is None:
            return
        if values.get("authority_ref") or values.get("channel") in AUTHORITIES:
            facts.setdefault("authority_due", due)
        else:
            extra[self.plan.header_of("due")] = due

    def _is_history(self, at: datetime, values: Mapping[str, Any]) -> bool:
        """Older rows, and such as a register calls done without saying when (C8)."""
        if self.live is not None:
            return not self.live
        done = "resolved_at" not in values and str(values.get("status", "")).casefold() in DONE
        return done or self.now - at >= LIVE_FOR

    def _acts(
        self, at: datetime, values: Mapping[str, Any], extra: dict[str, str], source: dict[str, Any]
    ) -> tuple[Act, ...]:
        """The reply and the resolution that stand in the row, each at its own time."""
        acts: list[Act] = []
        for kind, text, when in (
            ("contact", "reply", "reply_at"),
            ("resolution", "resolution", "resolved_at"),
        ):
            moment = values.get(when)
            said = {"text": values[text]} if text in values else {}
            if moment is None:
                extra |= {self.plan.header_of(text): said["text"]} if said else {}
                continue
            if past(moment, self.now) < at:
                raise Unfit(say(N_("{column} lies before the receipt"), column=self.plan.header_of(when)))
            flags = {"reply": True} if kind == "contact" else {}
            acts.append((kind, iso(moment), {**said, **flags, "source": source}))
        return tuple(sorted(acts, key=lambda act: act[1]))


def _is_text(text: str) -> bool:
    """Whether a text can be written down: JSON can spell halves of characters that stand for nothing."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_values(
    plan: Plan, cells: list[str], remarks: list[Message]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a row by field, and what stands in columns that are none of our fields, by header."""
    whole = "".join(cells)
    if "\0" in whole:
        raise Unfit(say(N_("a cell holds the zero character")))
    if not _is_text(whole):
        raise Unfit(say(N_("a cell holds half a character")))
    values = dict(plan.fixed)
    extra = {header: text for at, header in plan.extra if (text := cells[at].strip())}
    for column in plan.columns:
        text = cells[column.at]
        if not text:
            continue
        try:
            value = _value(column, text)
        except Unfit as unfit:
            if isinstance(unfit, Damaged) or column.field not in SOFT:
                raise Unfit(say(N_("{column}: {why}"), column=column.header, why=unfit.why)) from None
            remarks.append(say(N_("{column}: {why}; kept as it stands"), column=column.header, why=unfit.why))
            value = _set_aside(column, text.strip(), values, extra)
        if value is not None:
            told = values.get(column.field) if column.field in JOINED else None
            values[column.field] = value if told is None else f"{told}\n{value}"
    for name, value in plan.default.items():
        values.setdefault(name, value)
    return values, extra


def _value(column: Column, text: str) -> Any:
    if text[0] == "#" and text.strip() in ERRORS:
        raise Unfit(say(N_("{value} is what a spreadsheet writes where a formula failed"), value=repr(text)))
    return column.read(text)


def _set_aside(column: Column, text: str, values: dict[str, Any], extra: dict[str, str]) -> str | None:
    """Keep a text that cannot be read as it stands; of several phones the first remains."""
    if column.field != "phone" or text in ERRORS:
        extra[column.header] = text
        return None
    values.setdefault("contact", text)
    return first_phone_in(text)


def source_key(what: str, source_id: str) -> str:
    """The key of a row that bears a number of its own."""
    return sha256(f"{what}\0id\0{source_id}".encode("utf-8", "surrogatepass")).hexdigest()[:KEY_LENGTH]


def past(moment: datetime, now: datetime) -> datetime:
    """The moment, which must have come (L2)."""
    if moment > now + AHEAD:
        raise Unfit(say(N_("{at} lies ahead of now"), at=moment))
    return moment


def _told(values: Mapping[str, Any]) -> str:
    """The text, its subject before it where the text does not begin with it anyway."""
    subject, text = values.get("subject", ""), values.get("text", "")
    if not subject and not text:
        raise Unfit(say(N_("nothing says what the matter is")))
    return text if text.startswith(subject) else f"{subject}\n{text}".strip()


def _without_mere_agreement(body: dict[str, Any]) -> dict[str, Any]:
    """A category that says what the rules propose anyway overrules nothing (K2)."""
    proposed = body["proposed"]
    if body.get("category") == proposed["category"] and body.get("subcategory") == proposed.get(
        "subcategory"
    ):
        del body["category"]
        body.pop("subcategory", None)
    return body


def _parts(person: Person) -> tuple[str, str, str]:
    return person.name or "", person.phone or "", person.contact or ""
