"""Check policy files: all faults of a file and its parents at once, each by file and key path (SPEC P1).

This is the edge that reads the files. What a single table may hold is declared in `kfcs.policyshape` and checked by
`kfcs.policyfaults`; here stands what only the files together can show.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kfcs.errors import BadInput, Message, N_, say
from kfcs.policyfaults import Fault, expected, key_path, missing, missing_keys, row_key, table_faults, unknown
from kfcs.policyshape import COMPLETED, Closure, Policy
from kfcs.rulebook import merge, policy_file, policy_names
from kfcs.rules.escalate import NEXT_STEPS
from kfcs.words import codes

EVENTS = ("level-at-once", *(rule for rule in NEXT_STEPS if rule not in codes("clock")))
"""The rules of escalation that no clock drives (E2)."""


# ---------------------------------------------------------------- reading


def read_policy_file(path: Path) -> dict[str, Any]:
    """The document of one file, UTF-8 with or without BOM, or GB18030. Raises BadInput naming the file and the line."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _parsed(text, path)
    raise BadInput(N_("{file}: neither UTF-8 nor GB18030; save it as UTF-8."), file=str(path))


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        raise BadInput(
            N_("{file}: line {line}: not valid TOML: {fault}"),
            hint=say(N_('Texts and Chinese keys stand in straight quotation marks: "…".')),
            file=str(path),
            line=int(place[1]) if place else len(text.splitlines()),
            fault=re.sub(r" \(at .*\)$", "", str(error)),
        ) from None


def read_chain(name: str, folder: Path) -> tuple[list[Path], list[dict[str, Any]]]:
    """A policy's file and its parents' as far as they exist, with their documents.

    Unlike `kfcs.rulebook.policy_chain` it ends at a parent that does not exist, so that the fault can be told with the
    others. Raises BadInput for a policy that does not exist, and for a file that is no TOML.
    """
    chain: list[Path] = []
    documents: list[dict[str, Any]] = []
    wanted: object = name
    while isinstance(wanted, str) and (not chain or _exists(wanted, folder)):
        path = policy_file(wanted, folder)
        if path in chain:
            break
        chain.append(path)
        documents.append(read_policy_file(path))
        wanted = documents[-1].get("extends")
    return chain, documents


def _exists(name: str, folder: Path) -> bool:
    return name in policy_names(folder) or (name.endswith(".toml") and (folder / name).is_file())


# ---------------------------------------------------------------- checking


def check_chain(chain: Sequence[Path], documents: Sequence[dict[str, Any]]) -> None:
    """Check a policy's document (the first) and its parents'. Raises one BadInput that lists every fault found."""
    faults = chain_faults(chain, documents)
    if faults:
        raise BadInput(
            N_("The policy {name} has faults ({count}):"), name=chain[0].stem, count=len(faults), faults=faults
        )


def chain_faults(chain: Sequence[Path], documents: Sequence[dict[str, Any]]) -> list[Message]:
    """Every fault of the documents, the policy's own before its parents', as sentences that name file and key."""
    files = [File(path, document) for path, document in zip(chain, documents, strict=True)]
    found = [(file, fault) for file in files for fault in _own_faults(file)]
    found += _parent_faults(files)
    found += _merged_faults(files)
    return [
        say(N_("{file}: {key}: {problem}"), file=str(file.path), key=fault.key, problem=fault.problem)
        for file, fault in found
    ]


