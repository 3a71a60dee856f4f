"""Every figure of the presets' scorecards and penalties, as the sources and their defaults state them (S1–S3, P2).

Each row: preset, rule, figure, clause. `test_presets` holds the policies to this table, and this table to them.
"""

from __future__ import annotations

_PART_SIX = "金科集团客户服务管理体系 六、各客户服务分部综合考核评比制度"
_UNIFORM = "金科集团客户服务管理体系 统一考评 (2)"
_STANDARDS = "物业公司各部门服务标准"
_DISTRICT = "小区客户服务标准和考核规定 小区客户服务考核规定"
_INFORMATION = "北京房地产客户服务管理体系 信息考核办法"
_FIRST_ASKED = "北京房地产客户服务管理体系 首问责任制 4"
_ROUTINE = "客户服务专员岗位说明书 每月例行工作"

_JINKE = (
    ("scorecard", "total 100, floor 0, cap 110, desk_share 0.5", _PART_SIX),
    ("scorecard.star", "reward 1000", _UNIFORM),
    ("scorecard.replacement", "under 80, months 3", _UNIFORM),
    ("report-on-time", "weight 10, deduct 2", _PART_SIX),
    ("clocks-met", "weight 20", _PART_SIX),
    ("closed-in-time", "weight 15", _PART_SIX),
    ("rectified-in-time", "weight 15", _PART_SIX),
    ("first-pass", "weight 10", _PART_SIX),
    ("callback-done", "weight 10", _PART_SIX),
    ("satisfied", "weight 15", _PART_SIX),
    ("major-reported", "weight 5, deduct 5", _PART_SIX),
)
_INDICATORS = (
    ("satisfaction", ">= 85%", "一、1"),
    ("repairs-in-time", ">= 95%", "二、4"),
    ("repair-quality", ">= 95%", "二、5"),
    ("repair-callback", ">= 100%", "二、6"),
    ("complaints-handled", ">= 100%", "二、7"),
    ("signed-satisfaction", ">= 95%", "二、7"),
    ("archive-filed", ">= 100%", "二、2"),
    ("archive-complete", ">= 100%", "二、3"),
    ("staff-trained", ">= 100%", "二、1"),
    ("facilities", ">= 98%", "二、8"),
    ("buildings", ">= 98%", "二、9"),
    ("greening", ">= 98%", "二、10"),
    ("roads", ">= 98%", "二、12"),
    ("safety-accidents", "= 0", "一、2"),
    ("fire-accidents", "= 0", "一、3"),
    ("equipment-accidents", "= 0", "一、4"),
    ("refuse", ">= 100%", "二、11"),
    ("guard-posts", ">= 24", "二、13"),
)
_SUBJECTS = ("satisfaction-survey", "complaint-handling", "patrol-and-inspection", "emergency-speed")
_CALL_CENTRE = (
    ("scorecard", "total 10, floor 0, cap 10", _INFORMATION),
    ("prompt-information", "weight 2, deduct 0.5", _INFORMATION),
    ("regular-information", "weight 8, deduct 0.5", _INFORMATION),
    ("inquiry-satisfied", "weight 0, target >= 90%", "北京房地产客户服务管理体系 客户接待：客户咨询满意率"),
    ("A", "least 9", _INFORMATION),
    ("B", "least 8", _INFORMATION),
    ("C", "least 6", _INFORMATION),
    ("D", "least 0", _INFORMATION),
    ("first-asked.record", "money 50..100", _FIRST_ASKED),
    ("first-asked.evade", "money 100..500", _FIRST_ASKED),
)
_FINES = (
    ("sales-hall", "100..300", 1),
    ("standard", "20..100", 2),
    ("sentiment", "100..500", 3),
    ("coordination", "20..50", 4),
    ("callback", "10..50", 5),
    ("repair-acceptance", "20..100", 6),
    ("cost-claim", "10..100", 7),
    ("inspection", "20..100", 8),
    ("half-month-report", "10..100", 9),
    ("system-entry", "20..50", 10),
    ("monthly-report", "20..100", 11),
    ("monthly-report.character", "10..100000, step 10", 11),
    ("case-writeup", "20..100", 12),
    ("case-writeup.character", "10..100000, step 10", 12),
    ("minutes", "20..50", 13),
    ("minutes.character", "10..100000, step 10", 13),
    ("summary", "20..200", 14),
    ("merchants", "20..100", 15),
    ("card-data", "20..200", 16),
    ("survey", "50..500", 17),
    ("house-check", "20..200", 18),
    ("joint-acceptance", "10..50", 19),
)

SCORE_FIGURES = (
    ("base", "manual", "points -10..10", "base"),
    *(("jinke", *row) for row in _JINKE),
    ("property-indicators", "scorecard", "total 100, floor 0, cap 110", f"{_STANDARDS} 一、二"),
    *(
        ("property-indicators", rule, f"weight 1, target {target}", f"{_STANDARDS} {clause}")
        for rule, target, clause in _INDICATORS
    ),
    ("district-assessment", "scorecard", "total 100, floor 0, cap 110", _DISTRICT),
    *(("district-assessment", rule, "weight 25", f"{_DISTRICT} {n}") for n, rule in enumerate(_SUBJECTS, 1)),
    *(("call-centre", *row) for row in _CALL_CENTRE),
    *(
        ("specialist", f"specialist.{rule}", f"money {money}", f"{_ROUTINE} {line}")
        for rule, money, line in _FINES
    ),
)
