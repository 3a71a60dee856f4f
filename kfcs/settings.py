"""``kfcs.toml``: what one desk is, and the lists its people use (SPEC I1, C10, T2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from kfcs.errors import N_, BadInput, Message, say
from kfcs.parsing import parsed

FILE_NAME = "kfcs.toml"
DEFAULT_POLICY = "jinke"

_TEXTS = ("branch", "branch_code", "desk", "policy", "lang", "phone")
_LISTS = ("office_hours", "days_off", "days_on", "departments", "staff")
_TABLES = ("recipients", "projects", "aliases", "authority")
_FLAGS = ("strict_names",)
_DATES = ("obligations_since",)


_NONE: Mapping[str, Any] = MappingProxyType({})


class Settings(NamedTuple):
    """The settings of one desk, with what holds where the file is silent."""

    branch: str = ""
    branch_code: str = ""
    desk: str = ""
    policy: str = DEFAULT_POLICY
    lang: str = ""
    phone: str = ""
    office_hours: tuple[str, ...] = ()
    days_off: tuple[date, ...] = ()
    days_on: tuple[date, ...] = ()
    departments: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    strict_names: bool = False
    obligations_since: date | None = None
    recipients: Mapping[str, str] = _NONE
    projects: Mapping[str, Any] = _NONE
    aliases: Mapping[str, str] = _NONE
    authority: Mapping[str, Any] = _NONE
    folder: Path = Path()

    def recipient(self, role: str) -> str | None:
        """Who stands behind a role of the ladder; None where the file names nobody."""
        return self.recipients.get(role)


def load_settings(folder: Path) -> Settings:
    """The settings beside a ledger; defaults where there is no file.

    Raises BadInput that names the file, the key and what was expected.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return Settings(folder=folder)
    return _checked(_read(path), path)


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(
            N_("{file} cannot be read: {fault}."), file=str(path), fault=error.strerror or str(error)
        ) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return dict(parsed(tomllib.loads, raw.decode(encoding).replace("\r\n", "\n")))
        except UnicodeDecodeError:
            continue
        except ValueError as error:
            raise BadInput(N_("{file}: not valid TOML: {fault}"), file=str(path), fault=str(error)) from None
    raise BadInput(N_("{file}: neither UTF-8 nor GB18030; save it as UTF-8."), file=str(path))


def _checked(document: Mapping[str, Any], path: Path) -> Settings:
    values: dict[str, Any] = {"folder": path.parent}
    for key, value in document.items():
        if key in _TEXTS:
            values[key] = _text_of(path, key, value)
        elif key in _FLAGS:
            values[key] = _wanted(path, key, value, bool, say(N_("true or false")))
        elif key in _LISTS:
            texts = _wanted(path, key, value, list, say(N_("a list of texts")))
            if key == "office_hours" and not texts:
                raise _fault(path, key, value, say(N_("hours such as 08:30-12:00")))
            days = key.startswith("days_")
            values[key] = tuple(_day(path, key, item) if days else _text(path, key, item) for item in texts)
        elif key in _DATES:
            values[key] = _day(path, key, value)
        elif key in _TABLES:
            values[key] = _table(path, key, _wanted(path, key, value, dict, say(N_("a table"))))
        else:
            raise _unknown(path, key)
    return Settings(**values)


_KNOWN = (*_TEXTS, *_FLAGS, *_LISTS, *_DATES, *_TABLES)
_DESK = re.compile("[A-Z0-9][A-Z0-9_-]*")


def _text_of(path: Path, key: str, value: Any) -> str:
    text: str = _wanted(path, key, value, str, say(N_("a text")))
    if key == "desk" and not _DESK.fullmatch(text):
        raise _fault(path, key, value, say(N_("capital letters and digits, such as CQ1")))
    if key == "lang" and text not in ("", "zh", "en"):
        raise _fault(path, key, value, say(N_("zh or en")))
    return text


def _table(path: Path, key: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """A table whose values are names; those of other tables are checked by who reads them."""
    for name, value in table.items():
        if key in ("recipients", "aliases"):
            _wanted(path, f"{key}.{name}", value, str, say(N_("a text")))
        elif key == "projects":
            others = value.get("aliases", []) if isinstance(value, dict) else value
            for other in [others] if isinstance(others, str) else _names(path, f"{key}.{name}", others):
                _text(path, f"{key}.{name}", other)
    return table


def _names(path: Path, key: str, value: Any) -> list[Any]:
    names: list[Any] = _wanted(path, key, value, list, say(N_("a list of texts")))
    return names


def _unknown(path: Path, key: str) -> BadInput:
    from difflib import get_close_matches

    near = get_close_matches(key, _KNOWN, n=1)
    if near:
        return BadInput(
            N_("{file}: {key} is no key; did you mean {near}?"), file=str(path), key=key, near=near[0]
        )
    return BadInput(
        N_("{file}: {key} is no key. Known are: {known}."), file=str(path), key=key, known=", ".join(_KNOWN)
    )


def _wanted(path: Path, key: str, value: Any, kind: type, expected: Message) -> Any:
    if isinstance(value, kind):
        return value
    raise _fault(path, key, value, expected)


def _text(path: Path, key: str, value: Any) -> str:
    return str(_wanted(path, key, value, str, say(N_("a list of texts"))))


def _day(path: Path, key: str, value: Any) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _fault(path, key, value, say(N_("a date like 2027-01-04"))) from None


def _fault(path: Path, key: str, value: Any, expected: Message) -> BadInput:
    return BadInput(
        N_("{file}: {key} = {value}: expected {expected}."),
        file=str(path),
        key=key,
        value=repr(value),
        expected=expected,
    )


def settings_text(settings: Settings) -> str:
    """The file that ``kfcs init`` writes: top-level keys only, so that further ones can be appended."""
    rows = [(key, getattr(settings, key)) for key in _TEXTS]
    return "".join(f"{key} = {_quoted(value)}\n" for key, value in rows if value)


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
