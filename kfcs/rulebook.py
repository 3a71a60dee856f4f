"""Read policies from their files: the edge that feeds the pure ``kfcs.rules`` (SPEC P1).

A file names its parent with ``extends``; rows of its lists replace, field by field, the parent's row of the same id.
The merged document is remembered in the ledger with a stamp of the files it came from, so that a front desk does not
read and check the rule book anew for each case it logs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from kfcs.entries import canonical
from kfcs.errors import N_, BadInput
from kfcs.ledger import Ledger
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.policy import Policy
from kfcs.settings import Settings
from kfcs.topics import HOT
from kfcs.workdays import load_calendar

PRESETS = Path(__file__).parent / "policies"
_TAXONOMIES = Path(__file__).parent / "taxonomies"
ROWS = ("clock", "ladder", "event", "routing", "obligation", "penalty", "touchpoint")
"""Lists of a policy whose rows have an id."""


@dataclass(frozen=True)
class RuleBook:
    """The policy and calendar in force: what a projection is computed under."""

    policy: Policy
    calendar: WorkCalendar
    earlier: tuple[Policy, ...] = ()
    """The policies that held before ``policy`` did, the latest first; each but the last says since when (P3)."""

    @property
    def fingerprint(self) -> str:
        digests = "+".join(policy.digest for policy in (self.policy, *self.earlier))
        return f"{digests}:{self.calendar.digest}"

    def policy_on(self, day: date) -> Policy:
        """The policy in force on a day: a case is judged by that of its receipt, a month by that of its first day."""
        for policy in (self.policy, *self.earlier):
            if policy.since is None or policy.since <= day:
                return policy
        return self.earlier[-1] if self.earlier else self.policy

    @property
    def hot(self) -> int:
        rule = self.policy.events.get("hot-topic")
        return rule.threshold if rule and rule.threshold else HOT


def load_rule_book(
    settings: Settings, ledger: Ledger | None = None, policy: str | None = None, *, remember: bool = False
) -> RuleBook:
    """The policy and calendar that the settings name, or another policy under the same calendar.

    Raises BadInput for a policy that does not exist or is not valid, or for office hours nobody can keep.
    """
    try:
        calendar = load_calendar(
            settings.days_off, settings.days_on, list(settings.office_hours) or None, settings.folder
        )
    except ValueError as error:
        raise BadInput(N_("kfcs.toml: {fault}"), fault=str(error)) from None
    newest = load_policy(policy or settings.policy, settings.folder, ledger, remember=remember)
    earlier: list[Policy] = []
    named = newest.before
    while named is not None:
        if named in (newest.name, *(p.name for p in earlier)):
            raise BadInput(
                N_("Policy {name}: before: the policies follow each other in a circle."), name=named
            )
        earlier.append(load_policy(named, settings.folder, ledger, remember=remember))
        named = earlier[-1].before
    return RuleBook(newest, calendar, tuple(earlier))


def load_policy(name: str, folder: Path, ledger: Ledger | None = None, *, remember: bool = False) -> Policy:
    """A policy by name or file. One that the ledger remembers unchanged is not read and checked again; a command that
    writes has the ledger ``remember`` it."""
    chain = policy_chain(name, folder)
    stamp = _stamp(chain)
    text = _remembered(ledger, name, stamp) if ledger else None
    if text is None:
        text = canonical(checked_document(name, folder))
        if ledger and remember:
            with ledger.writing():
                ledger.set_setting(f"policy {name}", f"{stamp} {_digest(text)} {text}")
    return _policy_of(text)


def _remembered(ledger: Ledger, name: str, stamp: str) -> str | None:
    """The document that a ledger remembers of these files; None where it has none, or it is not what was remembered."""
    kept, _space, rest = (ledger.setting(f"policy {name}") or "").partition(" ")
    digest, _space, text = rest.partition(" ")
    return text if kept == stamp and digest == _digest(text) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=8)
def _policy_of(text: str) -> Policy:
    """The policy of a canonical document. One process makes it once, with the word tables that are worked out of it."""
    return Policy.from_document(json.loads(text), _digest(text)[:16])


def policy_chain(name: str, folder: Path) -> list[Path]:
    """The files of a policy, its own first, then its parents'. Raises BadInput for a missing one or a circle."""
    chain: list[Path] = []
    wanted: str | None = name
    while wanted:
        path = policy_file(wanted, folder)
        if path in chain:
            circle = " → ".join([*(p.stem for p in chain), path.stem])
            raise BadInput(
                N_("{file}: extends: the policies extend each other in a circle: {circle}."),
                file=str(path),
                circle=circle,
            )
        chain.append(path)
        wanted = _parent(path)
    return chain


