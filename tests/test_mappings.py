"""What the columns of a kind of file mean: mappings of one's own, and those that come with kfcs (SPEC C6)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shell import Shell

from kfcs.errors import BadInput
from kfcs.intake.columns import folded, plan
from kfcs.intake.mappings import NO_MAPPING, load_mapping, mapping_for, ready_mappings

# ---------------------------------------------------------------- those that come with kfcs

FILES: dict[str, tuple[list[str], list[list[str]]]] = {
    "citizen-messages": (
        ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间"],
        [["188", "A001", "小区漏水", "2024/3/5 9:10:11", "\n\t楼上漏水", "已转办", "2024/3/9 8:00"]],
    ),
    "311-baltimore": (
        ["SRRecordID", "ServiceRequestNum", "SRType", "MethodReceived", "CreatedDate", "SRStatus", "DueDate",
         "CloseDate", "Outcome", "Address", "Neighborhood", "DaysOpen"],
        [["1", "18-01", "Water leak", "API", "03/05/2024 02:10:11 PM", "Closed", "03/09/2024 02:10:11 PM",
          "03/07/2024 12:00:00 AM", "Mended", "1 A ST", "", "2"]],
    ),
    "311-boston": (
        ["case_enquiry_id", "open_dt", "target_dt", "closed_dt", "case_status", "closure_reason", "case_title",
         "type", "neighborhood", "location", "source"],
        [["101", "2024-03-05 14:10:11", "2024-03-09 00:00:00", "2024-03-07 00:00:00", "Closed", "Mended",
          "Water leak", "Leaks", "Dorchester", "1 A St", "Citizens Connect App"]],
    ),
    "311-chicago": (
        ["Service Request Number", "", "Service Request: Type Name", "Date/Time Opened", "Date/Time Closed",
         "Service Request Status", "Service Request: Description", "Street Block"],
        [["SR-1", "", "Water leak", "3/5/2024 2:10 PM", "3/7/2024 12:00 AM", "Completed", "", "1 A ST"]],
    ),
    "311-new-york": (
        ["Unique Key", "Created Date", "Closed Date", "Complaint Type", "Descriptor", "Incident Address", "Status",
         "Resolution Description", "Borough", "Open Data Channel Type"],
        [["26", "03/05/2024 02:10:11 PM", "03/07/2024 12:00:00 AM", "Water leak", "Ceiling", "1 A ST", "Closed",
          "Mended", "BROOKLYN", "MOBILE"]],
    ),
    "cfpb": (
        ["date_received", "product", "sub_product", "issue", "consumer_complaint_narrative", "company", "state",
         "submitted_via", "company_response_to_consumer", "complaint_id"],
        [["2024-03-05", "Mortgage", "", "Water leak in the house", "", "ACME", "TX", "Referral", "Closed", "99"]],
    ),
}  # fmt: skip
WANTED: dict[str, dict[str, Any]] = {
    "citizen-messages": {"project": "未注明小区", "channel": "government", "text": "小区漏水\n楼上漏水",
                         "received_at": "2024-03-05T09:10:11+08:00", "resolved_at": None},
    "311-baltimore": {"project": "Baltimore", "channel": "app", "home": "1 A ST", "text": "Water leak",
                      "received_at": "2024-03-05T14:10:11+08:00", "resolved_at": "2024-03-07T00:00:00+08:00"},
    "311-boston": {"project": "Dorchester", "channel": "app", "text": "Water leak\nLeaks",
                   "resolved_at": "2024-03-07T00:00:00+08:00"},
    "311-chicago": {"project": "Chicago", "text": "Water leak", "received_at": "2024-03-05T14:10:00+08:00"},
    "311-new-york": {"project": "BROOKLYN", "channel": "app", "text": "Water leak\nCeiling"},
    "cfpb": {"project": "ACME", "channel": "partner", "text": "Mortgage\nWater leak in the house"},
}  # fmt: skip


def written(folder: Path, name: str) -> Path:
    header, rows = FILES[name]
    path = folder / f"{name}.jsonl"
    lines = (json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_every_mapping_that_comes_with_kfcs_is_tried() -> None:
    assert [mapping.name for mapping in ready_mappings()] == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_c6_a_file_is_known_by_its_header(kfcs: Shell, name: str) -> None:
    """No option says what the columns mean, and none is lost."""
    taken = kfcs.do("import", str(written(kfcs.folder, name)))
    assert f"Columns by the mapping {name}." in taken.err
    [row] = kfcs.do("export", "cases", "--format", "json", "--reveal").json
    assert {field: row[field] for field in WANTED[name]} == WANTED[name]
    [entry] = [
        json.loads(each["body"])
        for each in kfcs.do("export", "entries", "--format", "json", "--reveal").json
        if each["kind"] == "complaint"
    ]
    header, [cells] = FILES[name]
    mapping = {mapping.name: mapping for mapping in ready_mappings()}[name]
    others = {
        head: cell for head, cell in zip(header, cells, strict=True) if cell and head not in mapping.columns
    }
    assert others.items() <= entry["source"].get("extra", {}).items()


def test_c6_a_mapping_is_chosen_by_name_and_values_may_be_given(kfcs: Shell) -> None:
    file = str(written(kfcs.folder, "311-chicago"))
    kfcs.do("import", file, "--map", "311-chicago", "--set", "project=云栖台")
    assert [row["project"] for row in kfcs.do("list", "--all", "--format", "json").json] == ["云栖台"]


def test_c6_columns_that_only_resemble_a_mapping_are_not_read_by_it() -> None:
    assert mapping_for(["留言编号", "留言时间", "留言详情"], folded) == NO_MAPPING
    assert mapping_for(FILES["cfpb"][0], folded).name == "cfpb"


# ---------------------------------------------------------------- one's own

OWN = """
match = ["Opened"]
dates = "day-first"
[columns]
Opened = "登记日期"
"Text 1" = "text"
"Text 2" = "text"
Way = "channel"
[default]
project = "云栖台"
[values.channel]
"Walk-in" = "visit"
"""


def test_c6_a_mapping_of_ones_own(kfcs: Shell) -> None:
    (kfcs.folder / "own.toml").write_text(OWN, encoding="utf-8")
    (kfcs.folder / "in.csv").write_text(
        "Opened,Text 1,Text 2,Way\n05/03/2024 09:10,漏水,三次,Walk-in\n06/03/2024,裂缝,,phone\n",
        encoding="utf-8",
    )
    kfcs.do("import", str(kfcs.folder / "in.csv"), "--map", str(kfcs.folder / "own.toml"))
    rows = kfcs.do("export", "cases", "--format", "json").json
    assert [(row["received_at"][:16], row["project"], row["channel"], row["text"]) for row in rows] == [
        ("2024-03-05T09:10", "云栖台", "visit", "漏水\n三次"),
        ("2024-03-06T00:00", "云栖台", "phone", "裂缝"),
    ]


WRONG = {
    "an unknown key": (OWN + "[colums]\na = 'b'", "colums is no key of a mapping"),
    "an order that is none": (OWN.replace("day-first", "dmy"), "'dmy' is no order of a date"),
    "headers that are no list": (OWN.replace('["Opened"]', '"Opened"'), "match must be a list"),
    "values that are no table": (OWN.replace("[values.channel]", "[values]"), '"header" = "field"'),
    "a field that there is not": (OWN.replace('"text"', '"words"'), "'words' is no field"),
    "a field of values that there is not": (
        OWN.replace("values.channel", "values.chanel"),
        "'chanel' is no field",
    ),
    "one field told twice": (
        OWN.replace('Way = "channel"', 'Way = "登记日期"'),
        "several columns for received_at",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_in_a_mapping_is_told(tmp_path: Path, mistake: str) -> None:
    content, told = WRONG[mistake]
    path = tmp_path / "own.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        plan("cases", ["Opened", "Text 1", "Text 2", "Way"], load_mapping(str(path)), {})


def test_a_name_that_is_no_mapping_is_told_what_there_is(kfcs: Shell) -> None:
    refused = kfcs("import", str(written(kfcs.folder, "cfpb")), "--map", "cfbp")
    assert (refused.code, "311-baltimore" in refused.err) == (2, True)


# ---------------------------------------------------------------- dates whose year stands last


@pytest.mark.parametrize(
    ("order", "day"), [("day-first", "2024-12-04T09:10"), ("month-first", "2024-04-12T09:10"), (None, None)]
)
def test_c6_a_date_that_may_be_two_days_is_read_only_as_it_is_said_to_be(
    kfcs: Shell, order: str | None, day: str | None
) -> None:
    (kfcs.folder / "in.csv").write_text("登记日期,项目,投诉内容\n04/12/2024 09:10,A,漏水\n", encoding="utf-8")
    answer = kfcs("import", str(kfcs.folder / "in.csv"), *(("--dates", order) if order else ()))
    rows = kfcs.do("export", "cases", "--format", "json").json
    assert [row["received_at"][:16] for row in rows] == ([day] if day else [])
    assert answer.code == (0 if day else 3)
    assert ("say which with --dates" in answer.err) is (day is None)


def test_an_order_that_is_none_is_refused(kfcs: Shell) -> None:
    refused = kfcs("import", str(written(kfcs.folder, "cfpb")), "--dates", "dmy")
    assert (refused.code, "day-first" in refused.err) == (2, True)