@dataclass(frozen=True, slots=True)
class File:
    """One file of a chain."""

    path: Path
    document: Mapping[str, Any]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a list that have an id; the others are reported where the table is checked."""
        rows = self.document.get(name)
        if not isinstance(rows, list):
            return []
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]

    def table(self, name: str) -> dict[str, Any] | None:
        table = self.document.get(name)
        return table if isinstance(table, dict) else None

    def gives(self, name: str, rule: str, key: str) -> bool:
        """Whether a row of this file gives a key."""
        return any(row["id"] == rule and key in row for row in self.rows(name))


Found = list[tuple[File, Fault]]


def _own_faults(file: File) -> Iterator[Fault]:
    """What is wrong with a file whatever its parents say."""
    yield from table_faults(file.document, Policy)
    name = file.document.get("name")
    if name is None:
        yield Fault("name", missing(N_("a text")))
    elif isinstance(name, str) and name != file.path.stem:
        yield Fault("name", expected(say(N_("the name of the file, {name}"), name=file.path.stem), name))
    if "title" not in file.document:
        yield Fault("title", missing(N_("a table")))
    grading = file.table("grading")
    if grading is not None:
        yield from _grading_faults(grading)
    for number, row in enumerate(file.rows("event"), 1):
        if row["id"] not in EVENTS:
            yield Fault(row_key("event", number, row), unknown(row["id"], EVENTS))
    for number, row in enumerate(file.rows("clock"), 1):
        for at, item in enumerate(row.get("except") or (), 1):
            if isinstance(item, dict) and not {"limit", "from"} & set(item):
                key = f"{row_key('clock', number, row)}.except[{at}]"
                yield Fault(key, say(N_("gives neither limit nor from")))


def _parent_faults(files: Sequence[File]) -> Found:
    """Each file's parent must be the next of the chain: the last one's, if it names one, does not exist."""
    last = files[-1]
    parent = last.document.get("extends")
    if not isinstance(parent, str) or not parent:
        return []
    if parent in [file.path.stem for file in files]:
        return [(last, Fault("extends", say(N_("the policies extend each other in a circle"))))]
    return [(last, Fault("extends", unknown(parent, policy_names(files[0].path.parent.parent))))]


# ---------------------------------------------------------------- grading


def _grading_faults(grading: Mapping[str, Any]) -> Iterator[Fault]:
    """Levels without names, rules of levels that do not exist, and cases that no rule would grade (G)."""
    names = grading.get("names")
    levels = _named_levels(names) if isinstance(names, dict) else set()
    if isinstance(names, dict):
        yield from _name_faults(names)
    rules = _rules(grading)
    for number, rule in enumerate(rules, 1):
        level = rule.get("level")
        if isinstance(level, int) and levels and level not in levels:
            known = [str(each) for each in sorted(levels)]
            yield Fault(f"{row_key('grading.rule', number, rule)}.level", unknown(level, known))
    yield from _rest_faults(rules, max(levels, default=None))


def _rules(grading: Mapping[str, Any]) -> list[dict[str, Any]]:
    rules = grading.get("rule")
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def _named_levels(names: Mapping[str, Any]) -> set[int]:
    return {int(level) for level in names if level.isdecimal()}


def _name_faults(names: Mapping[str, Any]) -> Iterator[Fault]:
    wanted = [str(level) for level in range(1, len(names) + 1)]
    for level in wanted:
        title = names.get(level)
        if title is None:
            yield Fault(f"grading.names.{level}", missing(N_("a table")))
        elif not isinstance(title, dict):
            yield Fault(f"grading.names.{level}", expected(N_("a table"), title))
        else:
            for lang in ("zh", "en"):
                if not isinstance(title.get(lang), str) or not title[lang]:
                    yield Fault(f"grading.names.{level}.{lang}", missing(N_("a text")))
    for level in sorted(set(names) - set(wanted)):
        yield Fault(f"grading.names.{level}", expected(N_("a level, counted from 1 without a gap"), level))


def _rest_faults(rules: Sequence[Mapping[str, Any]], lowest: int | None) -> Iterator[Fault]:
    """Exactly the last rule has no condition, and gives the lowest level: it catches the rest."""
    for number, rule in enumerate(rules[:-1], 1):
        if "any" not in rule:
            key = row_key("grading.rule", number, rule)
            yield Fault(f"{key}.any", say(N_("is missing: only the last rule catches the rest")))
    if not rules:
        return
    last = row_key("grading.rule", len(rules), rules[-1])
    if "any" in rules[-1]:
        yield Fault(f"{last}.any", say(N_("the last rule must catch the rest, so it takes no condition")))
    if lowest is not None and rules[-1].get("level") != lowest:
        yield Fault(f"{last}.level", expected(say(N_("the lowest level, {level}"), level=lowest), rules[-1].get("level")))


# ---------------------------------------------------------------- files together


def _merged_faults(files: Sequence[File]) -> Found:
    """What only the files together can show."""
    merged: dict[str, Any] = {}
    for file in reversed(files):
        merged = merge(merged, _mergeable(file))
    return [
        *_missing(files, merged),
        *_ladder_faults(files, merged["ladder"]),
        *_event_faults(files, merged),
        *_level_faults(files, merged),
    ]


def _mergeable(file: File) -> dict[str, Any]:
    """The document without what is too wrong to be merged, which is reported already."""
    document = {key: value for key, value in file.document.items() if key not in COMPLETED}
    for name in ("closure", "grading"):
        if name in document and file.table(name) is None:
            del document[name]
    if "grading" in document:
        document["grading"] = {**document["grading"], "rule": _rules(document["grading"])}
    return document | {name: file.rows(name) for name in COMPLETED}


def _missing(files: Sequence[File], merged: Mapping[str, Any]) -> Found:
    """Keys that neither a file nor its parents give. The one who began the row, or the chain, is to blame."""
    root = files[-1]
    found = [(root, fault) for fault in missing_keys(merged, Policy) if fault.key not in ("name", "title")]
    if isinstance(merged.get("closure"), Mapping):
        found += [(root, fault) for fault in missing_keys(merged["closure"], Closure, "closure")]
    for name, shape in COMPLETED.items():
        for row in merged[name]:
            first = [file for file in files if any(own["id"] == row["id"] for own in file.rows(name))][-1]
            found += [(first, fault) for fault in missing_keys(row, shape, row_key(name, 0, row))]
    return found


def _ladder_faults(files: Sequence[File], ladder: Sequence[Mapping[str, Any]]) -> Found:
    """Two rungs of one number, both without a condition: nobody could say whom a breach reaches."""
    found: Found = []
    standing: dict[int, str] = {}
    for row in ladder:
        if "when" in row or not isinstance(row.get("rung"), int):
            continue
        other = standing.setdefault(row["rung"], row["id"])
        if other != row["id"]:
            problem = say(N_("{rung} is the rung of {other} too; give one of them a condition (when)"), rung=row["rung"], other=other)
            found.append((_giver(files, "ladder", row["id"], "rung"), Fault(f"ladder[{row['id']}].rung", problem)))
    return found


def _event_faults(files: Sequence[File], merged: Mapping[str, Any]) -> Found:
    """Events that reach rungs which the ladder has not."""
    known = sorted({row["rung"] for row in merged["ladder"] if isinstance(row.get("rung"), int)})
    found: Found = []
    for row in merged["event"]:
        rungs = row.get("rungs")
        for rung in rungs if isinstance(rungs, list) and not row.get("off") else ():
            if isinstance(rung, int) and rung not in known:
                problem = say(N_("the ladder has no rung {rung}; it has: {names}"), rung=rung, names=known)
                found.append((_giver(files, "event", row["id"], "rungs"), Fault(f"event[{row['id']}].rungs", problem)))
    return found


def _level_faults(files: Sequence[File], merged: Mapping[str, Any]) -> Found:
    """Clocks and events of levels which the grading has not, and clocks that start at a level without naming one."""
    names = (merged.get("grading") or {}).get("names")
    levels = _named_levels(names) if isinstance(names, dict) else set()
    found: Found = []
    for name in ("clock", "event"):
        for row in merged[name]:
            key = key_path(f"{name}[{row['id']}]", "levels")
            given = row.get("levels")
            if given is None and row.get("from") == "level":
                found.append((_giver(files, name, row["id"], "from"), Fault(key, missing(N_("a list of whole numbers such as [1, 2]")))))
            for level in given if isinstance(given, list) and levels else ():
                if isinstance(level, int) and level not in levels:
                    known = [str(each) for each in sorted(levels)]
                    found.append((_giver(files, name, row["id"], "levels"), Fault(key, unknown(level, known))))
    return found


def _giver(files: Sequence[File], name: str, rule: str, key: str) -> File:
    """The file whose word counts for a key of a rule: the first of the chain that gives it."""
    return next(file for file in files if file.gives(name, rule, key))