def _parent(path: Path) -> str | None:
    """The parent a file names, read from its first lines without parsing the whole."""
    for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "extends":
            return value.split("#")[0].strip().strip("\"'")
        if line.startswith("["):
            return None
    return None


def policy_file(name: str, folder: Path) -> Path:
    """Where a policy is read from: a file that was named, ``policies/`` beside the ledger, or the presets."""
    if name.endswith(".toml") and (path := folder / name).is_file():
        return path
    for place in (folder / "policies", PRESETS):
        if (path := place / f"{name}.toml").is_file():
            return path
    raise BadInput(
        N_("There is no policy {name}. Known are: {known}."), name=name, known=", ".join(policy_names(folder))
    )


def policy_names(folder: Path) -> list[str]:
    """The policies at hand: the presets and those beside the ledger."""
    own = folder / "policies"
    files = [*PRESETS.glob("*.toml"), *(own.glob("*.toml") if own.is_dir() else ())]
    return sorted({path.stem for path in files})


def _stamp(chain: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in (*chain, *sorted(_TAXONOMIES.glob("*.toml"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def checked_document(name: str, folder: Path) -> dict[str, Any]:
    """The merged document of a policy. Raises BadInput with every fault found, each by file and key path."""
    from kfcs.policycheck import check_chain, read_policy_file
    from kfcs.taxonomy import load_taxonomy_document

    chain = policy_chain(name, folder)
    documents = [read_policy_file(path) for path in chain]
    check_chain(chain, documents)
    merged: dict[str, Any] = {}
    for document in reversed(documents):
        merged = merge(merged, document)
    merged["extends"] = documents[0].get("extends")
    merged["since"] = str(documents[0]["since"]) if "since" in documents[0] else None
    merged["before"] = documents[0].get("before")
    merged["taxonomy_document"] = load_taxonomy_document(merged["taxonomy"])
    return merged


def merge(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """The parent's document with the child's laid over it."""
    inherited = _assumed(parent) if child.get("inherited_assumed") else parent
    merged = {**inherited, **child}
    for name in ROWS:
        together = _routes if name == "routing" else _merge_rows
        merged[name] = together(inherited.get(name, ()), child.get(name, ()))
    if "closure" in inherited and "closure" in child:
        merged["closure"] = {**inherited["closure"], **child["closure"]}
    if "scorecard" in inherited and "scorecard" in child:
        merged["scorecard"] = _merged_scorecard(inherited["scorecard"], child["scorecard"])
    return merged


def _merged_scorecard(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """The parent's scorecard with the child's keys; items and grades are merged by their id."""
    rows = {name: _merge_rows(parent.get(name, ()), child.get(name, ())) for name in ("item", "grade")}
    return {**parent, **child, **rows}


def _merge_rows(
    parent: Sequence[Mapping[str, Any]], child: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The parent's rows with the child's laid over them; rows that only the child has come last."""
    rows = {row["id"]: dict(row) for row in parent}
    for row in child:
        rows[row["id"]] = {**rows.get(row["id"], {}), **row}
    return list(rows.values())


def _routes(parent: Sequence[Mapping[str, Any]], child: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Routes, where the first that fits holds: those that only the child has come before the parent's."""
    rows = _merge_rows(parent, child)
    known = {row["id"] for row in parent}
    return sorted(rows, key=lambda row: row["id"] in known)


def _assumed(parent: Mapping[str, Any]) -> dict[str, Any]:
    """The parent's rules, each marked as assumed: the child's source does not state them."""
    marked = dict(parent)
    for name in ROWS:
        marked[name] = [{**row, "assumed": True} for row in parent.get(name, ())]
    if "grading" in parent:
        rules = [{**rule, "assumed": True} for rule in parent["grading"]["rule"]]
        marked["grading"] = {**parent["grading"], "rule": rules}
    if "scorecard" in parent:
        items = [{**item, "assumed": True} for item in parent["scorecard"].get("item", ())]
        marked["scorecard"] = {**parent["scorecard"], "assumed": True, "item": items}
    return marked
