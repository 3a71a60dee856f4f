"""What can go wrong, as values: a sentence not yet translated, and one exit code a fault class (I3).

Rules raise and return these, so this module knows the standard library only; words are put into
a language at the edge, by `kfcs.i18n.render`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Self


class Term(NamedTuple):
    """A code of one of our vocabularies (`kfcs.words`), shown as its word: Term("channel", "phone")."""

    kind: str
    code: str


class Message(NamedTuple):
    """An English msgid with {named} fields, and what fills them: numbers, texts, times, Terms, Messages."""

    text: str
    params: Mapping[str, object]

    def __str__(self) -> str:
        """The English sentence: for logs and tracebacks, where nobody has chosen a language."""
        return self.text.format_map(self.params)


def N_(text: str) -> str:
    """Mark a msgid for the catalogues; it is translated where it is shown."""
    return text


def say(text: str, /, **params: object) -> Message:
    """The sentence a colleague would say, to be translated where it is shown."""
    return Message(text, params)


class KfcsError(Exception):
    """A fault that a person can act on: shown as one line, never as a traceback.

    ``faults`` are what was found wrong in one thing, such as a policy file; each is shown on a line below.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self, text: str, /, *, hint: Message | None = None, faults: Sequence[Message] = (), **params: object
    ) -> None:
        self.message = Message(text, params)
        self.hint = hint
        self.faults = tuple(faults)
        super().__init__(text)

    @classmethod
    def of(cls, message: Message) -> Self:
        """The fault that a message made elsewhere tells."""
        error = cls(message.text)
        error.message = message
        return error

    def __str__(self) -> str:
        return "\n".join(map(str, (self.message, *self.faults)))


class CheckFailed(KfcsError):
    """A check was made and failed, as `verify` on a broken chain (exit 1)."""

    exit_code = 1


class BadInput(KfcsError):
    """A value that no state could make right, or a name that does not exist; nothing was written (exit 2)."""

    exit_code = 2


class SomeRejected(KfcsError):
    """An import took in some rows and rejected others (exit 3)."""

    exit_code = 3


class Forbidden(KfcsError):
    """The state of the case or the policy does not allow the act (exit 4)."""

    exit_code = 4


class LedgerUnusable(KfcsError):
    """The ledger cannot be read or written: missing, locked, damaged, full, or newer than kfcs (exit 5)."""

    exit_code = 5
