"""Times as people and spreadsheets write them (C6): read for certain, or refused by name."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfcs.period import SHANGHAI, from_iso, iso
from kfcs.times import parse_cell_time, parse_date, parse_time, year_stands_last

NOW = datetime(2026, 10, 8, 9, 30, tzinfo=SHANGHAI)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(
    lambda m: m.replace(microsecond=0, tzinfo=SHANGHAI)
)


def read(text: str, *, end_of_day: bool = False) -> str:
    return f"{parse_time(text, NOW, end_of_day=end_of_day):%Y-%m-%d %H:%M:%S}"


WRITTEN = {
    "iso": ("2026-10-03T15:20:05", "2026-10-03 15:20:05"),
    "iso-minutes": ("2026-10-03T15:20", "2026-10-03 15:20:00"),
    "iso-space": ("2026-10-03 15:20", "2026-10-03 15:20:00"),
    "iso-fraction": ("2026-10-03T15:20:05.987654", "2026-10-03 15:20:05"),
    "iso-utc": ("2026-10-03T07:20:05Z", "2026-10-03 15:20:05"),
    "iso-utc-next-day": ("2026-02-28T16:00:00Z", "2026-03-01 00:00:00"),
    "iso-zero-offset": ("2026-10-03T07:20:05+00:00", "2026-10-03 15:20:05"),
    "iso-own-offset": ("2026-10-03T15:20:05+08:00", "2026-10-03 15:20:05"),
    "P7-offset-east": ("2026-10-03T14:31:00+02:00", "2026-10-03 20:31:00"),
    "P7-offset-west": ("2026-10-03T14:31:00-02:00", "2026-10-04 00:31:00"),
    "iso-offset-west-without-seconds": ("2026-10-03T14:31-02:00", "2026-10-04 00:31:00"),
    "iso-offset-hours": ("2026-10-03 14:31+02", "2026-10-03 20:31:00"),
    "iso-offset-without-colon": ("2026-10-03 15:20:05 +0800", "2026-10-03 15:20:05"),
    "iso-offset-half-hour": ("2026-10-03T15:20:05+05:30", "2026-10-03 17:50:05"),
    "iso-compact": ("20261003T152005", "2026-10-03 15:20:05"),
    "iso-compact-utc": ("20261003T072005Z", "2026-10-03 15:20:05"),
    "utc-plus-8": ("2026-10-03 15:20 UTC+8", "2026-10-03 15:20:00"),
    "gmt": ("2026-10-03 07:20 GMT", "2026-10-03 15:20:00"),
    "iso-24-00": ("2026-10-03 24:00", "2026-10-04 00:00:00"),
    "iso-24-00-00-year-end": ("2026-12-31T24:00:00", "2027-01-01 00:00:00"),
    "slashes": ("2026/10/3 15:20:05", "2026-10-03 15:20:05"),
    "hyphens-unpadded": ("2026-1-3 9:5:3", "2026-01-03 09:05:03"),
    "dots": ("2026.10.3", "2026-10-03 00:00:00"),
    "dots-time": ("2026.10.3 15:20", "2026-10-03 15:20:00"),
    "eight-digits": ("20261003", "2026-10-03 00:00:00"),
    "eight-digits-time": ("20261003 15:20", "2026-10-03 15:20:00"),
    "twelve-digits": ("202610031520", "2026-10-03 15:20:00"),
    "fourteen-digits": ("20261003152005", "2026-10-03 15:20:05"),
    "chinese": ("2026年10月3日", "2026-10-03 00:00:00"),
    "chinese-hao": ("2026年10月3号", "2026-10-03 00:00:00"),
    "chinese-traditional": ("2026年10月3號 下午3點20分", "2026-10-03 15:20:00"),
    "chinese-without-ri": ("2026年10月3 15:20", "2026-10-03 15:20:00"),
    "chinese-padded": ("2026年10月03日 03:04", "2026-10-03 03:04:00"),
    "chinese-afternoon": ("2026年10月3日 下午3:20", "2026-10-03 15:20:00"),
    "chinese-shi-fen": ("2026年10月3日15时20分", "2026-10-03 15:20:00"),
    "chinese-shi-fen-miao": ("2026年10月3日15时20分5秒", "2026-10-03 15:20:05"),
    "chinese-spaced": ("2026 年 10 月 3 日 15 时 20 分", "2026-10-03 15:20:00"),
    "chinese-dian": ("2026年10月3日 15点", "2026-10-03 15:00:00"),
    "chinese-dian-half": ("2026年10月3日下午3点半", "2026-10-03 15:30:00"),
    "chinese-dian-quarter": ("2026年10月3日下午三点一刻", "2026-10-03 15:15:00"),
    "chinese-dian-three-quarters": ("2026年10月3日下午3点三刻", "2026-10-03 15:45:00"),
    "chinese-dian-sharp": ("2026年10月3日上午9点整", "2026-10-03 09:00:00"),
    "chinese-dian-zhong": ("2026年10月3日上午9点钟", "2026-10-03 09:00:00"),
    "chinese-dian-two-digits": ("2026年10月3日15点05", "2026-10-03 15:05:00"),
    "chinese-dian-one-minute-digit": ("2026年10月3日15点5分", "2026-10-03 15:05:00"),
    "numerals": ("二〇二六年十月三日", "2026-10-03 00:00:00"),
    "numerals-zero": ("二零二六年十二月三十一日", "2026-12-31 00:00:00"),
    "numerals-circle": ("二○二六年十月二十日", "2026-10-20 00:00:00"),
    "numerals-time": ("二〇二六年十月廿一日下午两点零五分", "2026-10-21 14:05:00"),
    "two-digit-year-dots": ("26.10.3", "2026-10-03 00:00:00"),
    "two-digit-year-chinese": ("26年10月3日", "2026-10-03 00:00:00"),
    "two-digit-year-of-last-century": ("98.3.5", "1998-03-05 00:00:00"),
    "weekday-brackets": ("2026年10月3日（周六）15时20分", "2026-10-03 15:20:00"),
    "weekday-behind": ("2026-10-03 15:20 (星期六)", "2026-10-03 15:20:00"),
    "weekday-in-front": ("星期六 2026-10-03", "2026-10-03 00:00:00"),
    "weekday-sunday": ("2026年10月4日周日", "2026-10-04 00:00:00"),
    "weekday-square": ("2026-10-04【礼拜天】9:00", "2026-10-04 09:00:00"),
    "full-width": ("２０２６－１０－０３　１５：２０", "2026-10-03 15:20:00"),
    "full-width-slashes": ("２０２６／１０／３", "2026-10-03 00:00:00"),
    "full-width-stop": ("2026。10。3", "2026-10-03 00:00:00"),
    "dashes": ("2026–10—3", "2026-10-03 00:00:00"),
    "no-break-space": ("2026-10-03\u00a015:20", "2026-10-03 15:20:00"),
    "ideographic-space": ("2026年10月3日\u300015:20", "2026-10-03 15:20:00"),
    "zero-width": ("\ufeff2026-10\u200b-03\u200e", "2026-10-03 00:00:00"),
    "blanks-around": (" \t2026-10-03 \n", "2026-10-03 00:00:00"),
    "text-mark-of-a-sheet": ("'2026-10-03", "2026-10-03 00:00:00"),
    "ratio-sign": ("2026-10-03 15∶20", "2026-10-03 15:20:00"),
    "leap-day": ("2024-02-29", "2024-02-29 00:00:00"),
    "past": ("1924-03-05", "1924-03-05 00:00:00"),
}


@pytest.mark.parametrize(("text", "wanted"), WRITTEN.values(), ids=[f"C6-{name}" for name in WRITTEN])
def test_a_time_is_read(text: str, wanted: str) -> None:
    assert read(text) == wanted
    assert f"{parse_cell_time(text):%Y-%m-%d %H:%M:%S}" == wanted
    assert parse_date(text).isoformat() == wanted[:10]
    assert parse_time(text, NOW).tzinfo is SHANGHAI


HOURS = [
    ("上午12:05", "00:05"),
    ("上午9:05", "09:05"),
    ("下午 03:20", "15:20"),
    ("下午12:05", "12:05"),
    ("下午15:20", "15:20"),
    ("中午12:05", "12:05"),
    ("中午11:50", "11:50"),
    ("中午1点", "13:00"),
    ("晚8：00", "20:00"),
    ("晚上11:59", "23:59"),
    ("晚上20:00", "20:00"),
    ("傍晚6点", "18:00"),
    ("凌晨12:10", "00:10"),
    ("凌晨2点半", "02:30"),
    ("早8点", "08:00"),
    ("早上7:30", "07:30"),
    ("3:20 PM", "15:20"),
    ("3:20pm", "15:20"),
    ("3 p.m.", "15:00"),
    ("12:00 AM", "00:00"),
    ("12:00 PM", "12:00"),
    ("AM 9:00", "09:00"),
    ("3:20下午", "15:20"),
    ("下午3", "15:00"),
]


@pytest.mark.parametrize(("clock", "wanted"), HOURS, ids=[f"C6-{clock}" for clock, _ in HOURS])
def test_a_word_says_which_half_of_the_day(clock: str, wanted: str) -> None:
    for day in ("2026年10月3日", "2026年10月3日 ", "2026/10/3 "):
        assert read(day + clock) == f"2026-10-03 {wanted}:00"


REFUSED = {
    "no-such-day": "2025-02-29",
    "no-such-day-iso-time": "2025-02-29 10:00",
    "no-such-day-30": "2024-02-30",
    "no-such-day-chinese": "2023年2月29日",
    "no-such-month": "2024-13-05",
    "no-such-month-numerals": "二〇二六年十三月一日",
    "no-such-hour": "2026-10-03 25:00",
    "no-such-hour-iso": "2026-10-03T24:01:00",
    "no-such-minute": "2026-10-03 10:60",
    "no-such-second": "2026-10-03 10:20:60",
    "no-such-offset": "2026-10-03T10:20:00+15:00",
    "no-such-offset-minutes": "2026-10-03T10:20:00+08:60",
    "zero-date": "0000-00-00",
    "excel-zero": "1900/1/0",
    "beyond-all-years": "9999-12-31 24:00",
    "before-all-years": "0001-01-01T00:00:00+14:00",
    "no-year": "3月5日",
    "no-year-slash": "3/5",
    "no-day": "2024年3月",
    "no-day-iso": "2024-03",
    "no-date": "15:20",
    "day-month-order": "03/04/2024",
    "day-month-order-unpadded": "3/5/2024",
    "day-month-order-told-by-the-number": "25/12/2024",
    "two-digit-year-slash": "05/03/24",
    "two-digit-year-hyphen": "24-3-5",
    "two-digit-year-either-way": "05.03.24",
    "mixed-signs": "2024-3/5",
    "run-together": "2026-10-312:00",
    "seven-digits": "2026103",
    "eight-digits-of-no-year": "12031226",
    "numerals-run-into-digits": "2026十20",
    "thirteen-digits": "2026100315200",
    "hour-alone": "2026-10-03 10",
    "half-of-the-day-alone": "2026-10-03 上午",
    "minute-digit-alone": "2026-10-03 9点5",
    "hour-against-its-word": "2026-10-03 上午15:20",
    "zero-against-its-word": "2026-10-03 下午0:20",
    "two-words": "2026-10-03 下午3:20PM",
    "night-of-which-day": "2026-10-03 晚上12点",
    "night-of-which-day-1": "2026-10-03 夜里1点",
    "early-at-noon": "2026-10-03 早上12点",
    "span-of-hours": "2026-10-03 09:00-11:30",
    "span-of-hours-chinese": "2026年10月3日9:00-11:00",
    "span-of-days": "2026.10.3-10.5",
    "span-of-days-chinese": "2026年10月3-5日",
    "yesterday": "昨天",
    "this-morning": "今天上午",
    "pending": "待定",
    "hashes": "########",
    "nothing": "",
    "blank": " \u3000",
    "weekday-alone": "周六",
    "words-before": "约2026-10-03",
    "words-behind": "2026-10-03 左右",
    "numeral-nonsense": "二〇二六年十十月三日",
    "arabic-digits": "٢٠٢٦-١٠-٠٣",
    "unknown-zone": "2026-10-03 15:20 CST",
    "scientific": "2.0261003E+07",
    "zero-character": "2026-10-03\0",
    "letter-of-complaint": "2026-10-03" + " 漏水" * 50_000,
}
MANY = 64


@pytest.mark.parametrize("text", REFUSED.values(), ids=[f"C6-{name}" for name in REFUSED])
def test_what_is_not_certain_is_refused_by_name(text: str) -> None:
    shown = repr(text)[:MANY]
    attempts: tuple[Callable[[str], object], ...] = (read, parse_cell_time, parse_date)
    for attempt in attempts:
        with pytest.raises(ValueError, match="no time: ") as refusal:
            attempt(text)
        assert shown in str(refusal.value)
        assert len(str(refusal.value)) < MANY + 20


RELATIVE = {
    "now": "2026-10-08 09:30:00",
    " now ": "2026-10-08 09:30:00",
    "-2h": "2026-10-08 07:30:00",
    "+3d": "2026-10-11 09:30:00",
    "+30m": "2026-10-08 10:00:00",
    "-1w": "2026-10-01 09:30:00",
    "－2h": "2026-10-08 07:30:00",
    "-0m": "2026-10-08 09:30:00",
}


@pytest.mark.parametrize(("text", "wanted"), RELATIVE.items(), ids=[f"C6-{text}" for text in RELATIVE])
def test_a_relative_time_counts_from_now(text: str, wanted: str) -> None:
    assert read(text) == wanted
    assert read(text, end_of_day=True) == wanted
    for refuse in (parse_cell_time, parse_date):
        with pytest.raises(ValueError, match="no time"):
            refuse(text)


@pytest.mark.parametrize("text", ["2h", "+3", "+3M", "+3y", "--2h", "+1.5h", "+ 2h", "-1d2h", "+99999w" * 9])
def test_a_relative_time_needs_a_sign_and_a_unit(text: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        parse_time(text, NOW)


def test_a_relative_time_beyond_the_calendar_is_refused() -> None:
    late = datetime(9999, 12, 31, tzinfo=SHANGHAI)
    with pytest.raises(ValueError, match=r"no time: '\+1d'"):
        parse_time("+1d", late)


def test_now_is_turned_to_shanghai_and_to_the_second() -> None:
    utc = datetime(2026, 10, 7, 16, 30, 5, 999_999, tzinfo=UTC)
    assert iso(parse_time("now", utc)) == "2026-10-08T00:30:05+08:00"
    assert parse_time("now", utc).microsecond == 0


def test_a_relative_time_from_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="no time"):
        parse_time("-2h", datetime(2026, 10, 8))


@pytest.mark.parametrize(
    "text", ["2026-10-03", "2026年10月3日", "20261003", "2026.10.3", "26.10.3", "2026/10/3 (周六)"]
)
def test_a_limit_given_as_a_day_is_the_last_second_of_it(text: str) -> None:
    assert read(text, end_of_day=True) == "2026-10-03 23:59:59"
    assert f"{parse_cell_time(text, end_of_day=True)}" == "2026-10-03 23:59:59+08:00"


@pytest.mark.parametrize(
    "text", ["2026-10-03 00:00", "2026-10-03 0点", "2026-10-02 24:00", "2026/10/3 0:00:00"]
)
def test_a_limit_with_a_time_keeps_it(text: str) -> None:
    assert read(text, end_of_day=True) == "2026-10-03 00:00:00"


CELLS: dict[str, tuple[str | int | float | datetime | date, str]] = {
    "serial": (45356, "2024-03-05 00:00:00"),
    "serial-float": (45356.0, "2024-03-05 00:00:00"),
    "serial-text": ("45356", "2024-03-05 00:00:00"),
    "serial-text-float": ("45356.0", "2024-03-05 00:00:00"),
    "serial-time": (45356.638888888891, "2024-03-05 15:20:00"),
    "serial-time-text": ("45356.638888888891", "2024-03-05 15:20:00"),
    "serial-to-the-nearest-second": (45356.63888, "2024-03-05 15:19:59"),
    "serial-just-before-midnight": (45356.999999, "2024-03-06 00:00:00"),
    "serial-full-width": ("４５３５６", "2024-03-05 00:00:00"),
    "serial-first": (20000, "1954-10-03 00:00:00"),
    "serial-last": (80000, "2119-01-11 00:00:00"),
    "eight-digits-number": (20240305, "2024-03-05 00:00:00"),
    "eight-digits-float": (20240305.0, "2024-03-05 00:00:00"),
    "fourteen-digits-number": (20240305152000, "2024-03-05 15:20:00"),
    "typed-date": (date(2024, 3, 5), "2024-03-05 00:00:00"),
    "typed-time": (datetime(2024, 3, 5, 15, 20), "2024-03-05 15:20:00"),
    "typed-time-short-of-the-second": (datetime(2024, 3, 5, 15, 19, 59, 999_997), "2024-03-05 15:20:00"),
    "typed-time-with-zone": (datetime(2024, 3, 5, 16, tzinfo=UTC), "2024-03-06 00:00:00"),
}


@pytest.mark.parametrize(("value", "wanted"), CELLS.values(), ids=[f"C6-{name}" for name in CELLS])
def test_a_cell_of_a_spreadsheet_is_read(value: str | int | float | datetime | date, wanted: str) -> None:
    assert f"{parse_cell_time(value):%Y-%m-%d %H:%M:%S}" == wanted
    assert parse_cell_time(value).tzinfo is SHANGHAI


@pytest.mark.parametrize("value", [45356, "45356", 45356.0, date(2024, 3, 5), 20240305])
def test_a_limit_in_a_cell_is_the_last_second_of_its_day(value: str | int | float | date) -> None:
    assert iso(parse_cell_time(value, end_of_day=True)) == "2024-03-05T23:59:59+08:00"


@pytest.mark.parametrize("value", [43894, "43894", 43894.638888888891])
def test_a_workbook_may_count_from_1904(value: str | int | float) -> None:
    assert parse_cell_time(value, date1904=True).date() == date(2024, 3, 5)


@pytest.mark.parametrize(
    "value",
    [
        0,
        1,
        19999,
        80001,
        -45356,
        13800000000,
        1e300,
        float("nan"),
        float("inf"),
        True,
        "45,356",
        "4.5356E+04",
    ],
)
def test_a_number_that_is_no_day_is_refused(value: str | int | float) -> None:
    with pytest.raises(ValueError, match="no time: "):
        parse_cell_time(value)


def test_a_serial_number_is_one_in_a_cell_only() -> None:
    with pytest.raises(ValueError, match="45356"):
        parse_time("45356", NOW)


@given(MOMENTS)
def test_what_iso_wrote_is_read_back(moment: datetime) -> None:
    assert parse_time(iso(moment), NOW) == moment == from_iso(iso(moment)) == parse_cell_time(iso(moment))


@given(MOMENTS, st.integers(-12 * 4, 14 * 4))
def test_any_offset_names_the_same_moment(moment: datetime, quarters: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(minutes=15 * quarters)))
    assert parse_time(elsewhere.isoformat(), NOW) == moment


@given(MOMENTS, st.sampled_from(["-", "/", "."]), st.booleans())
def test_every_way_of_writing_names_the_same_moment(moment: datetime, sign: str, padded: bool) -> None:
    width = 2 if padded else 1
    day = f"{moment.year}{sign}{moment.month:0{width}}{sign}{moment.day:0{width}}"
    half = f"{'上午' if moment.hour < 12 else '下午'}{moment.hour % 12 or 12}:{moment:%M:%S}"
    chinese = f"{moment.year}年{moment.month}月{moment.day}日"
    clock = f"{moment.hour}时{moment.minute}分{moment.second}秒"
    for text in (f"{day} {moment:%H:%M:%S}", f"{day} {half}", f"{chinese}{clock}", f"{moment:%Y%m%d%H%M%S}"):
        assert parse_time(text, NOW) == moment, text


@given(st.dates(date(1954, 10, 3), date(2119, 1, 11)), st.integers(0, 24 * 60 * 60 - 1))
def test_a_serial_number_names_its_second(day: date, second: int) -> None:
    serial = (day - date(1899, 12, 30)).days + second / (24 * 60 * 60)
    wanted = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(seconds=second)
    if serial <= 80000:
        assert parse_cell_time(serial) == wanted == parse_cell_time(f"{serial:.12f}")


SIGNS = st.sampled_from(
    [*"0123456789年月日号点时分秒半刻-/.:+TZ ()０：十二〇", "2026", "上午", "晚", "周六", "PM"]
)


@given(st.text(max_size=30) | st.lists(SIGNS, max_size=12).map("".join))
def test_any_other_text_is_a_time_or_refused(text: str) -> None:
    for attempt in (read, parse_cell_time):
        with suppress(ValueError):
            attempt(text)


@pytest.mark.parametrize(
    ("written", "order", "day"),
    [
        ("11/2/26", "month-first", date(2026, 11, 2)),
        ("11/2/26", "day-first", date(2026, 2, 11)),
        ("02.11.26", "day-first", date(2026, 11, 2)),
        ("3/5/99", "month-first", date(1999, 3, 5)),
    ],
)
def test_c6_a_short_year_that_stands_last_is_read_once_somebody_says_so(
    written: str, order: str, day: date
) -> None:
    """Excel in English writes 11/2/26."""
    assert parse_cell_time(written, order=order).date() == day
    assert year_stands_last(written)
    if "/" in written:
        with pytest.raises(ValueError, match="no time"):
            parse_cell_time(written)


@pytest.mark.parametrize("written", ["2026-11-02", "1.2", "1/2", "1/2/2", "1.2.3.4", "2026/1/2"])
def test_c6_a_year_does_not_stand_last(written: str) -> None:
    assert not year_stands_last(written)
