"""The vocabularies: English codes, Chinese words, and what else people write (C1)."""

from __future__ import annotations

import pytest

from kfcs.errors import BadInput
from kfcs.i18n import in_language, render
from kfcs.words import codes, kinds, parse_word, word

CHANNELS = {
    "来访": "visit",
    "来电": "phone",
    "来信": "letter",
    "邮件": "email",
    "意见箱": "suggestion-box",
    "网站": "website",
    "论坛": "forum",
    "客户端": "app",
    "微信": "wechat",
    "短信": "sms",
    "媒体": "media",
    "政府": "government",
    "上级": "superior",
    "协作单位": "partner",
}


def test_the_channels_are_those_of_the_interface() -> None:
    assert {word("channel", code, "zh"): code for code in codes("channel")} == CHANNELS


@pytest.mark.parametrize("kind", kinds())
def test_every_code_and_word_is_read_back(kind: str) -> None:
    for code in codes(kind):
        assert parse_word(kind, code) == code
        assert parse_word(kind, word(kind, code, "zh")) in codes(kind)


@pytest.mark.parametrize("kind", [k for k in kinds() if k not in ("field", "recipient")])
def test_no_two_codes_share_a_word(kind: str) -> None:
    chinese = [word(kind, code, "zh") for code in codes(kind)]
    assert len(set(chinese)) == len(chinese)


def test_every_vocabulary_has_a_name() -> None:
    assert set(codes("field")) == set(kinds())


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("channel", "来电", "phone"),
        ("channel", " PHONE ", "phone"),
        ("channel", "ｐｈｏｎｅ", "phone"),
        ("channel", "suggestion box", "suggestion-box"),
        ("channel", "Suggestion_Box", "suggestion-box"),
        ("kind", "投诉", "complaint"),
        ("level", "Ⅱ", "2"),
        ("level", "一级", "1"),
        ("demand", "a1", "A1"),
        ("closing", "撤诉", "withdrawn"),
        ("callback", "不满意", "unsatisfied"),
        ("urgency", "３０分钟", "30m"),
        ("note", "督办", "supervision"),
    ],
)
def test_what_people_write(kind: str, text: str, code: str) -> None:
    assert parse_word(kind, text) == code


@pytest.mark.parametrize(
    ("lang", "wanted"), [("en", "'fax' is not a known channel."), ("zh", "'fax' 不是可用的渠道。")]
)
def test_an_unknown_word_is_named_with_those_allowed(lang: str, wanted: str) -> None:
    with pytest.raises(BadInput) as fault:
        parse_word("channel", "fax")
    assert fault.value.exit_code == 2
    assert fault.value.hint is not None
    with in_language("zh" if lang == "zh" else "en"):
        assert render(fault.value.message) == wanted
        assert "phone 来电" in render(fault.value.hint)


def test_words_in_english() -> None:
    assert word("channel", "suggestion-box", "en") == "suggestion box"
    assert word("level", "4", "en") == "IV"
    assert word("recipient", "subsidiary-leader", "zh") == "子公司分管领导"


def test_what_is_no_code_stands_for_itself() -> None:
    assert word("recipient", "张总-工程", "zh") == "张总-工程"
    assert word("recipient", "张总-工程", "en") == "张总-工程"
