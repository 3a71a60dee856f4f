"""Check policy files: all faults of a file and its parents at once, each by file and key path (SPEC P1).

This is the edge that reads the files. What one table may hold is declared in `kfcs.policyshape` and
checked by `kfcs.policyfaults`; here stands what only the files together can show.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kfcs.errors import N_, BadInput, Message, say
from kfcs.gradingfaults import grading_faults, grading_rules, named_levels
from kfcs.obligationfaults import due_faults, period_faults
from kfcs.parsing import parsed
from kfcs.policyfaults import Fault, expected, key_path, missing, missing_keys, row_key, table_faults, unknown
from kfcs.policyshape import COMPLETED, Closure, Policy
from kfcs.rulebook import PRESETS, merge, policy_file, policy_names
from kfcs.rules.escalate import NEXT_STEPS
from kfcs.scorefaults import mergeable_scorecard, penalty_faults, scorecard_faults, scorecard_gaps
from kfcs.touchpointfaults import touchpoint_faults
from kfcs.words import codes

EVENTS = ("level-at-once", *(rule for rule in NEXT_STEPS if rule not in codes("clock")))
"""The rules of escalation that no clock drives (E2)."""


# ---------------------------------------------------------------- reading


def read_policy_file(path: Path) -> dict[str, Any]:
    """The document of one file, UTF-8 (with or without BOM) or GB18030.

    Raises BadInput that names the file and the line.
    """
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
        return dict(parsed(tomllib.loads, text))
    except ValueError as error:
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

    Unlike `kfcs.rulebook.policy_chain` it ends at a parent that does not exist, so that the fault can be
    told with the others. Raises BadInput for a policy that does not exist, and for a file that is no TOML.
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
    """Check a policy's document (the first) and its parents'. Raises one BadInput that lists every fault."""
    faults = chain_faults(chain, documents)
    if faults:
        raise BadInput(
            N_("The policy {name} has faults: {count}"),
            name=chain[0].stem,
            count=len(faults),
            faults=faults,
        )


def chain_faults(chain: Sequence[Path], documents: Sequence[dict[str, Any]]) -> list[Message]:
    """Every fault of the documents, the policy's own before its parents', each by file and key."""
    files = [File(path, document) for path, document in zip(chain, documents, strict=True)]
    found = [(file, fault) for file in files for fault in _own_faults(file)]
    # Without a parent that exists nothing can be said of what a file leaves out.
    found += _parent_faults(files) or _merged_faults(files)
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
        return [row for row in _tables(self.document.get(name)) if isinstance(row.get("id"), str)]

    def table(self, name: str) -> dict[str, Any] | None:
        table = self.document.get(name)
        return table if isinstance(table, dict) else None

    def gives(self, name: str, rule: str, key: str) -> bool:
        """Whether a row of this file gives a key."""
        return any(row["id"] == rule and key in row for row in self.rows(name))


Found = list[tuple[File, Fault]]


def _tables(rows: object) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


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
        yield from grading_faults(grading)
    for row in file.rows("event"):
        if row["id"] not in EVENTS:
            yield Fault(f"event[{row['id']}].id", unknown(row["id"], EVENTS))
    for row in file.rows("obligation"):
        yield from due_faults(row)
    if (scorecard := file.table("scorecard")) is not None:
        yield from scorecard_faults(scorecard)
    for row in file.rows("clock"):
        for at, item in enumerate(_tables(row.get("except")), 1):
            if not {"limit", "from"} & set(item):
                yield Fault(f"clock[{row['id']}].except[{at}]", say(N_("gives neither limit nor from")))


def _parent_faults(files: Sequence[File]) -> Found:
    """Each file's parent is the next of the chain, so one that the last file names does not exist."""
    last = files[-1]
    parent = last.document.get("extends")
    if not isinstance(parent, str) or not parent:
        return []
    if parent in [file.path.stem for file in files]:
        return [(last, Fault("extends", say(N_("the policies extend each other in a circle"))))]
    at_hand = {path.stem for folder in (PRESETS, files[0].path.parent) for path in folder.glob("*.toml")}
    return [(last, Fault("extends", unknown(parent, sorted(at_hand))))]


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
        *_obligation_faults(files, merged["obligation"]),
        *_scorecard_faults(files, merged),
        *_touchpoint_faults(files, merged["touchpoint"]),
    ]


