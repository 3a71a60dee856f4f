"""The one place where a fault becomes a sentence and an exit code (I3).

Data goes to stdout, messages to stderr; a traceback is shown only with KFCS_DEBUG=1.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from kfcs import __version__
from kfcs.commandline import normalise
from kfcs.errors import BadInput, KfcsError, LedgerUnusable, Message, say
from kfcs.i18n import choose_language, install, language, render

INTERRUPTED = 130
READER_GONE = 141  # as a shell reports a program that SIGPIPE ended
UNFORESEEN = 1
_ENDLESS = ("too large to convert", "int_max_str_digits")
"""What Python says of a number that no file holds."""
LONGEST = 1_000
"""So many characters of an error are shown: enough to know a value by, and what to do about it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code."""
    _tolerate_narrow_consoles()
    install(choose_language(os.environ))
    arguments = normalise(sys.argv[1:] if argv is None else argv)
    return _guarded(lambda: _run(arguments))


def _tolerate_narrow_consoles() -> None:
    """On a GBK or ASCII console a character it lacks becomes `?` instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _run(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--version"]:  # answered before typer is imported
        print(f"kfcs {__version__}")
        return 0
    from kfcs.cli import run

    return run(arguments)


def _guarded(run: Callable[[], int]) -> int:
    try:
        code = run()
        _flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return READER_GONE
    except Exception as fault:
        return _report(fault)


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _abandon_stdout() -> None:
    """Keep the interpreter from failing again on the same stream while it shuts down."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # not a real file, or closed already
        return


def _report(fault: Exception) -> int:
    """Say a fault in one line on stderr."""
    if os.environ.get("KFCS_DEBUG") == "1":
        import traceback

        traceback.print_exception(fault)
    _flush_or_abandon()
    error = fault if isinstance(fault, KfcsError) else _foreseen(fault)
    if error is None:
        _say_error(_unforeseen(fault), _of_the_output(fault))
        return UNFORESEEN
    _say_error(error.message, error.hint)
    for each in error.faults:
        _write_line(sys.stderr, _one_line(render(each)))
    return error.exit_code


def _flush_or_abandon() -> None:
    """What was printed before the fault goes out first; where it cannot, it is given up."""
    try:
        _flush()
    except OSError:
        _abandon_stdout()


def _foreseen(fault: Exception) -> KfcsError | None:
    """SQLite's faults are the ledger's; sqlite3 is asked only where a command has loaded it. Bytes that are no text
    reach a command as half characters, which no file of text takes; numbers without end, no table."""
    if isinstance(fault, UnicodeEncodeError) and fault.reason == "surrogates not allowed":
        return BadInput("What was given is no text: it is not written in UTF-8.")
    if isinstance(fault, OverflowError | ValueError) and any(sign in str(fault) for sign in _ENDLESS):
        return BadInput("A number that was given is too large.")
    sqlite3 = sys.modules.get("sqlite3")
    if sqlite3 is not None and isinstance(fault, sqlite3.Error):
        # What follows is the text itself, which may be anybody's (L4).
        reason = str(fault).partition(" with text ")[0]
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
            return LedgerUnusable("The ledger is damaged ({reason}). Restore a backup.", reason=reason)
        return LedgerUnusable("The ledger cannot be used: {reason}.", reason=reason)
    return None


def _unforeseen(fault: Exception) -> Message:
    if isinstance(fault, OSError) and fault.strerror:
        name = fault.filename if fault.filename is not None else say("the output")
        return say("{name}: {reason}.", name=name, reason=fault.strerror)
    return say(
        "Unforeseen fault {name}: {reason} (KFCS_DEBUG=1 shows where).",
        name=type(fault).__name__,
        reason=fault,
    )


def _of_the_output(fault: Exception) -> Message | None:
    """An answer that cannot be printed is no reason to do a thing twice."""
    if isinstance(fault, OSError) and fault.strerror and fault.filename is None:
        return say("What the command recorded stays recorded.")
    return None


def _say_error(message: Message, hint: Message | None) -> None:
    text = _sentence(render(message))
    if hint is not None:
        text += ("" if language() == "zh" else " ") + render(hint)
    label = "错误：" if language() == "zh" else "error: "
    _write_line(sys.stderr, label + _one_line(text))


def _sentence(text: str) -> str:
    if text.endswith((".", "。", "?", "？", "!", "！")):
        return text
    return text + ("。" if language() == "zh" else ".")


def _one_line(text: str) -> str:
    """A text that stays on its line and leaves the terminal alone; of a very long one its beginning and its end."""
    from kfcs.widths import harmless

    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"
    return harmless(text)


def _write_line(stream: TextIO | None, line: str) -> None:
    """Where stderr is closed there is nobody to tell; the exit code still speaks."""
    if stream is not None:
        try:
            print(line, file=stream, flush=True)
        except OSError:
            return
