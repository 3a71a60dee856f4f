"""Standard answers (C4) and the verification of corrective actions."""

from __future__ import annotations

import pytest
from shell import Shell


@pytest.fixture
def answered(kfcs: Shell) -> Shell:
    assert (
        kfcs("answer", "add", "质保期内免费维修，三日内上门。", "--project", "A", "--subject", "渗漏").code
        == 0
    )
    assert kfcs("answer", "add", "车位按先到先得。", "--project", "A", "--subject", "地面车位").code == 0
    return kfcs


def test_c4_a_fitting_answer_is_shown_at_log_and_its_use_counted(answered: Shell) -> None:
    logged = answered("log", "厨房漏水", "--project", "A", "--format", "json").json
    assert [answer["subject"] for answer in logged["standard_answers"]] == ["quality.leak"]
    assert "质保期内免费维修" in answered("log", "卫生间渗水", "--project", "A").out
    uses = {row["subject"]: row["uses"] for row in answered("answer", "list", "--format", "json").json}
    assert uses == {"quality.leak": 2, "地面车位": 0}


def test_c4_another_project_or_subject_gets_none(answered: Shell) -> None:
    assert answered("log", "厨房漏水", "--project", "B", "--format", "json").json["standard_answers"] == []
    assert answered("log", "电梯异响", "--project", "A", "--format", "json").json["standard_answers"] == []


def test_c4_a_word_in_the_text_finds_its_answer(answered: Shell) -> None:
    logged = answered("log", "地面车位总是停满", "--project", "A", "--format", "json").json
    assert "地面车位" in [answer["subject"] for answer in logged["standard_answers"]]


def test_c4_an_answer_needs_project_subject_and_text(kfcs: Shell) -> None:
    refused = kfcs("answer", "add", "文本", "--project", "A")
    assert refused.code == 2
    assert "--subject" in refused.err


def test_an_answer_survives_rebuild_and_verify(answered: Shell) -> None:
    answered("log", "厨房漏水", "--project", "A")
    before = answered("answer", "list", "--format", "json").json
    assert answered("rebuild").code == 0
    assert answered("answer", "list", "--format", "json").json == before
    assert answered("verify").code == 0


def test_a_corrective_action_is_verified_by_a_named_person(kfcs: Shell) -> None:
    case = str(
        kfcs("log", "厨房漏水", "--project", "A", "--phone", "13800000001", "--format", "json").json["case"]
    )
    assert kfcs("verify-action", case, "--pass").code == 4
    assert kfcs("resolve", case, "已修", "--correction", "换阀", "--prevention", "全部排查").code == 0
    assert kfcs("verify-action", case, "--pass", "--fail").code == 2
    assert kfcs("verify-action", case, "--pass", "--by", "品质员").code == 0
    shown = kfcs("show", case, "--format", "json").json
    assert shown["action_verified"] == "pass"
    assert (shown["timeline"][-1]["kind"], shown["timeline"][-1]["by"]) == ("action-verification", "品质员")