def _mergeable(file: File) -> dict[str, Any]:
    """The document without what is too wrong to be merged, which is reported already."""
    document = {key: value for key, value in file.document.items() if key not in COMPLETED}
    for name in ("closure", "consent", "sheet", "rates", "grading", "scorecard"):
        if name in document and file.table(name) is None:
            del document[name]
    if "scorecard" in document:
        document["scorecard"] = mergeable_scorecard(document["scorecard"])
    if "grading" in document:
        document["grading"] = {**document["grading"], "rule": grading_rules(document["grading"])}
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
        for rung in () if "when" in row else _numbers([row.get("rung")]):
            other = standing.setdefault(rung, row["id"])
            if other != row["id"]:
                problem = say(
                    N_("{rung} is the rung of {other} too; give one of them a condition (when)"),
                    rung=rung,
                    other=other,
                )
                found.append(_blamed(files, "ladder", row, "rung", problem))
    return found


def _event_faults(files: Sequence[File], merged: Mapping[str, Any]) -> Found:
    """Events that reach rungs which the ladder has not."""
    known = sorted({rung for row in merged["ladder"] for rung in _numbers([row.get("rung")])})
    return [
        _blamed(
            files,
            "event",
            row,
            "rungs",
            say(N_("the ladder has no rung {rung}; it has: {names}"), rung=rung, names=known),
        )
        for row in merged["event"]
        if not row.get("off")
        for rung in _numbers(row.get("rungs"))
        if rung not in known
    ]


def _level_faults(files: Sequence[File], merged: Mapping[str, Any]) -> Found:
    """Clocks and events of levels which the grading has not, and clocks from a level that name none."""
    names = (merged.get("grading") or {}).get("names")
    levels = named_levels(names) if isinstance(names, dict) else []
    found: Found = []
    for name in ("clock", "event"):
        for row in merged[name]:
            if "levels" not in row and row.get("from") == "level":
                giver, _fault = _blamed(files, name, row, "from", NO_LEVELS)
                found.append((giver, Fault(f"{row_key(name, 0, row)}.levels", NO_LEVELS)))
            for level in _numbers(row.get("levels")):
                if levels and level not in levels:
                    problem = unknown(level, map(str, levels))
                    found.append(_blamed(files, name, row, "levels", problem))
    return found


def _obligation_faults(files: Sequence[File], rows: Sequence[Mapping[str, Any]]) -> Found:
    """Obligations that have two due dates for one period."""
    return [
        (_blamed(files, "obligation", row, "due", fault.problem)[0], fault)
        for row in rows
        if not row.get("off")
        for fault in period_faults(row)
    ]


def _scorecard_faults(files: Sequence[File], merged: Mapping[str, Any]) -> Found:
    """Gaps of a scorecard and names it uses that the policy has not; penalties without a range."""
    found: Found = []
    for row in merged["penalty"]:
        for fault in penalty_faults(row):
            giver = next(
                file for file in files if any(own["id"] == row["id"] for own in file.rows("penalty"))
            )
            found.append((giver, fault))
    if merged.get("scorecard"):
        giver = next(file for file in files if file.table("scorecard") is not None)
        found += [(giver, fault) for fault in scorecard_gaps(merged)]
    return found


def _touchpoint_faults(files: Sequence[File], rows: Sequence[Mapping[str, Any]]) -> Found:
    """Touchpoints that do not say when they are due, or in a way that their trigger does not allow."""
    return [
        (
            next(file for file in files if any(own["id"] == row["id"] for own in file.rows("touchpoint"))),
            fault,
        )
        for row in rows
        if not row.get("off")
        for fault in touchpoint_faults(row)
    ]


NO_LEVELS = missing(N_("a list of whole numbers such as [1, 2]"))


def _numbers(values: object) -> list[int]:
    """The whole numbers of a list; what is none is reported where the table is checked."""
    return [value for value in values if type(value) is int] if isinstance(values, list) else []


def _blamed(
    files: Sequence[File], name: str, row: Mapping[str, Any], key: str, problem: Message
) -> tuple[File, Fault]:
    """A fault of a rule's key, with the file whose word counts for it: the first that gives the key."""
    giver = next(file for file in files if file.gives(name, row["id"], key))
    return giver, Fault(key_path(row_key(name, 0, row), key), problem)
