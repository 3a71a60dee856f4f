"""The edge: encodings, closed pipes, faults as one line, exit codes (I3)."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kfcs import __version__, main
from kfcs.errors import Forbidden, SomeRejected, say

ROOT = Path(__file__).resolve().parent.parent


def kfcs(*arguments: str, lang: str = "zh", **environ: str) -> subprocess.CompletedProcess[bytes]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KFCS_", "LC_", "PYTHON", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "kfcs", *arguments],
        cwd=ROOT,
        env=clean | {"KFCS_LANG": lang, "PYTHONIOENCODING": "utf-8"} | environ,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_version() -> None:
    done = kfcs("--version")
    assert (done.returncode, done.stdout.decode().strip(), done.stderr) == (0, f"kfcs {__version__}", b"")


def test_help_is_wholly_chinese() -> None:
    help_text = kfcs("--help").stdout.decode()
    assert "用法：kfcs [选项] 命令 [参数]..." in help_text
    for english in ("Usage", "Options", "Commands", "Show", "Install", "current shell."):
        assert english not in help_text


def test_help_in_english() -> None:
    assert "Taking in:\n  log " in kfcs("--help", lang="en").stdout.decode()


def test_a_gbk_console_gets_gbk() -> None:
    done = kfcs("--help", PYTHONIOENCODING="gbk")
    assert done.returncode == 0
    assert "登记客户诉求" in done.stdout.decode("gbk")


def test_a_character_that_gbk_lacks_ends_nothing() -> None:
    done = kfcs("𠮷📌", PYTHONIOENCODING="gbk")
    assert done.returncode == 2
    assert "没有 '??' 这个命令" in done.stderr.decode("gbk")


@pytest.mark.parametrize("coercion", ["0", "1"])
def test_the_c_locale_ends_nothing(coercion: str) -> None:
    done = kfcs("--help", LC_ALL="C", PYTHONIOENCODING="", PYTHONUTF8="0", PYTHONCOERCECLOCALE=coercion)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("zh", "错误：没有 'lgo' 这个命令。您是不是要用 log？\n"),
        ("en", "error: No such command 'lgo'. Did you mean log?\n"),
    ],
)
def test_an_unknown_command(lang: str, wanted: str) -> None:
    done = kfcs("lgo", lang=lang)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().replace("\r\n", "\n") == wanted


@pytest.mark.parametrize(
    ("lang", "wanted"), [("zh", "错误：没有 --frob 这个选项。"), ("en", "error: No such option: --frob.")]
)
def test_an_unknown_option(lang: str, wanted: str) -> None:
    done = kfcs("--frob", lang=lang)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(wanted)
    assert "kfcs --help" in done.stderr.decode()


def test_no_command_shows_the_help_and_is_a_fault_of_usage() -> None:
    done = kfcs()
    assert (done.returncode, done.stdout) == (2, b"")
    assert "登记客户诉求" in done.stderr.decode()


def test_a_control_character_in_a_fault_stays_a_text() -> None:
    assert b"\x1b" not in kfcs("\x1b[31m").stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_goes_away_is_no_fault() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kfcs", "--help"],
        cwd=ROOT,
        env=os.environ | {"KFCS_LANG": "zh"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == main.READER_GONE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_under_the_output_is_told() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kfcs", "--help"],
            cwd=ROOT,
            env=os.environ | {"KFCS_LANG": "en"},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("error: the output: No space left")
    assert len(done.stderr.splitlines()) == 1


def _raise(fault: BaseException) -> Callable[[], int]:
    def run() -> int:
        raise fault

    return run


@pytest.mark.parametrize(
    ("fault", "code", "wanted"),
    [
        (
            Forbidden("{name}: {reason}.", name="C-1", reason="x", hint=say("Use csv.")),
            4,
            "error: C-1: x. Use csv.",
        ),
        (SomeRejected("{name}: {reason}.", name="f", reason="3 rows"), 3, "error: f: 3 rows."),
        (
            sqlite3.OperationalError("database is locked"),
            5,
            "error: The ledger cannot be used: database is locked.",
        ),
        (sqlite3.DatabaseError("malformed"), 5, "error: The ledger cannot be used: malformed."),
        (FileNotFoundError(2, "No such file", "a.csv"), 1, "error: a.csv: No such file."),
        (
            ValueError("odd\nvalue"),
            1,
            "error: Unforeseen fault ValueError: odd value (KFCS_DEBUG=1 shows where).",
        ),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_every_fault_is_one_line_and_a_code(
    fault: BaseException,
    code: int,
    wanted: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kfcs.i18n import in_language

    monkeypatch.delenv("KFCS_DEBUG", raising=False)
    with in_language("en"):
        assert main._guarded(_raise(fault)) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err.strip()) == ("", wanted)


def test_debug_shows_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KFCS_DEBUG", "1")
    assert main._guarded(_raise(ValueError("odd"))) == 1
    assert "Traceback" in capsys.readouterr().err
