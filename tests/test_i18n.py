"""The language of messages (I5): how it is chosen, and how a message becomes a sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from kfcs import i18n
from kfcs.errors import BadInput, Forbidden, LedgerUnusable, Message, SomeRejected, Term, say
from kfcs.i18n import choose_language, in_language, install, render
from kfcs.usage import translated

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    with in_language(i18n.language()):
        yield


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, "zh"),
        ({"KFCS_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"KFCS_LANG": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_CN.GBK", "LANG": "en_US"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LANG": "en_US"}, "en"),
        ({"LC_ALL": "C.UTF-8"}, "zh"),
        ({"LANG": "POSIX"}, "zh"),
        ({"KFCS_LANG": ""}, "zh"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks its desktop where no variable speaks")
def test_the_first_variable_that_names_a_language_decides(environ: dict[str, str], wanted: str) -> None:
    assert choose_language(environ) == wanted


SENTENCE = say("{value} is not a known {field}.", value="'fax'", field=Term("field", "channel"))


def test_a_message_is_rendered_in_the_language_spoken() -> None:
    install("en")
    assert render(SENTENCE) == "'fax' is not a known channel."
    install("zh")
    assert render(SENTENCE) == "'fax' 不是可用的渠道。"


def test_a_document_may_speak_another_language_than_the_messages() -> None:
    install("en")
    with in_language("zh"):
        assert render(SENTENCE).endswith("不是可用的渠道。")
    assert i18n.language() == "en"


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (Term("channel", "phone"), "来电", "phone"),
        (Term("level", "1"), "一级", "I"),
        (datetime(2026, 10, 3, 15, 20, tzinfo=UTC), "2026-10-03 15:20", "2026-10-03 15:20"),
        (datetime(2026, 10, 8, 23, 59, 59), "2026-10-08 23:59:59", "2026-10-08 23:59:59"),
        (date(2026, 10, 3), "2026-10-03", "2026-10-03"),
        (Decimal("120000.50"), "120,000.50", "120,000.50"),
        (True, "是", "yes"),
        (None, "—", "—"),
        (["a", Term("harm", "person")], "a、人身伤害", "a, person"),
        (say("yes"), "是", "yes"),
        (7, "7", "7"),
    ],
)
def test_a_value_inside_a_sentence(value: object, zh: str, en: str) -> None:
    message = say("{value}", value=value)
    install("zh")
    assert render(message) == zh
    install("en")
    assert render(message) == en


def test_braces_in_a_value_are_no_fields() -> None:
    install("en")
    assert render(say("{sentence}", sentence="{value} {")) == "{value} {"


def test_an_unknown_msgid_and_the_empty_one_stand_for_themselves() -> None:
    install("zh")
    assert i18n._("no such msgid") == "no such msgid"
    assert i18n._("") == ""


def test_faults_carry_their_exit_code_and_message() -> None:
    fault = BadInput("{value} is not a known {field}.", value=1, field=2, hint=say("yes"))
    assert (fault.exit_code, SomeRejected.exit_code, Forbidden.exit_code, LedgerUnusable.exit_code) == (
        2,
        3,
        4,
        5,
    )
    assert fault.message == Message("{value} is not a known {field}.", {"value": 1, "field": 2})
    assert str(fault) == "1 is not a known 2."


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Missing option '--project'.", "缺少选项 '--project'。"),
        (
            "Invalid value for '--people': 'x' is not a valid int.",
            "'--people' 的值无效：'x' 不是有效的整数。",
        ),
        ("No such option: --x (Possible options: --xy)", "没有 --x 这个选项。相近的选项：--xy。"),
        ("Option '--to' requires an argument.", "选项 '--to' 需要一个值。"),
        ("something new", "something new"),
    ],
)
def test_typers_own_sentences_are_translated(english: str, chinese: str) -> None:
    install("zh")
    assert translated(english) == chinese
    install("en")
    assert translated(english) == english


def test_the_catalogues_are_whole_and_compiled() -> None:
    pytest.importorskip("babel")
    done = subprocess.run(
        [sys.executable, "scripts/catalogues.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
