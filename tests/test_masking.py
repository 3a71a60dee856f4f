"""Personal data as it may be shown (L4)."""

from __future__ import annotations

import pytest
from conftest import NewDesk

from kfcs.masking import mask_name, mask_phone, mask_text


@pytest.mark.parametrize(
    ("name", "masked"),
    [("赵女士", "赵**"), ("王五", "王*"), ("欧阳娜娜", "欧***"), ("李", "李"), ("", ""), (None, "")],
)
def test_a_name_keeps_its_first_character(name: str | None, masked: str) -> None:
    assert mask_name(name) == masked


def test_a_foreign_name_keeps_the_first_letter_of_each_part() -> None:
    assert mask_name("John Smith") == "J*** S****"


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800000001", "138****0001"),
        ("138 0000 0001", "138 **** 0001"),
        ("023-67891234", "023-****1234"),
        ("95588", "***88"),
        ("110", "***"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_phone_keeps_its_ends(phone: str | None, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请联系13800000001，谢谢", "请联系138****0001，谢谢"),
        ("电话 +86 138-0000-0001", "电话 +86 138-****-0001"),
        ("tel13800000001", "tel138****0001"),
        ("13800000001wx同号", "138****0001wx同号"),
        ("50010119900101123Xok", "500**********1123Xok"),
        ("sha 0bd13800000001c0ffee", "sha 0bd13800000001c0ffee"),
        ("座机023-67891234", "座机023-****1234"),
        ("邮箱 zhao@example.com", "邮箱 z***@example.com"),
        ("索赔 138000 元，3-1-502 室", "索赔 138000 元，3-1-502 室"),
        ("单号 CQ1-20261103-001", "单号 CQ1-20261103-001"),
        (None, ""),
    ],
)
def test_numbers_of_people_are_masked_in_free_text_and_nothing_else(text: str | None, masked: str) -> None:
    assert mask_text(text) == masked


def test_an_identity_card_does_not_show_the_day_of_birth() -> None:
    masked = mask_text("身份证50010119900101123X。")
    assert masked.startswith("身份证500*")
    assert "1990" not in masked


def test_l4_other_contacts_and_the_reasons_of_fines_are_masked_like_the_rest(new_desk: NewDesk) -> None:
    desk = new_desk("call-centre")
    case = desk.log("漏水")
    desk.do("amend", case, "--set", "contact=ouyang@example.cn", "--reason", "补登")
    reason = ("--reason", "业主 13812345678 来电无人记录", "--case", case)
    desk.do("adjust", "林晓岚", "--money", "50", "--rule", "first-asked.record", *reason)
    desk.do("score", "object", "--month", "2026-11", "--reason", "业主 13812345678 未回访")
    desk.do(
        "rectify", case, "--order", "换阀门", "--dept", "工程部", "--unit", "老张13812345678", "--due", "+2d"
    )
    for words in (
        ("score", "--month", "2026-11", "--format", "json"),
        ("export", "rectifications"),
        ("export", "cases"),
        ("export", "entries"),
        ("show", case),
        ("show", case, "--format", "table"),
    ):
        told = desk.do(*words).out
        assert "ouyang@example" not in told, words
        assert "13812345678" not in told, words
    assert "13812345678" in desk.do("show", case, "--reveal").out
