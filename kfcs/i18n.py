"""The language of messages (I5): chosen once, looked up in a gettext catalogue.

Msgids are English, so English needs no catalogue and none is loaded. `_` reads the language at each
call, so a module may import it before the language is chosen.
"""

from __future__ import annotations

import gettext
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kfcs.errors import Message

Language = Literal["zh", "en"]

LOCALES = Path(__file__).parent / "locale"
_VARIABLES = ("KFCS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_CHINESE = 0x04  # primary language id in the Windows API

_language: Language = "zh"


def choose_language(environ: Mapping[str, str]) -> Language:
    """The first variable that names a language decides; `C` and `POSIX` name none; else it is Chinese."""
    for variable in _VARIABLES:
        value = environ.get(variable, "").strip().lower()
        if value.startswith(("zh", "cn", "chinese", "中")):
            return "zh"
        if value and value.split(".")[0] not in ("c", "posix"):
            return "en"
    return _language_of_windows() or "zh"


def _language_of_windows() -> Language | None:
    """The language of the Windows desktop, which sets no variables."""
    if sys.platform == "win32":
        import ctypes

        primary = ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF
        return "zh" if primary == _CHINESE else "en"
    return None


def install(lang: Language) -> None:
    """Speak `lang` from now on."""
    global _language
    _language = lang


def language() -> Language:
    """The language spoken now."""
    return _language


@contextmanager
def in_language(lang: Language) -> Iterator[None]:
    """Speak `lang` inside the block: a document in another language than the messages (--lang)."""
    before = _language
    install(lang)
    try:
        yield
    finally:
        install(before)


@cache
def _catalogue(lang: Language) -> gettext.NullTranslations:
    return gettext.translation("kfcs", str(LOCALES), languages=[lang], fallback=True)


def _(msgid: str) -> str:
    """The msgid in the language spoken now; itself where no translation is known."""
    if _language == "en" or not msgid:  # the empty msgid is the catalogue's own header
        return msgid
    return _catalogue(_language).gettext(msgid)


def render(message: Message) -> str:
    """A message as a person reads it, its parameters in the language too."""
    return _(message.text).format_map({name: shown(value) for name, value in message.params.items()})


def shown(value: object) -> str:
    """One value inside a sentence."""
    from datetime import date, datetime
    from decimal import Decimal

    from kfcs.errors import Message, Term

    match value:
        case Message():
            return render(value)
        case Term(kind=kind, code=code):
            from kfcs.words import word

            return word(kind, code, _language)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}" if value.second else f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:,f}"
        case bool():
            return _("yes") if value else _("no")
        case None:
            return "—"
        case list() | tuple():
            return ("、" if _language == "zh" else ", ").join(shown(item) for item in value)
    return str(value)
